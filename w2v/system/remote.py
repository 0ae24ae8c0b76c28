"""Addresses in place of paths: `file://` of this machine, and `s3://`, `http://` and the like through smart_open.

gensim opens all its files with smart_open. Here it is the extra `remote`, and only files that are read or written from
start to end can lie elsewhere; what is mapped into memory cannot.
"""

import io
import os
import re
from typing import IO, Any, TypeAlias, cast
from urllib.parse import unquote, urlsplit

from w2v.errors import ConfigError, FileError, MissingPackageError
from w2v.system.compression import Forward

PathLike: TypeAlias = str | os.PathLike[str]

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)  # two letters or more: one is a drive of Windows


def scheme_of(path: PathLike) -> str | None:
    """ "s3" of `s3://bucket/key`, in lower case; None for a path."""
    found = _ADDRESS.match(path) if isinstance(path, str) else None
    return None if found is None else found[1].lower()


def is_remote(path: PathLike) -> bool:
    """Whether a path is the address of a file elsewhere."""
    return scheme_of(path) not in (None, "file")


def local_path(path: PathLike) -> PathLike:
    """The path itself, or that of a `file://` address. Raises `ConfigError` for a file elsewhere."""
    if is_remote(path):
        raise ConfigError(
            f"{path} is not on this machine, where a .w2v file has to be, since it is mapped into memory; copy it, or "
            "use a format of rows (load_word2vec_format, save_word2vec_format)"
        )
    return unquote(urlsplit(cast(str, path)).path) if scheme_of(path) == "file" else path


def open_remote(path: PathLike, mode: str) -> IO[bytes]:
    """A buffered stream of the bytes at an address, to read ("rb") or to write ("wb"), as they are there.

    Raises `OSError` for what cannot be opened, `MissingPackageError` without the packages that know such addresses.
    """
    try:
        import smart_open

        opened = smart_open.open(os.fspath(path), mode, compression="disable")
    except ImportError as error:
        raise MissingPackageError(f"{path} is not on this machine; run: pip install 'w2v[remote]' ({error})") from error
    except NotImplementedError as error:  # an unknown scheme
        raise ConfigError(f"{path} cannot be opened ({error}); copy the file to this machine") from error
    except ValueError as error:
        raise FileError(f"cannot open {path}: {error}; check the address") from error
    return cast(IO[bytes], io.BufferedReader(_Source(opened))) if mode == "rb" else opened


class _Source(Forward):
    """What smart_open gives, which is not alike for all kinds of addresses, as a stream that can be buffered."""

    def __init__(self, opened: Any) -> None:
        self.opened = opened

    def readinto(self, room: Any) -> int:
        data = self.opened.read(len(room))
        room[: len(data)] = data
        self.n_read += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self.opened.close()
        super().close()
