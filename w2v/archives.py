"""Unpacking downloaded archives without trusting them."""

import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, cast

from w2v.errors import W2VError

BLOCK_SIZE = 1 << 18
MAX_MEMBERS = 100_000
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, FileExistsError)


def unpack(archive: Path, kind: str, folder: Path, max_bytes: int) -> None:
    """Write the regular files of `archive` under the empty `folder`; `kind`: zip, tar or gz.

    Raises `W2VError` for a damaged archive, a path that leads out of `folder`, more than `max_bytes`, or more
    than 100,000 files. What was written until then stays: unpack into a scratch folder.
    """
    n_bytes_left = max_bytes
    try:
        for n_members, (member, source) in enumerate(_members(archive, kind)):
            if n_members >= MAX_MEMBERS:
                raise W2VError(f"{archive} holds more than {MAX_MEMBERS:,} files; do not trust this archive")
            path = folder / _safe_path(member, archive)
            path.parent.mkdir(parents=True, exist_ok=True)
            with source, open(path, "xb") as copy:
                while block := source.read(BLOCK_SIZE):
                    n_bytes_left -= len(block)
                    if n_bytes_left < 0:  # counted as written: an archive can declare false sizes
                        limit = f"{max_bytes:,} bytes"
                        raise W2VError(f"{archive} unpacks to over {limit}; do not trust this archive")
                    copy.write(block)
    except DAMAGED as error:
        raise W2VError(f"{archive} is damaged ({error}); delete it and download it again") from error


def _members(archive: Path, kind: str) -> Iterator[tuple[str, BinaryIO]]:
    """Name and content of each regular file; links and devices are left out."""
    if kind == "gz":
        with gzip.open(archive) as content:
            yield archive.name.removesuffix(".gz"), cast(BinaryIO, content)
    elif kind == "zip":
        with zipfile.ZipFile(archive) as pack:
            for info in pack.infolist():
                if not info.is_dir():
                    yield info.filename, cast(BinaryIO, pack.open(info))
    elif kind == "tar":
        with tarfile.open(archive) as tape:
            for entry in tape:
                packed = tape.extractfile(entry) if entry.isfile() else None
                if packed is not None:
                    yield entry.name, cast(BinaryIO, packed)
    else:
        raise ValueError(f"unknown archive kind {kind!r}")


def _safe_path(member: str, archive: Path) -> PurePosixPath:
    """Refuse a member that would land outside the target folder, on any system."""
    path = PurePosixPath(member)
    escapes = ".." in path.parts or "\\" in member or PureWindowsPath(member).anchor  # "/", "C:"
    if escapes or not path.parts:
        raise W2VError(f"{archive} holds {member!r}, a path outside its folder; do not trust this archive")
    return path
