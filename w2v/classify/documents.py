"""Labelled documents: lines of text, the columns of a table, or a folder for each class → texts and their labels.

| source | a document | its labels |
|---|---|---|
| any other file, or `-` | a line | the words at its beginning that carry the label prefix, as in fastText |
| `.csv`, `.tsv`, `.jsonl` | a row, a line | a column; in JSON a string, a number or a list of these |
| a folder | a file, in any sub-folder | the name of the folder directly below the one that was named |

Files may be compressed. Of `.tsv` the quotes are part of the text; `.csv` is read by the rules of RFC 4180.
"""

import csv
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from w2v.errors import ConfigError, CorpusError, FormatError
from w2v.system.compression import COMPRESSION_SUFFIXES
from w2v.system.files import STDIN, decompressing_reader, files_below, standard_input
from w2v.system.wording import path_advice

logger = logging.getLogger("w2v")

_TABLES = {".csv", ".tsv", ".jsonl", ".ndjson"}


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
        columns = (*self.text_columns, self.label_column)
        if not self.label_prefix or not all(columns):
            raise ConfigError("an empty label prefix or column name finds nothing; leave the option out")
        if len({name.isdecimal() for name in columns}) > 1 or "0" in columns:
            raise ConfigError(
                f"columns {', '.join(columns)}: give names for a table with a header, or numbers from 1 for one "
                "without, for all of them"
            )
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
        found = _checked(_file(path, layout, labelled), labelled, layout, _suffix(path) in _TABLES)
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


def _suffix(path: str) -> str:
    name = Path(path)
    return (name.with_suffix("") if name.suffix.lower() in COMPRESSION_SUFFIXES else name).suffix.lower()


def _file(path: str, layout: DocumentLayout, labelled: bool) -> Iterator[Document]:
    kind = _suffix(path)
    read: Callable[[IO[str], str, DocumentLayout, bool], Iterator[Document]]
    read = _json_lines if kind in (".jsonl", ".ndjson") else _table if kind in _TABLES else _lines
    source = standard_input() if path == STDIN else None
    encoding = "utf-8-sig" if layout.encoding.lower() in ("utf-8", "utf8") else layout.encoding
    name, n_read = "standard input" if path == STDIN else path, 0
    try:
        with decompressing_reader(path, source) as stream:
            lines = io.TextIOWrapper(stream, encoding, newline="" if kind == ".csv" else "\n")
            for document in read(lines, name, layout, labelled):
                n_read += 1
                yield document
    except UnicodeError as error:
        raise FormatError(
            f"{name}: after {n_read:,} documents there are bytes that are not {layout.encoding} "
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
    columns, label, width = list[int](), None, 0
    for number, row in _tab_rows(lines) if _suffix(name) == ".tsv" else _comma_rows(lines, name):
        place = f"{name}, line {number}"
        if not width:
            width, (columns, label) = len(row), _columns(row, name, layout, labelled)
            if not layout.label_column.isdecimal():
                continue
        if len(row) != width:
            raise FormatError(f"{place} has {len(row)} columns and the first has {width}; correct or remove it")
        cell = row[label].strip() if label is not None else ""
        yield Document(" ".join(row[column] for column in columns), (cell,) if cell else (), place)


def _tab_rows(lines: IO[str]) -> Iterator[tuple[int, list[str]]]:
    """Numbers and cells of the lines; a quotation mark, or a carriage return within a line, is a sign like others."""
    for number, line in enumerate(lines, start=1):
        if line := line.rstrip("\r\n"):
            yield number, line.split("\t")


def _comma_rows(lines: IO[str], name: str) -> Iterator[tuple[int, list[str]]]:
    """Numbers of the last line, and cells, of the rows; a cell in quotation marks may have commas and line ends."""
    csv.field_size_limit(sys.maxsize >> 33)  # 1 GB; the default refuses documents of more than 128 kB
    rows = csv.reader(lines)
    try:
        for row in rows:
            if row:
                yield rows.line_num, row
    except csv.Error as error:
        raise FormatError(f"{name}, line {rows.line_num}: {error}; correct or remove it") from error


def _columns(first: Sequence[str], name: str, layout: DocumentLayout, labelled: bool) -> tuple[list[int], int | None]:
    """Places of the text columns and of the label column (None where there is none and none is needed)."""
    known = [str(number + 1) for number in range(len(first))] if layout.label_column.isdecimal() else list(first)
    for column in (*layout.text_columns, *[layout.label_column] * labelled):
        if column not in known:
            there = " ".join(", ".join(known).split())[:200]  # on one line
            raise FormatError(
                f"{name} has no column {column!r} but {there}; name the columns with --text-column "
                "and --label-column, by numbers from 1 if there is no header"
            )
    label = known.index(layout.label_column) if layout.label_column in known else None
    return [known.index(column) for column in layout.text_columns], label


def _json_lines(lines: IO[str], name: str, layout: DocumentLayout, labelled: bool) -> Iterator[Document]:
    """A JSON object a line."""
    for number, line in enumerate(lines, start=1):
        place = f"{name}, line {number}"
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"{place} is not valid JSON ({error}); correct or remove it") from error
        if not isinstance(item, dict):
            raise FormatError(f"{place} is no JSON object; give an object with text and label a line")
        texts = [item.get(column) for column in layout.text_columns]
        if not all(isinstance(text, str) for text in texts):
            raise FormatError(
                f"{place}: no text under {' and '.join(map(repr, layout.text_columns))} but {', '.join(item)[:200]}; "
                "name the field with --text-column"
            )
        yield Document(" ".join(map(str, texts)), _json_labels(item.get(layout.label_column), place), place)


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
