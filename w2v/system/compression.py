"""The compressions of files: how they are known, packed and unpacked."""

import bz2
import contextlib
import gzip
import importlib
import io
import lzma
import os
import re
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any, cast

from w2v.errors import FormatError, MissingPackageError, W2VError

COMPRESSION_SUFFIXES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}

# The bzip2 mark alone ("BZh9") could open a text, so the block mark that follows is asked for too.
_COMPRESSION_MARKS = {
    "gzip": re.compile(rb"\x1f\x8b\x08"),
    "bzip2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd"),
}
MARK_BYTES = 10  # that `compression_of` looks at
_READ_BYTES = 1 << 17  # asked for at a time


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
    if compression in _DECOMPRESSORS and mode == "rb":
        return io.BufferedReader(_Streams(handle, *_DECOMPRESSORS[compression]), _READ_BYTES)
    if compression == "bzip2":
        return cast(IO[bytes], bz2.BZ2File(file, cast(Any, mode)))
    if compression == "xz":
        return cast(IO[bytes], lzma.LZMAFile(file, mode))
    zstd = _zstd_module()
    if zstd is None:
        raise MissingPackageError(f"{path} is zstd data and no zstd reader is installed; run: pip install 'w2v[zstd]'")
    return cast(IO[bytes], zstd.ZstdFile(file, mode))


class Forward(io.RawIOBase):
    """A stream that is read from start to end, to be buffered. `readinto` adds to `n_read`."""

    n_read = 0

    def tell(self) -> int:
        """The number of bytes that were read; readers of vectors name it in errors."""
        return self.n_read

    def readable(self) -> bool:
        return True


class _Streams(Forward):
    """Unpacks all the streams of a bzip2 or xz file.

    The standard library's classes take an error at the beginning of a later stream for the end of the file, so that a
    flipped bit there hides all that follows; here it is an error, as it is in gzip and zstd.
    """

    def __init__(self, handle: IO[bytes], new_decompressor: Callable[[], Any], padding: bytes) -> None:
        self.handle, self.new_decompressor, self.padding = handle, new_decompressor, padding
        self.decompressor = new_decompressor()

    def readinto(self, room: Any) -> int:
        """Fill what there is of `room`, writable bytes, and return how many are written; 0 at the end. Raises what the
        decompressor raises for damage, `EOFError` for a stream that is cut off."""
        data = b""
        while not data:
            packed = b""
            if self.decompressor.eof:
                if not (packed := self._next_stream()):
                    return 0
                self.decompressor = self.new_decompressor()
            elif self.decompressor.needs_input and not (packed := self.handle.read(_READ_BYTES)):
                raise EOFError("the data ends within a stream")
            data = self.decompressor.decompress(packed, len(room))
        room[: len(data)] = data
        self.n_read += len(data)
        return len(data)

    def _next_stream(self) -> bytes:
        """The first bytes of the next stream, after the padding; none at the end of the file."""
        rest: bytes = self.decompressor.unused_data
        while not (rest := rest.lstrip(self.padding) if self.padding else rest):
            if not (rest := self.handle.read(_READ_BYTES)):
                break
        return rest


_DECOMPRESSORS: dict[str, tuple[Callable[[], Any], bytes]] = {
    "bzip2": (bz2.BZ2Decompressor, b""),
    "xz": (partial(lzma.LZMADecompressor, lzma.FORMAT_XZ), b"\0"),
}


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
    except W2VError:  # some are `EOFError` or `OSError` as well
        raise
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
