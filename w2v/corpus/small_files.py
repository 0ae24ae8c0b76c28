"""Many small files, read by threads in batches: opening one, and handing it over, takes longer than its bytes."""

import os
import stat
from collections.abc import Generator, Sequence
from typing import NamedTuple

from w2v.corpus.text_start import checked_start
from w2v.system.compression import MARK_BYTES, compression_of
from w2v.system.files import STDIN
from w2v.system.parallel import ordered_map

_SMALL_BYTES = 1 << 16
_BATCH = 64  # files


class Run(NamedTuple):
    """Small plain files that follow each other."""

    data: bytearray  # their bytes, a newline behind each
    starts: list[tuple[int, str]]  # where each begins there, and its name


def read_batches(files: Sequence[str], size: int, n_threads: int | None) -> Generator[Run | str, None, None]:
    """The files in order: runs of up to about `size` bytes of small ones, read by threads, and the names of all others,
    which are for the caller to read. Raises `CorpusError` for a small file that is no text."""
    # Readers wait for the disk more than for a processor, and scanning has threads of its own.
    n_readers = n_threads if n_threads is None or n_threads == 1 else 2 * n_threads
    batches = (files[start : start + _BATCH] for start in range(0, len(files), _BATCH))
    read = ordered_map(lambda batch: _read_batch(batch, min(size, _SMALL_BYTES), size), batches, n_readers)
    try:
        for pieces in read:
            yield from pieces
    finally:
        read.close()


def _read_batch(files: Sequence[str], n_most: int, size: int) -> list[Run | str]:
    pieces: list[Run | str] = []
    for file in files:
        data = _read_small(file, n_most)
        if data is None:
            pieces.append(file)
            continue
        last = pieces[-1] if pieces else None
        if not isinstance(last, Run) or len(last.data) + len(data) >= size:
            last = Run(bytearray(), [])
            pieces.append(last)
        last.starts.append((len(last.data), file))
        last.data.extend(checked_start(data, file))
        last.data.append(ord("\n"))
    return pieces


def _read_small(file: str, n_most: int) -> bytes | None:
    """All bytes of a plain file; None for one that is large, packed, about to change, or none at all. A pipe is not
    even opened: its writer would be gone with the second reader."""
    try:
        status = os.stat(file)
        if file == STDIN or not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= n_most:
            return None
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            data = os.read(descriptor, status.st_size + 1)
        finally:
            os.close(descriptor)
    except OSError:  # what is wrong is said when it is read as any other
        return None
    return data if len(data) == status.st_size and compression_of(data[:MARK_BYTES]) is None else None
