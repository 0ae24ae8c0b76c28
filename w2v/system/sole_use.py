"""One program at a time: a file that several could write is held by the one that came first."""

import contextlib
import os
from collections.abc import Iterator

from w2v.errors import ConfigError
from w2v.system.files import PathLike


@contextlib.contextmanager
def sole_use(path: PathLike) -> Iterator[None]:
    """Hold `path`, whether it is there or not, against others that ask in this way while the `with` statement lasts.

    That is a lock on the file `.NAME.lock` beside it, which the system drops when the process ends, however it ends;
    a killed one leaves the empty file, and the next one of that name removes it. Where there are no locks, or the name
    is too long for one, nothing is held. Raises `ConfigError` when another program holds it.
    """
    folder, name = os.path.split(os.path.realpath(path))
    lock = os.path.join(folder, f".{name}.lock")
    descriptor = _locked(lock)
    if descriptor == -1:
        raise ConfigError(f"another run is at work with {path}; wait for its end, or name another file for this one")
    try:
        yield
    finally:
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.unlink(lock)  # before it is free, or it could be another's
            os.close(descriptor)


def _locked(lock: str) -> int | None:
    """A descriptor that holds the lock; −1 when another does, None where it cannot be had."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_file(descriptor, lock):
                return descriptor
        except OSError as error:
            os.close(descriptor)
            return -1 if isinstance(error, BlockingIOError) else None
        os.close(descriptor)  # its owner removed it between the two steps: there is a new one, or will be


def _is_file(descriptor: int, path: str) -> bool:
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(descriptor))
    except FileNotFoundError:
        return False
