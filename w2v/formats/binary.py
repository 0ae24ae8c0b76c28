"""word2vec binary: a header line "V d", then for each word its bytes, a space and d little-endian float32.

word2vec.c puts a line end after each vector, gensim does not; both are read, none is written.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import IO, Any, NamedTuple

import numpy as np

from w2v.errors import CutOffError, FormatError
from w2v.formats.format import Format, Reading, VectorTable
from w2v.formats.rows import (
    WHOLE,
    Place,
    RowCollector,
    TokenRule,
    Writing,
    decode_words,
    encode_tokens,
    packed_batches,
    read_header,
    rows_writer,
)
from w2v.formats.sample import SAMPLE_BYTES, Sample, starts_with_row
from w2v.system.files import PathLike, decompressing_reader, plain_size
from w2v.system.parallel import ordered_map

_READ_BYTES = 4 << 20  # read at a time: enough work to be worth handing over to a thread
_WRITTEN_BYTES = 2 << 20  # written at a time: they stay in the processor's cache between the steps
_MAX_ROW_BYTES = 16 << 20  # four times the longest vector that is trained here
_MAX_WORD_BYTES = 16 << 20
_RULE = TokenRule("word2vec binary", re.compile(r"[ \n]"))


def read_binary(path: PathLike, reading: Reading) -> VectorTable:
    """The words and the vectors (V, d) of a word2vec binary file, compressed or not.

    Raises `FormatError`, naming the byte, for a file that is cut off, goes on after its last vector, or holds
    nan, infinity or an undecodable word.
    """
    reading.check()
    with decompressing_reader(path) as stream:
        n_announced, n_columns = read_header(path, stream, lambda d: 4 * d + 1, reading.limit)
        n_rows = n_announced if reading.limit is None else min(n_announced, reading.limit)
        is_plain = bool(plain_size(stream))
        collector = RowCollector(path, n_columns, reading.datatype, n_rows if is_plain else 0)
        rows = _RowBatches(path, stream, n_announced, n_columns)
        placed = _placed(path, collector, rows.up_to(n_rows), reading)
        for _ in ordered_map(partial(_fill, path, collector), placed, None if is_plain else 1):
            pass
        surplus = _surplus(path, stream, rows.rest, rows.position, n_rows) if n_rows == n_announced else None
        if surplus and not reading.surplus:
            raise FormatError(f"{surplus}; to read just these give limit={n_rows}")
    return collector.finish([f"{surplus}; what follows is left out"] if surplus else [])


def write_binary(path: PathLike, table: VectorTable, how: Writing = WHOLE) -> None:
    """Write keys and input vectors, whole or not at all.

    Raises `FormatError` for a word or number that the format cannot hold, `W2VError` when the file cannot be written.
    """
    n_batch = max(1, _WRITTEN_BYTES // (4 * table.vectors.shape[1]))
    with rows_writer(path, table, how) as stream:
        for data in packed_batches(path, table, how, n_batch, partial(_pack, path, how.prefix)):
            stream.write(data)


def _pack(path: PathLike, prefix: str, keys: list[Any], batch: np.ndarray) -> memoryview:
    """The bytes of a batch of rows."""
    tokens = encode_tokens(path, keys, prefix, _RULE)
    lengths = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens)) + 1  # with the space after the word
    n_bytes = batch.itemsize * batch.shape[1]
    starts = np.cumsum(lengths + n_bytes) - n_bytes  # of the vectors
    data = np.empty(int(starts[-1]) + n_bytes, dtype=np.uint8)
    _items(data, n_bytes)[starts] = batch.view(f"V{n_bytes}").ravel()
    words = np.frombuffer(b" ".join([*tokens, b""]), dtype=np.uint8)
    # Before the words of a row lie the vectors of the rows above.
    data[np.arange(len(words)) + np.repeat(np.arange(len(tokens)) * n_bytes, lengths)] = words
    return data.data


class _Batch(NamedTuple):
    """Whole rows as they stand in the file, perhaps with bytes after them."""

    data: memoryview
    words: list[bytes]
    starts: np.ndarray  # int64: where the vectors start in `data`
    position: int  # of `data` in the file

    def place(self, path: PathLike, row: int) -> str:
        """Where a row starts, for errors."""
        return f"{path}: byte {self.position + self.starts[row] - 1 - len(self.words[row])}"


class _RowBatches:
    """The rows of a file, a batch at a time."""

    def __init__(self, path: PathLike, stream: IO[bytes], n_announced: int, n_columns: int) -> None:
        self._path, self._stream, self._n_announced = path, stream, n_announced
        self._n_bytes = 4 * n_columns
        if self._n_bytes > _MAX_ROW_BYTES:
            raise FormatError(
                f"{path}: line 1 announces vectors of {n_columns} numbers and at most {_MAX_ROW_BYTES // 4} can be "
                "read; the file is damaged"
            )
        # From its start on the data is nothing but such rows. The rest is matched whole, with an empty word: it would
        # be looked through from each of its bytes.
        self._row = re.compile(rb"([^ ]*+) .{%d}|.+" % self._n_bytes, re.DOTALL)
        self.rest = b""  # read and not part of a row yet
        self.position = stream.tell()  # of the first byte of `rest`

    def up_to(self, n_rows: int) -> Iterator[_Batch]:
        """The first `n_rows` rows. Raises `FormatError` when the file ends before."""
        n_done = 0
        while n_done < n_rows:
            data, n_read = self._more()
            words = self._words(data)[: n_rows - n_done]
            if not n_read and not words:
                raise CutOffError(
                    f"{self._path}: the file ends at byte {self.position + len(self.rest)}, in vector {n_done + 1} "
                    f"of the {self._n_announced} announced; it is cut off, fetch or write it again"
                )
            ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)) + (1 + self._n_bytes))
            position, used = self.position, int(ends[-1]) if words else 0
            self.rest, self.position = bytes(data[used:]), position + used
            n_done += len(words)
            if len(self.rest) > self._n_bytes + _MAX_WORD_BYTES and not words:
                raise FormatError(
                    f"{self._path}: the word at byte {self.position} is over {_MAX_WORD_BYTES} bytes long; the file is "
                    "damaged or of another format"
                )
            if words:
                yield _Batch(data, words, ends - self._n_bytes, position)

    def _more(self) -> tuple[memoryview, int]:
        """The rest and the bytes after it, and how many these are; 0 at the end."""
        n_rest = len(self.rest)
        data = np.empty(n_rest + max(_READ_BYTES, n_rest), np.uint8).data  # double, or a long row takes quadratic time
        data[:n_rest] = self.rest
        n_read = self._stream.readinto(data[n_rest:])  # type: ignore[attr-defined]  # all binary streams have it
        return data[: n_rest + n_read], n_read

    def _words(self, data: memoryview) -> list[bytes]:
        """The words of the whole rows."""
        words = self._row.findall(data)
        if words and not words[-1]:  # the rest, or a row without a word
            start = sum(map(len, words)) + (len(words) - 1) * (1 + self._n_bytes)
            if data[start] != ord(" ") or len(data) - start <= self._n_bytes:
                words.pop()
        return words


def _placed(
    path: PathLike, collector: RowCollector, batches: Iterator[_Batch], reading: Reading
) -> Iterator[tuple[_Batch, list[str], Place]]:
    """The batches with their words, decoded, and the places of their rows."""
    n_empty = 0
    for batch in batches:
        if b"\n" in b"".join(batch.words):  # the line ends that word2vec.c writes after the vectors
            batch = batch._replace(words=[word.lstrip(b"\n") for word in batch.words])
        n_empty += batch.words.count(b"")
        if n_empty > 1:  # one is a word like others
            place = batch.place(path, max(row for row, word in enumerate(batch.words) if not word))
            raise FormatError(f"{place}: another word is empty; the file is damaged or of another format")
        keys = decode_words(batch.words, reading, partial(batch.place, path))
        yield batch, keys, collector.place(keys)


def _fill(path: PathLike, collector: RowCollector, placed: tuple[_Batch, list[str], Place]) -> None:
    """Copy the vectors of a batch."""
    batch, keys, place = placed
    row = collector.fill(place, _gather(batch.data, batch.starts, 4 * collector.n_columns))
    if row is not None:
        raise FormatError(
            f"{batch.place(path, row)}: the vector of {keys[row][:80]!r} holds nan or infinity; the file is "
            "damaged, or its training diverged"
        )


def _gather(data: memoryview, starts: np.ndarray, n_bytes: int) -> np.ndarray:
    """The vectors (n, d) that start at the bytes `starts`, in one indexing step."""
    return _items(data, n_bytes)[starts].view("<f4").reshape(len(starts), -1)


def _items(data: memoryview | np.ndarray, n_bytes: int) -> np.ndarray:
    """Every run of `n_bytes` bytes in `data`, by the byte it starts at; no copy."""
    return np.ndarray(len(data) - n_bytes + 1, dtype=f"V{n_bytes}", buffer=data, strides=(1,))


def _surplus(path: PathLike, stream: IO[bytes], rest: bytes, position: int, n_rows: int) -> str | None:
    """What is wrong if anything but line ends follows; reading on also lets a compressed file check its sum."""
    while rest or (rest := stream.read(_READ_BYTES)):
        if rest.strip():
            return f"{path}: the file goes on after the {n_rows} announced vectors, at byte {position}"
        position += len(rest)
        rest = b""
    return None


# ---- the record


def _recognises(sample: Sample) -> bool:
    """Whether line 1 is a header, no row of text follows it, and it is no row itself of a word and one number."""
    n_columns, rest = sample.n_columns, sample.rest
    if n_columns is None or not rest.strip() or starts_with_row(rest, n_columns):
        return False
    return not (starts_with_row(sample.first + b"\n" + rest, 1) and starts_with_row(rest, 1))


def _has_zeros(path: PathLike) -> bool:
    """Whether a zero byte, which no text holds, is near the start."""
    with decompressing_reader(path) as stream:
        return b"\0" in stream.read(SAMPLE_BYTES)


FORMAT = Format(
    "word2vec-binary",
    "word2vec binary",
    (".bin",),
    recognises=_recognises,
    read=read_binary,
    write=write_binary,
    is_no_corpus=_has_zeros,
)
