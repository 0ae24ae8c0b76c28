"""Texts and labels as lists, the way scikit-learn passes them: from files, and to documents."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from w2v.classify.documents import Document, DocumentLayout, read_documents
from w2v.errors import CorpusError
from w2v.system.files import PathLike

_SEVERAL = (list, tuple, set, frozenset)


class Samples(NamedTuple):
    """Documents and their labels, in two lists of one length."""

    texts: list[str]
    labels: list[Any]  # of each document its label, or where some have not exactly one a tuple of them


def load_documents(path: PathLike, labelled: bool = True, **layout: Any) -> Samples:
    """The documents of a file or folder, as `w2v classify` reads them: `TextClassifier().fit(*load_documents(path))`.

    Lines that begin with `__label__NAME`, a .csv, .tsv or .jsonl file, or a folder with a folder of documents for each
    label. labelled: a document without a label is an error, otherwise labels may be missing (and are tuples). layout:
    fields of `w2v.classify.documents.DocumentLayout`, `label_prefix`, `text_columns`, `label_column`, `encoding`,
    `labels` and `skip_labels`, as the options of the command. Raises `ConfigError`, `CorpusError` and `FormatError`.
    """
    for name in ("text_columns", "labels", "skip_labels"):
        if name in layout:
            layout[name] = (layout[name],) if isinstance(layout[name], str) else tuple(layout[name])
    known = {item.name for item in dataclasses.fields(DocumentLayout)}
    for name in layout:
        if name not in known:
            raise TypeError(f"load_documents() got an unexpected keyword argument {name!r}")
    documents = list(read_documents(os.fspath(path), DocumentLayout(**layout), labelled))
    is_single = labelled and all(len(document.labels) == 1 for document in documents)
    labels = [document.labels[0] if is_single else document.labels for document in documents]
    return Samples([str(document.text) for document in documents], labels)


def documents_of(texts: Any, labels: Sequence[tuple[Any, ...]] | None = None) -> list[Document]:
    """A sequence of texts, or of lists of tokens, as documents. labels: what `labels_of` made. Raises `CorpusError`."""
    if isinstance(texts, str | bytes | os.PathLike):
        raise CorpusError("X is a single text; give a list of texts, and read a file or folder with w2v.load_documents")
    found = _listed("X", "one column of texts", texts)
    for place, text in enumerate(found):
        if not (isinstance(text, str) or (isinstance(text, list | tuple) and all(isinstance(t, str) for t in text))):
            raise CorpusError(f"X[{place}] is {_kind(text)}; a document is a str, or a list of str, its tokens")
    given = [()] * len(found) if labels is None else labels
    if len(given) != len(found):
        raise CorpusError(f"X has {len(found):,} documents and y {len(given):,} labels; give each document its label")
    return [
        Document(text, tuple(map(str, own)), f"X[{place}]")
        for place, (text, own) in enumerate(zip(found, given, strict=True))
    ]


def labels_of(labels: Any) -> list[tuple[Any, ...]]:
    """The labels of each document, from a label or a list of labels for each; all of them str, all int or all bool.
    Raises `CorpusError`."""
    if labels is None:
        raise CorpusError("y is missing; give a label for each document")
    found = _listed("y", "a label, or a list of labels, for each document", labels)
    rows = [tuple(map(_plain, row if isinstance(row, _SEVERAL) else (row,))) for row in found]
    for place, row in enumerate(rows):
        if not row or "" in row:
            raise CorpusError(f"y[{place}] holds no label; give it one, or leave the document out")
    kinds = {_kind(label) for row in rows for label in row}
    if len(kinds) > 1 or not kinds <= {"str", "int", "bool"}:
        raise CorpusError(f"the labels are of the type {', '.join(sorted(kinds))}; give all str or all int")
    return [tuple(dict.fromkeys(row)) for row in rows]


def _listed(name: str, wanted: str, values: Any) -> Sequence[Any]:
    """A sequence or a column as a list."""
    if (n_dimensions := getattr(values, "ndim", 1)) != 1:
        raise CorpusError(f"{name} has {n_dimensions} dimensions; give {wanted}")
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise CorpusError(f"{name} is {_kind(values)}; give {wanted}")
    return list(values)


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__
