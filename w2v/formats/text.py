"""word2vec text, fastText `.vec` and GloVe text: a row per line, the word, then d decimal numbers, separated
by spaces.

word2vec and fastText put a line "V d" first, GloVe does not.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import IO, Any, NamedTuple

import numpy as np

from w2v.errors import FormatError
from w2v.formats.decimal_reading import parse_rows
from w2v.formats.rows import (
    BOM,
    Reading,
    RowCollector,
    Token,
    decode_words,
    encode_tokens,
    packed_blocks,
    read_header,
)
from w2v.system.files import PathLike, decompressing_reader
from w2v.system.parallel import ordered_map

_BLOCK_BYTES = 1 << 20
_BLOCK_NUMBERS = 1 << 17
_MAX_LINE_BYTES = 16 << 20  # a million numbers of 16 characters
_RULE = Token(
    "a text format",
    re.compile(r"[ \t\n\v\f\r]"),
    "use the native format (.w2v), which holds any string",
)


class _Lines(NamedTuple):
    """Rows of text that are not blank, and the number of each line in the file (from 1)."""

    text: bytes  # each line with its line end
    numbers: Sequence[int]
    whole: bool  # the last one ends in a line end

    def first(self, n_rows: int) -> "_Lines":
        """The first `n_rows` of them, one or more but not all, so that the last one is whole."""
        starts = np.flatnonzero(np.frombuffer(self.text, dtype=np.uint8) == ord("\n")) + 1
        return _Lines(self.text[: starts[n_rows - 1]], self.numbers[:n_rows], True)


def read_text(path: PathLike, header: bool, reading: Reading) -> tuple[list[str], np.ndarray]:
    """The words and the vectors (V, d) of a text file, compressed or not.

    Without a header the first line says how many numbers a row has. Blank lines are passed over. A last line
    without a line end is refused, since a number may have been cut there. Raises `FormatError`, naming the
    line, for anything else that is not a word and d finite numbers, or when the header's count is not the
    count of the rows.
    """
    reading.check()
    n_announced, collector, n_done = None, None, 0
    with decompressing_reader(path) as stream:
        if header:
            n_announced, n_columns = read_header(path, stream, lambda d: 2 * d + 2, reading.limit)
            collector = RowCollector(path, n_columns, reading.datatype)
        blocks = _wanted_lines(path, stream, n_announced, reading.limit)
        if collector is None and (first := next(blocks, None)) is not None:
            collector = RowCollector(path, _count_columns(path, first), reading.datatype)
            blocks = itertools.chain([first], blocks)
        if collector is not None:
            for lines, words, block in ordered_map(partial(_parse_lines, path, collector, reading), blocks):
                _collect(path, collector, lines, words, block, reading)
                n_done += len(lines.numbers)
    if n_announced is not None and n_done < min(n_announced, reading.limit or n_announced):
        raise FormatError(
            f"{path}: line 1 announces {n_announced} vectors and {n_done} follow; the file is cut off, "
            "fetch or write it again"
        )
    if collector is None:
        raise FormatError(f"{path} is empty; give a file with vectors")
    return collector.finish()


def write_text(
    path: PathLike,
    stream: IO[bytes],
    keys: Sequence[Any],
    vectors: np.ndarray,
    *,
    prefix: str = "",
    order: np.ndarray | None = None,
) -> None:
    """Write the rows (no header) to `stream`; `path` is only named in errors."""
    n_block = max(1, _BLOCK_NUMBERS // vectors.shape[1])
    for text in packed_blocks(path, keys, vectors, order, n_block, partial(_spell_block, path, prefix)):
        stream.write(text)


def write_count_rows(path: PathLike, stream: IO[bytes], keys: Sequence[Any], counts: np.ndarray, prefix: str) -> None:
    """Write lines "word count" to `stream`; `path` is only named in errors."""
    tokens = encode_tokens(path, keys, prefix, _RULE)
    stream.write(b"".join([b"%b %d\n" % pair for pair in zip(tokens, np.asarray(counts).tolist(), strict=True)]))


def _spell_block(path: PathLike, prefix: str, keys: list[Any], block: np.ndarray) -> memoryview:
    from w2v.formats.decimal_writing import spell_rows  # imports the compiler

    return spell_rows(encode_tokens(path, keys, prefix, _RULE), block)


def _wanted_lines(path: PathLike, stream: IO[bytes], n_announced: int | None, limit: int | None) -> Iterator[_Lines]:
    """The first `limit` rows; without a limit that bites, all of them, and none after those that line 1
    announces.
    """
    n_done = 0
    for lines in _line_blocks(path, stream, first_number=1 if n_announced is None else 2):
        n_block = len(lines.numbers)
        if limit is not None and n_done + n_block >= limit and (n_announced is None or limit <= n_announced):
            lines = lines if limit == n_done + n_block else lines.first(limit - n_done)
        elif n_announced is not None and n_done + n_block > n_announced:
            raise FormatError(
                f"{path}: line {lines.numbers[n_announced - n_done]} comes after the "
                f"{n_announced} vectors that line 1 "
                f"announces; to read just these give limit={n_announced}"
            )
        if not lines.whole:
            raise FormatError(
                f"{path}: line {lines.numbers[-1]}, the last one, has no line end, so it may be cut off; "
                "fetch the file again or, if it is whole, add a line end"
            )
        yield lines
        n_done += n_block
        if limit is not None and n_done >= limit:
            return


def _line_blocks(path: PathLike, stream: IO[bytes], first_number: int) -> Iterator[_Lines]:
    """The file's lines that are not blank, some megabytes at a time."""
    number = first_number
    while block := stream.read(_BLOCK_BYTES):
        if not block.endswith(b"\n"):
            block += stream.readline(_MAX_LINE_BYTES)
        whole = block.endswith(b"\n")
        if not whole and stream.read(1):
            raise FormatError(
                f"{path}: line {number} or a later one is over {_MAX_LINE_BYTES} bytes; is this a text file?"
            )
        if number == 1:
            block = block.removeprefix(BOM)
        line_ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
        lines = _regular_lines(block, line_ends, number) if whole else None
        yield from [lines] if lines is not None else _other_lines(block, number)
        number += len(line_ends)


def _regular_lines(block: bytes, line_ends: np.ndarray, number: int) -> _Lines | None:
    """The lines of `block`, which starts with line `number`, if each starts with a word, so that none is blank."""
    characters = np.frombuffer(block, dtype=np.uint8)
    if characters[0] <= ord(" ") or (characters[line_ends[:-1] + 1] <= ord(" ")).any():
        return None
    if (characters[line_ends - 1] <= ord(" ")).any():  # a carriage return, or the space that word2vec.c writes
        block = block.replace(b"\r\n", b"\n").replace(b" \n", b"\n")
    return _Lines(block, range(number, number + len(line_ends)), True)


def _other_lines(block: bytes, number: int) -> Iterator[_Lines]:
    """The same for any lines: those that are not blank, without the white space around them."""
    texts = [text.strip() for text in block.split(b"\n")]
    whole = not texts[-1]
    numbers = [line_number for line_number, text in enumerate(texts, number) if text]
    if numbers:
        yield _Lines(b"\n".join([text for text in texts if text] + [b""]), numbers, whole)


def _count_columns(path: PathLike, lines: _Lines) -> int:
    n_columns = len(lines.text[: lines.text.index(b"\n")].split()) - 1
    if n_columns < 1:
        raise FormatError(f"{path}: line {lines.numbers[0]} holds no word with numbers; is this a vector file?")
    return n_columns


def _parse_lines(
    path: PathLike, collector: RowCollector, reading: Reading, lines: _Lines
) -> tuple[_Lines, list[bytes], np.ndarray]:
    """The lines again, their words and their numbers (n, d)."""
    words, block = parse_rows(lines.text, collector.n_columns) or _parse_row_by_row(path, lines, collector.n_columns)
    with np.errstate(over="ignore"):
        return lines, words, block.astype(reading.datatype, copy=False)


def _collect(
    path: PathLike,
    collector: RowCollector,
    lines: _Lines,
    words: list[bytes],
    block: np.ndarray,
    reading: Reading,
) -> None:
    keys = decode_words(words, reading, lambda row: f"{path}: line {lines.numbers[row]}")
    row = collector.add(keys, block)
    if row is not None:
        raise FormatError(
            f"{path}: line {lines.numbers[row]}: the vector of {keys[row][:80]!r} holds nan, "
            "infinity or a number too large; "
            "remove that line or write the file again"
        )


def _parse_row_by_row(path: PathLike, lines: _Lines, n_columns: int) -> tuple[list[bytes], np.ndarray]:
    """The same for lines with tabs, runs of spaces or words with spaces inside (some GloVe files); says which
    line is wrong.
    """
    words: list[bytes] = []
    block: list[list[float]] = []
    for text, number in zip(lines.text.split(b"\n"), lines.numbers, strict=False):
        fields = text.split()
        word, values = fields[:-n_columns], fields[-n_columns:]
        if not word or any(_is_number(field) for field in word[1:]):
            raise FormatError(
                f"{path}: line {number} has {len(fields) - 1} numbers after its word where "
                f"{n_columns} are expected; "
                "the file is damaged or cut off"
            )
        wrong = next((field for field in values if not _is_number(field)), None)
        if wrong is not None:
            shown = wrong[:40].decode("utf-8", "replace")
            raise FormatError(f"{path}: line {number} holds {shown!r} where a number is expected; the file is damaged")
        words.append(b" ".join(word))
        block.append([float(field) for field in values])
    return words, np.array(block)


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return b"_" not in field
