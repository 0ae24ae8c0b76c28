"""The compressions of files: how they are known, packed and unpacked."""

import bz2
import contextlib
import gzip
import importlib
import lzma
import os
import re
import zlib
from collections.abc import Iterator
from typing import IO, Any, cast

from w2v.errors import FormatError, W2VError

COMPRESSION_SUFFIXES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}

# The bzip2 mark alone ("BZh9") could open a text, so the block mark that follows is asked for too.
_COMPRESSION_MARKS = {
    "gzip": re.compile(rb"\x1f\x8b\x08"),
    "bzip2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd"),
}
MARK_BYTES = 10  # that `compression_of` looks at


def compression_of(head: bytes) -> str | None:
    """The compression ("gzip", "bzip2", "xz", "zstd") that a file's first 10 bytes show, or None."""
    return next((name for name, mark in _COMPRESSION_MARKS.items() if mark.match(head)), None)


def codec(handle: IO[bytes], compression: str, mode: str, path: str | os.PathLike[str]) -> IO[bytes]:
    """A file object that packs into, or unpacks from, `handle`; no time stamp is stored, so equal data gives
    equal bytes.
    """
    file = cast(Any, handle)
    if compression == "gzip":
        return cast(IO[bytes], gzip.GzipFile(filename="", mode=mode, fileobj=file, compresslevel=6, mtime=0))
    if compression == "bzip2":
        return cast(IO[bytes], bz2.BZ2File(file, cast(Any, mode)))
    if compression == "xz":
        return cast(IO[bytes], lzma.LZMAFile(file, mode))
    zstd = _zstd_module()
    if zstd is None:
        raise W2VError(f"{path} is zstd data and no zstd reader is installed; run: pip install 'w2v[zstd]'")
    return cast(IO[bytes], zstd.ZstdFile(file, mode))


def _zstd_module() -> Any:
    """The standard library's zstd (Python 3.14), else its backport (the extra `zstd`), else None."""
    for name in ("compression.zstd", "backports.zstd"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    return None


def _damage_errors() -> tuple[type[Exception], ...]:
    zstd = _zstd_module()
    known: tuple[type[Exception], ...] = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)
    return known if zstd is None else (*known, zstd.ZstdError)


@contextlib.contextmanager
def damage_told(path: str | os.PathLike[str], compression: str) -> Iterator[None]:
    """Around unpacking: what the libraries raise for broken data becomes one `FormatError`."""
    try:
        yield
    except _damage_errors() as error:
        raise _damaged(path, compression, error) from error
    except OSError as error:  # bz2 says damage this way, without an error number
        if error.errno is not None:
            raise
        raise _damaged(path, compression, error) from error


def _damaged(path: str | os.PathLike[str], compression: str, error: Exception) -> FormatError:
    return FormatError(
        f"{path}: the {compression} data is damaged or cut off ({error}); fetch the file again or make it anew"
    )
