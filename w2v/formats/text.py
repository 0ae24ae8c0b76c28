"""word2vec text, which fastText's `.vec` is too: a row per line, the word, then d decimal numbers, separated by spaces.

A line "V d" comes first; GloVe text (`glove.py`) is the same rows without it.
"""

import itertools
import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import IO, Any, NamedTuple

import numpy as np

from w2v.errors import CutOffError, FormatError, UndecodableError
from w2v.formats.decimal_reading import parse_rows
from w2v.formats.format import Format, Reading, VectorTable
from w2v.formats.rows import (
    WHOLE,
    RowCollector,
    TokenRule,
    Writing,
    decode_words,
    encode_tokens,
    packed_batches,
    read_header,
    rows_writer,
)
from w2v.formats.sample import BOM, Sample, starts_with_row
from w2v.system.files import PathLike, decompressing_reader
from w2v.system.parallel import ordered_map

_READ_BYTES = 1 << 20
_WRITTEN_NUMBERS = 1 << 17
_MAX_LINE_BYTES = 16 << 20  # a million numbers of 16 characters
_RULE = TokenRule("a text format", re.compile(r"[ \n]"))


class _Lines(NamedTuple):
    """Rows of text that are not blank, and the number of each line in the file (from 1)."""

    text: bytes  # each line with its line end
    numbers: Sequence[int]
    whole: bool  # the last one ends in a line end

    def first(self, n_rows: int) -> "_Lines":
        """The first `n_rows` of them, one or more but not all, so that the last one is whole."""
        starts = np.flatnonzero(np.frombuffer(self.text, dtype=np.uint8) == ord("\n")) + 1
        return _Lines(self.text[: starts[n_rows - 1]], self.numbers[:n_rows], True)


def read_text(path: PathLike, reading: Reading, header: bool = True) -> VectorTable:
    """The words and the vectors (V, d) of a text file, compressed or not.

    Without a header the first line says how many numbers a row has. Blank lines are passed over. A last line
    without a line end gets a warning, since its last number may have been cut. Raises `FormatError`, naming the
    line, for anything else that is not a word and d finite numbers, `CutOffError` for fewer rows than the header
    announces, `FormatError` for more (unless the reading leaves these out).
    """
    reading.check()
    n_announced, collector, n_done = None, None, 0
    with decompressing_reader(path) as stream:
        if header:
            n_announced, n_columns = read_header(path, stream, lambda d: 2 * d + 1, reading.limit)
            collector = RowCollector(path, n_columns, reading.datatype)
        notes: list[str] = []
        batches = _wanted_lines(path, stream, n_announced, reading, notes)
        if collector is None and (first := next(batches, None)) is not None:
            collector = RowCollector(path, _count_columns(path, first), reading.datatype)
            batches = itertools.chain([first], batches)
        if collector is not None:
            for lines, words, batch in ordered_map(partial(_parse_lines, path, collector, reading), batches):
                _collect(path, collector, lines, words, batch, reading)
                n_done += len(lines.numbers)
    if n_announced is not None and n_done < min(n_announced, reading.limit or n_announced):
        raise CutOffError(
            f"{path}: line 1 announces {n_announced} vectors and {n_done} follow; the file is cut off, "
            "fetch or write it again"
        )
    if collector is None:
        raise FormatError(f"{path} is empty; give a file with vectors")
    return collector.finish(notes)


def write_text(path: PathLike, table: VectorTable, how: Writing = WHOLE) -> None:
    """Write keys and input vectors, whole or not at all.

    Raises `FormatError` for a word or number that the format cannot hold, `W2VError` when the file cannot be written.
    """
    n_batch = max(1, _WRITTEN_NUMBERS // table.vectors.shape[1])
    with rows_writer(path, table, how) as stream:
        if not how.header and not how.append:
            _refuse_leading_mark(path, table, how)
        for text in packed_batches(path, table, how, n_batch, partial(_spell, path, how.prefix), keep_double=True):
            stream.write(text)


def _spell(path: PathLike, prefix: str, keys: list[Any], batch: np.ndarray) -> memoryview:
    """The text of a batch of rows."""
    tokens = encode_tokens(path, keys, prefix, _RULE)
    if batch.dtype == np.float64:
        rows = zip(tokens, batch.tolist(), strict=True)
        return memoryview(b"".join(b"%b %b\n" % (token, " ".join(map(repr, row)).encode()) for token, row in rows))
    from w2v.formats.decimal_writing import spell_rows  # imports the compiler

    return spell_rows(tokens, batch)


def _refuse_leading_mark(path: PathLike, table: VectorTable, how: Writing) -> None:
    """A byte order mark at the start of the file would not be read back as part of the first word, and a row that
    starts with a space could be a header."""
    rows = range(len(table.keys)) if how.order is None else how.order
    token = f"{how.prefix}{table.keys[int(rows[0])]}" if len(rows) else ""
    if token.startswith("\ufeff") or (len(rows) and not token):
        what = "starts with a byte order mark" if token else "is empty"
        raise FormatError(
            f"cannot write {path}: the first word {token[:80]!r} {what}, which GloVe text cannot hold; "
            "use a format with a header line, or the native format (.w2v)"
        )


def _wanted_lines(
    path: PathLike, stream: IO[bytes], n_announced: int | None, reading: Reading, notes: list[str]
) -> Iterator[_Lines]:
    """The first `limit` rows; without a limit that bites, all of them, and none after those that line 1
    announces. notes: gets a sentence for each thing to warn of.
    """
    n_done, limit = 0, reading.limit
    for lines in _line_batches(path, stream, first_number=1 if n_announced is None else 2):
        n_batch = len(lines.numbers)
        if limit is not None and n_done + n_batch >= limit and (n_announced is None or limit <= n_announced):
            lines = lines if limit == n_done + n_batch else lines.first(limit - n_done)
        elif n_announced is not None and n_done + n_batch > n_announced:
            surplus = (
                f"{path}: line {lines.numbers[n_announced - n_done]} comes after the {n_announced} vectors that line 1 "
                f"announces"
            )
            if not reading.surplus:
                raise FormatError(f"{surplus}; to read just these give limit={n_announced}")
            notes.append(f"{surplus}; what follows is left out")
            if n_announced > n_done:
                yield lines.first(n_announced - n_done)
            return
        if not lines.whole:
            notes.append(
                f"{path}: line {lines.numbers[-1]}, the last one, has no line end; if the file was cut off, its last "
                "number may be, too: then fetch it again"
            )
        yield lines
        n_done += n_batch
        if limit is not None and n_done >= limit:
            return


def _line_batches(path: PathLike, stream: IO[bytes], first_number: int) -> Iterator[_Lines]:
    """The file's lines that are not blank, some megabytes at a time."""
    number = first_number
    while batch := stream.read(_READ_BYTES):
        if not batch.endswith(b"\n"):
            batch += stream.readline(_MAX_LINE_BYTES)
        whole = batch.endswith(b"\n")
        if not whole and stream.read(1):
            raise FormatError(
                f"{path}: line {number} or a later one is over {_MAX_LINE_BYTES} bytes; is this a text file?"
            )
        if number == 1:
            batch = batch.removeprefix(BOM)
        line_ends = np.flatnonzero(np.frombuffer(batch, dtype=np.uint8) == ord("\n"))
        lines = _regular_lines(batch, line_ends, number) if whole else None
        yield from [lines] if lines is not None else _other_lines(batch, number)
        number += len(line_ends)


def _regular_lines(batch: bytes, line_ends: np.ndarray, number: int) -> _Lines | None:
    """The lines of `batch`, which starts with line `number`, if each starts with a word, so that none is blank."""
    characters = np.frombuffer(batch, dtype=np.uint8)
    if characters[0] <= ord(" ") or (characters[line_ends[:-1] + 1] <= ord(" ")).any():
        return None
    if (characters[line_ends - 1] <= ord(" ")).any():  # a carriage return, or the space that word2vec.c writes
        batch = batch.replace(b"\r\n", b"\n").replace(b" \n", b"\n")
    return _Lines(batch, range(number, number + len(line_ends)), True)


def _other_lines(batch: bytes, number: int) -> Iterator[_Lines]:
    """The same for any lines: those that are not blank, without the white space at their ends."""
    texts = [text.rstrip() for text in batch.split(b"\n")]
    whole = not texts[-1]
    numbers = [line_number for line_number, text in enumerate(texts, number) if text]
    if numbers:
        yield _Lines(b"\n".join([text for text in texts if text] + [b""]), numbers, whole)


def _count_columns(path: PathLike, lines: _Lines) -> int:
    line = lines.text[: lines.text.index(b"\n")].rstrip()
    fields = line.split(b" ")
    if len(fields) == 1 or not all(map(_is_number, fields[1:])):
        fields = line.split()
    n_columns = len(fields) - 1
    if n_columns < 1:
        raise FormatError(f"{path}: line {lines.numbers[0]} holds no word with numbers; is this a vector file?")
    return n_columns


def _parse_lines(
    path: PathLike, collector: RowCollector, reading: Reading, lines: _Lines
) -> tuple[_Lines, list[bytes], np.ndarray]:
    """The lines again, their words and their numbers (n, d)."""
    words, batch = parse_rows(lines.text, collector.n_columns) or _parse_row_by_row(
        path, lines, collector.n_columns, reading
    )
    with np.errstate(over="ignore"):
        return lines, words, batch.astype(reading.datatype, copy=False)


def _collect(
    path: PathLike,
    collector: RowCollector,
    lines: _Lines,
    words: list[bytes],
    batch: np.ndarray,
    reading: Reading,
) -> None:
    keys = decode_words(words, reading, lambda row: f"{path}: line {lines.numbers[row]}")
    row = collector.add(keys, batch)
    if row is not None:
        raise FormatError(
            f"{path}: line {lines.numbers[row]}: the vector of {keys[row][:80]!r} holds nan, "
            "infinity or a number too large; "
            "remove that line or write the file again"
        )


def _parse_row_by_row(
    path: PathLike, lines: _Lines, n_columns: int, reading: Reading
) -> tuple[list[bytes], np.ndarray]:
    """The same for lines with tabs, runs of spaces or words with spaces inside (some GloVe files); says which
    line is wrong. Where a space before each number is enough, the word is what comes before, as in gensim: it may hold
    other white space, or be empty.
    """
    words: list[bytes] = []
    batch: list[list[float]] = []
    for text, number in zip(lines.text.split(b"\n"), lines.numbers, strict=False):
        fields = text.rstrip().split(b" ")
        if len(fields) != n_columns + 1 or not all(map(_is_number, fields[1:])):
            fields = text.split()
        word, values = fields[:-n_columns], fields[-n_columns:]
        if not word or any(_is_number(field) for field in word[1:]):
            raise _malformed(
                text,
                reading,
                f"{path}: line {number} has {len(fields) - 1} numbers after its word where {n_columns} are expected",
            )
        wrong = next((field for field in values if not _is_number(field)), None)
        if wrong is not None:
            shown = wrong[:40].decode("utf-8", "replace")
            raise _malformed(text, reading, f"{path}: line {number} holds {shown!r} where a number is expected")
        words.append(b" ".join(word))
        batch.append([float(field) for field in values])
    return words, np.array(batch)


def _malformed(line: bytes, reading: Reading, sentence: str) -> FormatError:
    """The error for a line; where it is no text at all, the one that gensim raises, on which programs try again."""
    try:
        line.decode(reading.encoding, reading.errors)
    except UnicodeDecodeError as error:
        return UndecodableError(f"{sentence}; if the file is binary, read it with binary=True", error)
    return FormatError(f"{sentence}; the file is damaged or cut off")


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return b"_" not in field


# ---- the record

_NAMES = (".vec", ".glove")  # of files of rows, while .txt may be a corpus


def _recognises(sample: Sample) -> bool:
    """Whether line 1 is a header and nothing or a row of such length follows it."""
    n_columns = sample.n_columns
    return n_columns is not None and (not sample.rest.strip() or starts_with_row(sample.rest, n_columns))


def is_no_corpus(path: PathLike, header: bool = True) -> bool:
    """Whether the file is named for what it is, or its first two rows are a word and equally many numbers, one of them
    with a decimal point.
    """
    if os.fspath(path).endswith(_NAMES):
        return True
    with decompressing_reader(path) as stream:
        lines = [stream.readline(1 << 16).split() for _ in range(3)]
    rows = [line for line in (lines[1:] if header else lines[:2]) if line]
    numbers = [field for row in rows for field in row[1:]]
    return len({len(row) for row in rows}) == 1 and any(b"." in number or b"e-" in number for number in numbers)


FORMAT = Format(
    "word2vec-text",
    "word2vec text",
    (".txt", ".vec"),
    recognises=_recognises,
    read=read_text,
    write=write_text,
    is_no_corpus=is_no_corpus,
)
