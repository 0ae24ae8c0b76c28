"""Labelled documents: lines of text, the columns of a table, or a folder for each class → texts and their labels.

| source | a document | its labels |
|---|---|---|
| any other file, or `-` | a line | the words at its beginning that carry the label prefix, as in fastText |
| `.csv`, `.tsv`, `.jsonl` | a row, a line | a column; in JSON a string, a number or a list of these |
| a folder | a file, in any sub-folder | the name of the folder directly below the one that was named |

Files may be compressed (`w2v.corpus.tables`).
"""

import io
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from w2v.config import check_columns
from w2v.corpus import tables
from w2v.errors import ConfigError, CorpusError, FormatError
from w2v.system.files import STDIN, decompressing_reader, files_below, standard_input
from w2v.system.wording import path_advice, quantity

logger = logging.getLogger("w2v")

_COLUMNS_ADVICE = "name the columns with --text-column and --label-column, by numbers from 1 if there is no header"


class Document(NamedTuple):
    """One text with its labels, and where it stands, for messages."""

    text: str | Sequence[str]  # as it was written, or its tokens
    labels: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class DocumentLayout:
    """Where text and labels are found.

    text_columns, label_column: names, or numbers from 1 for a table without a header; several texts are joined. labels:
    the only ones that count, all if there are none; skip_labels: those that do not. Documents that have no other are
    left out.
    """

    label_prefix: str = "__label__"
    text_columns: tuple[str, ...] = ("text",)
    label_column: str = "label"
    encoding: str = "utf-8"
    labels: tuple[str, ...] = ()
    skip_labels: tuple[str, ...] = ()

    def chosen(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Those labels of a document that count."""
        return tuple(
            label for label in labels if label not in self.skip_labels and (not self.labels or label in self.labels)
        )

    def validate(self) -> None:
        """Raise `ConfigError` for names and numbers of columns side by side, an empty prefix, or a label that counts
        and does not."""
        if not self.label_prefix:
            raise ConfigError("an empty label prefix finds nothing; leave the option out")
        check_columns((*self.text_columns, self.label_column))
        if both := set(self.labels) & set(self.skip_labels):
            raise ConfigError(f"the label {min(both)!r} is among those to take and those to skip; choose one of them")


def read_documents(path: str, layout: DocumentLayout, labelled: bool = True) -> Iterator[Document]:
    """The documents of a file, a folder or standard input, in order (files of a folder by name).

    labelled: a document without a label is an error; otherwise labels may be missing, also their column, and the layout
    chooses none. Raises `CorpusError` for a path that cannot be read, a document without a label, or a chosen label
    that no document has, `FormatError` for a line that does not fit.
    """
    layout.validate()
    if os.path.isdir(path):
        found = _folder(path, layout, labelled)
    else:
        found = _checked(_file(path, layout, labelled), labelled, layout, tables.suffix(path) in tables.TABLES)
    return _chosen(found, layout, path) if labelled else found


def _chosen(found: Iterator[Document], layout: DocumentLayout, path: str) -> Iterator[Document]:
    """The documents with those of their labels that count."""
    named, seen = [*layout.labels, *layout.skip_labels], set[str]()
    if not named:
        yield from found
        return
    for document in found:
        seen.update(document.labels)
        if labels := layout.chosen(document.labels):
            yield document._replace(labels=labels)
    for label in named:
        if label not in seen:
            there = ", ".join(sorted(seen)[:20]) or "none"
            raise CorpusError(f"{path}: no document has the label {label!r}, the labels are {there}; correct it")


def _checked(found: Iterator[Document], labelled: bool, layout: DocumentLayout, table: bool) -> Iterator[Document]:
    for document in found:
        if labelled and not document.labels:
            advice = f"fill in {layout.label_column!r}" if table else f"begin it with {layout.label_prefix}NAME"
            raise CorpusError(f"{document.place} has no label; {advice}, or remove it")
        yield document


def _file(path: str, layout: DocumentLayout, labelled: bool) -> Iterator[Document]:
    kind = tables.suffix(path)
    read: Callable[[IO[str], str, DocumentLayout, bool], Iterator[Document]]
    read = _json_lines if kind in tables.JSON_LINES else _table if kind in tables.TABLES else _lines
    source = standard_input() if path == STDIN else None
    encoding = tables.without_mark(layout.encoding)
    name, n_read = "standard input" if path == STDIN else path, 0
    try:
        with decompressing_reader(path, source) as stream:
            lines = io.TextIOWrapper(stream, encoding, newline="" if kind == ".csv" else "\n")
            for document in read(lines, name, layout, labelled):
                n_read += 1
                yield document
    except UnicodeError as error:
        raise FormatError(
            f"{name}: after {quantity(n_read, 'document')} there are bytes that are not {layout.encoding} "
            f"({getattr(error, 'reason', error)}); name the file's --encoding"
        ) from error
    except OSError as error:
        raise CorpusError(f"cannot read {name}: {error.strerror or error}; {path_advice(path)}") from error


def _lines(lines: IO[str], name: str, layout: DocumentLayout, labelled: bool) -> Iterator[Document]:
    """`__label__a __label__b text`, a document a line; a blank line is an empty document, and as training no document.

    In text without labels every line is one, so that answers and lines go together.
    """
    prefix = layout.label_prefix
    for number, line in enumerate(lines, start=1):
        labels, rest = [], line.strip()
        while rest.startswith(prefix):
            word, *more = rest.split(None, 1)
            labels.append(word[len(prefix) :])
            rest = more[0] if more else ""
        if "" in labels:
            raise FormatError(f"{name}, line {number}: a label is empty; put a name after {prefix}")
        if rest or labels or not labelled:
            yield Document(rest, tuple(dict.fromkeys(labels)), f"{name}, line {number}")


def _table(lines: IO[str], name: str, layout: DocumentLayout, labelled: bool) -> Iterator[Document]:
    """Rows of a .csv or .tsv file."""
    may_lack = () if labelled else (layout.label_column,)
    for place, (*texts, label) in tables.rows(
        lines, name, (*layout.text_columns, layout.label_column), may_lack, _COLUMNS_ADVICE
    ):
        cell = (label or "").strip()
        yield Document(" ".join(map(str, texts)), (cell,) if cell else (), place)


def _json_lines(lines: IO[str], name: str, layout: DocumentLayout, labelled: bool) -> Iterator[Document]:
    """A JSON object a line."""
    for place, item in tables.json_objects(lines, name):
        text = tables.json_text(item, place, layout.text_columns)
        yield Document(text, _json_labels(item.get(layout.label_column), place), place)


def _json_labels(value: Any, place: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(one, str | int) for one in values):
        raise FormatError(f"{place}: a label is a string or a whole number, not {str(value)[:60]}; correct it")
    return tuple(dict.fromkeys(str(one).strip() for one in values if str(one).strip()))


def _folder(path: str, layout: DocumentLayout, labelled: bool) -> Iterator[Document]:
    """A document a file; hidden files and folders are passed over."""
    found = sorted(
        file.relative_to(path) for file in files_below(path, logger.warning)
    )  # name by name: class `a` before class `a-b`
    if not found:
        raise CorpusError(f"cannot read {path}: this folder holds no file; check the path")
    beside = [inner for inner in found if len(inner.parts) < 2] if labelled else []
    if beside and not layout.labels:
        raise CorpusError(
            f"{Path(path) / beside[0]} lies beside the class folders, so it has no label; move it into one of them, or "
            "name those that count with --labels"
        )
    if beside:
        logger.warning("%s: %s files beside the class folders are left out", path, f"{len(beside):,}")
    for inner in found:
        labels = inner.parts[:1] if labelled else ()
        if len(inner.parts) > 1 or not labelled:
            is_read = not labelled or layout.chosen(labels)  # of the others only the name of the label is looked at
            yield Document(_whole_text(Path(path) / inner, layout) if is_read else "", labels, f"{path}/{inner}")


def _whole_text(file: Path, layout: DocumentLayout) -> str:
    try:
        with decompressing_reader(file) as stream:
            return stream.read().decode(layout.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FormatError(f"{file} is not {layout.encoding} text ({error.reason}); name its --encoding") from error
