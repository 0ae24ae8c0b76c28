"""word2vec binary: a header line "V d", then for each word its bytes, a space and d little-endian float32.

word2vec.c puts a line end after each vector, gensim does not; both are read, none is written.
"""

import re
from collections.abc import Sequence
from typing import IO, Any

import numpy as np

from w2v.errors import FormatError
from w2v.files import PathLike, decompressing_reader
from w2v.vector_rows import (
    Reading,
    RowCollector,
    Token,
    decode_words,
    encode_tokens,
    plain_size,
    read_header,
    row_blocks,
)

_BLOCK_BYTES = 1 << 20  # stays in the processor's cache between its steps
_RULE = Token(
    "word2vec binary",
    re.compile(r"[ \n]"),
    "use the native format (.w2v), which holds any string",
)


def read_binary(path: PathLike, reading: Reading) -> tuple[list[str], np.ndarray]:
    """The words and the vectors (V, d) of a word2vec binary file, compressed or not.

    Raises `FormatError`, naming the byte, for a file that is cut off, goes on after its last vector, or holds
    nan, infinity or an undecodable word.
    """
    reading.check()
    with decompressing_reader(path) as stream:
        n_announced, n_columns = read_header(path, stream, lambda d: 4 * d + 2, reading.limit)
        n_rows = n_announced if reading.limit is None else min(n_announced, reading.limit)
        collector = RowCollector(path, n_columns, reading.datatype, n_rows if plain_size(stream) else 0)
        position = stream.tell()  # of the first byte of `rest`
        rest = b""
        n_done = 0
        while n_done < n_rows:
            chunk = stream.read(_BLOCK_BYTES)
            block = rest + chunk
            words, starts, used = _find_rows(block, 4 * n_columns, n_rows - n_done)
            if not chunk and not words:
                raise FormatError(
                    f"{path}: the file ends at byte {position + len(rest)}, in vector "
                    f"{n_done + 1} of the {n_announced} "
                    "announced; it is cut off, fetch or write it again"
                )
            _collect(path, collector, block, (words, starts), position, reading)
            n_done += len(words)
            position += used
            rest = block[used:]
        if n_rows == n_announced:
            _check_end(path, stream, rest, position, n_rows)
    return collector.finish()


def write_binary(
    path: PathLike,
    stream: IO[bytes],
    keys: Sequence[Any],
    vectors: np.ndarray,
    *,
    prefix: str = "",
    order: np.ndarray | None = None,
) -> None:
    """Write the rows (no header) to `stream`; `path` is only named in errors."""
    for block_keys, block in row_blocks(path, keys, vectors, order):
        tokens = encode_tokens(path, block_keys, prefix, _RULE)
        data, n_bytes = block.tobytes(), 4 * block.shape[1]
        stream.write(
            b"".join(
                [
                    part
                    for token, start in zip(tokens, range(0, len(data), n_bytes), strict=True)
                    for part in (token, b" ", data[start : start + n_bytes])
                ]
            )
        )


def _find_rows(block: bytes, n_bytes: int, n_max: int) -> tuple[list[bytes], list[int], int]:
    """The words of the whole rows in `block`, where their vectors start, and where the first row that is not
    whole starts.
    """
    words: list[bytes] = []
    starts: list[int] = []
    position, last_start = 0, len(block) - n_bytes
    find = block.find
    for _ in range(n_max):
        start = find(b" ", position) + 1
        if start == 0 or start > last_start:
            break
        words.append(block[position : start - 1])
        starts.append(start)
        position = start + n_bytes
    return words, starts, position


def _collect(
    path: PathLike,
    collector: RowCollector,
    block: bytes,
    rows: tuple[list[bytes], list[int]],
    position: int,
    reading: Reading,
) -> None:
    """Decode the rows found in `block`, which starts at byte `position` of the file."""
    words, starts = rows
    if not words:
        return

    def where(row: int) -> str:
        return f"{path}: byte {position + starts[row] - 1 - len(words[row])}"

    if b"\n" in b"".join(words):  # the line ends that word2vec.c writes after the vectors
        words = [word.lstrip(b"\n") for word in words]
    if not all(words):
        raise FormatError(f"{where(words.index(b''))}: a word is empty; the file is damaged or of another format")
    keys = decode_words(words, reading, where)
    row = collector.add(keys, _gather(block, starts, 4 * collector.n_columns))
    if row is not None:
        raise FormatError(
            f"{where(row)}: the vector of {keys[row][:80]!r} holds nan or infinity; the file is "
            "damaged, or its training "
            "diverged"
        )


def _gather(block: bytes, starts: list[int], n_bytes: int) -> np.ndarray:
    """The vectors (n, d) that start at the bytes `starts`, in one indexing step over all byte positions."""
    items = np.ndarray(len(block) - n_bytes + 1, dtype=f"V{n_bytes}", buffer=block, strides=(1,))
    return items[starts].view("<f4").reshape(len(starts), -1)


def _check_end(path: PathLike, stream: IO[bytes], rest: bytes, position: int, n_rows: int) -> None:
    """Nothing but line ends may follow; reading on also lets a compressed file check its sum."""
    while rest or (rest := stream.read(_BLOCK_BYTES)):
        if rest.strip():
            raise FormatError(
                f"{path}: the file goes on after the {n_rows} announced vectors, at byte {position}; "
                f"to read just these give limit={n_rows}"
            )
        position += len(rest)
        rest = b""
