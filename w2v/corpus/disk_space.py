"""How much disk an encoded corpus will take, before it is written; and what is said when it does not fit after all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from w2v.errors import CorpusError
from w2v.system.files import compression_of

_ID_BYTES = 4
_COPIES = 2  # the provisional ids stay until the final ones are written
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
    """Bytes for the ids of all tokens and sentence breaks, by the share of them in parts of the longest plain file."""
    sizes = [(os.path.getsize(file), file) for file in files if os.path.isfile(file) and _is_plain(file)]
    if not sizes:
        return 0
    size, longest = max(sizes)
    n_ids = n_bytes = 0
    with open(longest, "rb") as stream:
        for part in range(_SAMPLES):
            stream.seek(size * part // _SAMPLES)
            data = stream.read(_SAMPLE_BYTES)
            n_ids, n_bytes = n_ids + len(data.split()) + data.count(b"\n"), n_bytes + len(data)
    return _COPIES * _ID_BYTES * sum(size for size, _ in sizes) * n_ids // max(n_bytes, 1)


def _is_plain(file: str) -> bool:
    try:
        with open(file, "rb") as stream:
            return compression_of(stream.read(10)) is None
    except OSError:  # said when it is read
        return False
