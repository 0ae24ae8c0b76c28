"""Columns of tables: the rows of .csv, .tsv and .jsonl files, compressed or not, and their text as lines.

Of `.tsv` the quotes are part of the text; `.csv` is read by the rules of RFC 4180.
"""

import csv
import io
import json
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from w2v.errors import FormatError
from w2v.system.compression import COMPRESSION_SUFFIXES
from w2v.system.wording import quantity

JSON_LINES = (".jsonl", ".ndjson")
TABLES = (".csv", ".tsv", *JSON_LINES)
_ADVICE = "name the column with --text-column, by number from 1 if there is no header"


def suffix(path: str) -> str:
    """The ending of a name without that of its compression, in lower case."""
    name = Path(path)
    return (name.with_suffix("") if name.suffix.lower() in COMPRESSION_SUFFIXES else name).suffix.lower()


def without_mark(encoding: str) -> str:
    """The encoding, but that of UTF-8 a byte order mark is passed over."""
    return "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding


def rows(
    lines: IO[str], name: str, columns: Sequence[str], may_lack: Collection[str] = (), advice: str = _ADVICE
) -> Iterator[tuple[str, list[str | None]]]:
    """For each row of a .csv or .tsv file where it stands, and its cells in these columns.

    columns: names in the first row, or numbers from 1 where all rows are alike. may_lack: of these the cell is None if
    the table has no such column. Raises `FormatError` for another column that is not there (advice: what to do then),
    or a row of another length.
    """
    places, width = list[int | None](), 0
    for number, row in _tab_rows(lines) if suffix(name) == ".tsv" else _comma_rows(lines, name):
        place = f"{name}, line {number}"
        if not width:
            width, numbered = len(row), columns[0].isdecimal()
            known = [str(column + 1) for column in range(width)] if numbered else row
            if missing := next((one for one in columns if one not in known and one not in may_lack), None):
                there = " ".join(", ".join(known).split())[:200]  # on one line
                raise FormatError(f"{name} has no column {missing!r} but {there}; {advice}")
            places = [known.index(column) if column in known else None for column in columns]
            if not numbered:
                continue
        if len(row) != width:
            number_of = quantity(len(row), "column")
            raise FormatError(f"{place} has {number_of} and the first has {width}; correct or remove it")
        yield place, [None if column is None else row[column] for column in places]


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


def json_objects(lines: IO[str], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """For each line that is not blank where it stands, and its JSON object. Raises `FormatError`."""
    for number, line in enumerate(lines, start=1):
        place = f"{name}, line {number}"
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"{place} is not valid JSON ({error}); correct or remove it") from error
        if not isinstance(item, dict):
            raise FormatError(f"{place} is no JSON object; give one a line")
        yield place, item


def json_text(item: dict[str, Any], place: str, columns: Sequence[str]) -> str:
    """What stands under these names. Raises `FormatError` where that is no text."""
    texts = [item.get(column) for column in columns]
    if not all(isinstance(text, str) for text in texts):
        raise FormatError(
            f"{place}: no text under {' and '.join(map(repr, columns))} but {', '.join(item)[:200]}; "
            "name the field with --text-column"
        )
    return " ".join(map(str, texts))


class TextOfTable:
    """The text in columns of a table as a stream of UTF-8, a row a line; what cannot be decoded is as `errors`, the
    name of a decoding error handler, made it."""

    def __init__(self, stream: Any, name: str, columns: Sequence[str], encoding: str, errors: str) -> None:
        """stream: of the table's bytes. Raises `FormatError` while it is read."""
        kind = suffix(name)
        lines = io.TextIOWrapper(stream, without_mark(encoding), errors, newline="" if kind == ".csv" else "\n")
        self._lines = lines  # or it would close the stream
        if kind in JSON_LINES:
            self._texts = (json_text(item, place, columns) for place, item in json_objects(lines, name))
        else:
            self._texts = (" ".join(map(str, cells)) for _, cells in rows(lines, name, columns))

    def read(self, size: int) -> bytes:
        """At least `size` bytes, of whole rows; none when all are read."""
        data = bytearray()
        for text in self._texts:
            data += f"{text}\n".encode("utf-8", "surrogatepass")
            if len(data) >= size:
                break
        return bytes(data)
