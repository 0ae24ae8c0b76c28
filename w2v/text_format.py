"""word2vec text, fastText `.vec` and GloVe text: a row per line, the word, then d decimal numbers, separated
by spaces.

word2vec and fastText put a line "V d" first, GloVe does not.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from typing import IO, Any, NamedTuple

import numpy as np

from w2v.errors import FormatError
from w2v.files import PathLike, decompressing_reader
from w2v.vector_rows import (
    BOM,
    Reading,
    RowCollector,
    Token,
    decode_words,
    encode_tokens,
    read_header,
    row_blocks,
)

_BLOCK_BYTES = 4 << 20
_MAX_LINE_BYTES = 256 << 20
_OTHER_SPACE = re.compile(rb"[\t\v\f\r\n]")
_RULE = Token(
    "a text format",
    re.compile(r"[ \t\n\v\f\r]"),
    "use the native format (.w2v), which holds any string",
)


class _Lines(NamedTuple):
    """Rows of text that are not blank, and the number of each line in the file (from 1)."""

    texts: list[bytes]
    numbers: Sequence[int]
    whole: bool  # the last one ends in a line end


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
        for lines in _wanted_lines(path, stream, n_announced, reading.limit):
            if collector is None:
                collector = RowCollector(path, _count_columns(path, lines), reading.datatype)
            _collect(path, collector, lines, reading)
            n_done += len(lines.texts)
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
    """Write the rows (no header) to `stream`; `path` is only named in errors.

    Nine significant digits give every float32 back exactly (Goldberg 1991, "What Every Computer Scientist
    Should Know About Floating-Point Arithmetic", theorem 15).
    """
    row_format = b" ".join([b"%b"] + [b"%.9g"] * vectors.shape[1]) + b"\n"
    for block_keys, block in row_blocks(path, keys, vectors, order):
        tokens = encode_tokens(path, block_keys, prefix, _RULE)
        stream.write(b"".join([row_format % (token, *row) for token, row in zip(tokens, block.tolist(), strict=True)]))


def write_count_rows(path: PathLike, stream: IO[bytes], keys: Sequence[Any], counts: np.ndarray, prefix: str) -> None:
    """Write lines "word count" to `stream`; `path` is only named in errors."""
    tokens = encode_tokens(path, keys, prefix, _RULE)
    stream.write(b"".join([b"%b %d\n" % pair for pair in zip(tokens, np.asarray(counts).tolist(), strict=True)]))


def _wanted_lines(path: PathLike, stream: IO[bytes], n_announced: int | None, limit: int | None) -> Iterator[_Lines]:
    """The first `limit` rows; without a limit that bites, all of them, and none after those that line 1
    announces.
    """
    n_done = 0
    for lines in _line_blocks(path, stream, first_number=1 if n_announced is None else 2):
        n_block = len(lines.texts)
        if limit is not None and n_done + n_block >= limit and (n_announced is None or limit <= n_announced):
            whole = lines.whole or limit < n_done + n_block
            lines = _Lines(lines.texts[: limit - n_done], lines.numbers, whole)
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
        texts = [text.rstrip() for text in block.split(b"\n")]
        if not texts[-1]:
            whole = True
            texts.pop()
        numbers: Sequence[int] = range(number, number + len(texts))
        number += len(texts)
        if not all(texts):
            numbers = [line_number for line_number, text in zip(numbers, texts, strict=True) if text]
            texts = [text for text in texts if text]
        if texts:
            yield _Lines(texts, numbers, whole)


def _count_columns(path: PathLike, lines: _Lines) -> int:
    n_columns = len(lines.texts[0].split()) - 1
    if n_columns < 1:
        raise FormatError(f"{path}: line {lines.numbers[0]} holds no word with numbers; is this a vector file?")
    return n_columns


def _collect(path: PathLike, collector: RowCollector, lines: _Lines, reading: Reading) -> None:
    words, block = _parse_rows(lines.texts, collector.n_columns, reading) or _parse_row_by_row(
        path, lines, collector.n_columns
    )
    keys = decode_words(words, reading, lambda row: f"{path}: line {lines.numbers[row]}")
    row = collector.add(keys, block)
    if row is not None:
        raise FormatError(
            f"{path}: line {lines.numbers[row]}: the vector of {keys[row][:80]!r} holds nan, "
            "infinity or a number too large; "
            "remove that line or write the file again"
        )


def _parse_rows(texts: list[bytes], n_columns: int, reading: Reading) -> tuple[list[bytes], np.ndarray] | None:
    """Words and numbers of regular lines, in one call of NumPy's parser; None when any line is not regular.

    Only single spaces separate here, so a line with d - 1 of them among its numbers has at most d numbers;
    when n lines give n * d numbers in all, each has exactly d.
    """
    rows = [text.partition(b" ") for text in texts]
    numbers = [row[2] for row in rows]
    joined = b" ".join(numbers)
    n_spaces = n_columns - 1
    if _OTHER_SPACE.search(joined) or not all(row[0] for row in rows):
        return None
    if any(text.count(b" ") != n_spaces for text in numbers):
        return None
    wide = np.dtype(reading.datatype).itemsize != 4
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            flat = np.fromstring(joined, dtype=np.float64 if wide else np.float32, sep=" ")
    except (ValueError, DeprecationWarning, RuntimeWarning):
        return None
    if flat.size != len(texts) * n_columns:
        return None
    return [row[0] for row in rows], flat.reshape(len(texts), n_columns)


def _parse_row_by_row(path: PathLike, lines: _Lines, n_columns: int) -> tuple[list[bytes], np.ndarray]:
    """The same for lines with tabs, runs of spaces or words with spaces inside (some GloVe files); says which
    line is wrong.
    """
    words: list[bytes] = []
    block: list[list[float]] = []
    for text, number in zip(lines.texts, lines.numbers, strict=False):
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
