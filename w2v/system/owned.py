"""Temporary folders that a killed program leaves, and the next one removes: an owner that lives holds a lock."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_OWNER = "owner"  # the locked file in the folder


@contextlib.contextmanager
def owned_folder(prefix: str, parent: str | Path | None = None) -> Iterator[Path]:
    """A temporary folder while the `with` statement lasts; first, those of this user in the same place that begin with
    `prefix`, and whose owner was killed, are removed. Raises `OSError` when it cannot be made."""
    place = Path(parent or tempfile.gettempdir())
    for folder in place.glob(f"{prefix}*"):
        _remove_if_stale(folder)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as name:
        part = Path(name) / f"{_OWNER}.part"
        with open(part, "wb") as owner:
            if _lock(owner.fileno()):
                os.rename(part, Path(name) / _OWNER)  # so that nobody finds it without its lock
            yield Path(name)


def _remove_if_stale(folder: Path) -> None:
    """Folders of other users, and what else has such a name, are left alone."""
    with contextlib.suppress(OSError, AttributeError):  # Windows has no user ids, and no locks of this kind
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            return
        with open(folder / _OWNER, "r+b") as owner:
            if _lock(owner.fileno()):
                shutil.rmtree(folder)


def _lock(descriptor: int) -> bool:
    """Whether the lock was free, and is held now; False where there are no locks. The system drops it when the process
    ends, however it ends."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True
