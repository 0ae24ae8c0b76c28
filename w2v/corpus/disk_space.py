"""How much disk an encoded corpus will take, before it is written; and what is said when it does not fit after all."""

import contextlib
import heapq
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from w2v.errors import CorpusError
from w2v.system.files import compression_of

_ID_BYTES = 4
_COPIES = 2  # the provisional ids stay until the final ones are written
_LARGE = 1 << 20  # bytes
_LONGEST = 16
_SAMPLES = 4
_SAMPLE_BYTES = 1 << 18


def check_space(files: Sequence[str], folder: str | Path | None) -> None:
    """Raise `CorpusError` when what can be foreseen does not fit into `folder` (default: the system's for temporary
    files). Compressed files and pipes do not say how long they are: there an error while writing has to do."""
    place = Path(folder or tempfile.gettempdir())
    needed = forecast_bytes(files)
    try:
        free = shutil.disk_usage(place).free
    except OSError:  # what is wrong with the folder is said when a file is made in it
        return
    if needed > free:
        raise CorpusError(
            f"the encoded corpus will take some {needed / 1e9:,.2f} GB and {place} has {free / 1e9:,.2f} GB free; "
            "make room there, or name another folder (--cache-dir, TMPDIR)"
        )


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Raise `CorpusError` for a file of the encoded corpus that cannot be written."""
    try:
        yield
    except OSError as error:
        raise CorpusError(
            f"cannot write the encoded corpus ({error}); make room in its folder, or name another (--cache-dir, TMPDIR)"
        ) from error


def forecast_bytes(files: Sequence[str]) -> int:
    """Bytes for the ids of all tokens and sentence breaks, by the share of them in parts of the longest plain file.

    Of many small files only the longest are opened: a packed one counts with the bytes that it has, which are fewer
    than its text's. Where all that are opened are packed there is no forecast: 0.
    """
    sizes = [(size, file) for file in files if (size := _size(file))]
    asked = set(heapq.nlargest(_LONGEST, sizes)).union(pair for pair in sizes if pair[0] >= _LARGE)
    packed = {pair for pair in asked if not _is_plain(pair[1])}
    if asked == packed:
        return 0
    size, longest = max(asked - packed)
    n_ids = n_bytes = 0
    with open(longest, "rb") as stream:
        for part in range(_SAMPLES):
            stream.seek(size * part // _SAMPLES)
            data = stream.read(_SAMPLE_BYTES)
            n_ids, n_bytes = n_ids + len(data.split()) + data.count(b"\n"), n_bytes + len(data)
    n_plain = sum(size for size, file in sizes if (size, file) not in packed)
    return _COPIES * _ID_BYTES * n_plain * n_ids // max(n_bytes, 1)


def _size(file: str) -> int:
    """In bytes, of a plain file; 0 for a pipe, a device, or what is not there."""
    try:
        status = os.stat(file)
    except OSError:  # said when it is read
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _is_plain(file: str) -> bool:
    try:
        with open(file, "rb") as stream:
            return compression_of(stream.read(10)) is None
    except OSError:  # said when it is read
        return False
