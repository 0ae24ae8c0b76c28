"""Unpacking downloaded archives without trusting them."""

import contextlib
import gzip
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from w2v.errors import W2VError
from w2v.system.files import decompressing_reader

PART_BYTES = 1 << 18
MAX_MEMBERS = 100_000


def unpack(archive: Path, kind: str, folder: Path, max_bytes: int) -> None:
    """Write the regular files of `archive` under the empty `folder`; `kind`: zip, tar or gz.

    Raises `W2VError` for a damaged archive, a path that leads out of `folder`, more than `max_bytes`, or more
    than 100,000 files. What was written until then stays: unpack into a temporary folder.
    """
    n_bytes_left = max_bytes
    for n_members, (member, parts) in enumerate(_members(archive, kind)):
        if n_members >= MAX_MEMBERS:
            raise W2VError(f"{archive} holds more than {MAX_MEMBERS:,} files; do not trust this archive")
        path = folder / _safe_path(member, archive)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            copy = open(path, "xb")  # noqa: SIM115 - closed below
        except (FileExistsError, NotADirectoryError) as error:
            raise _damaged(archive, error) from error
        with copy:
            for part in parts:
                n_bytes_left -= len(part)
                if n_bytes_left < 0:  # counted as written: an archive can declare false sizes
                    limit = f"{max_bytes:,} bytes"
                    raise W2VError(f"{archive} unpacks to over {limit}; do not trust this archive")
                copy.write(part)


def _members(archive: Path, kind: str) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name and content of each regular file; links and devices are left out."""
    with _damage_told(archive):
        if kind == "gz":
            yield archive.name.removesuffix(".gz"), _parts(archive, gzip.GzipFile(archive))
        elif kind == "zip":
            with zipfile.ZipFile(archive) as pack:
                for info in pack.infolist():
                    if not info.is_dir():
                        yield info.filename, _parts(archive, pack.open(info))
        elif kind == "tar":
            with decompressing_reader(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as tape:
                for entry in tape:
                    packed = tape.extractfile(entry) if entry.isfile() else None
                    if packed is not None:
                        yield entry.name, _parts(archive, packed)
        else:
            raise AssertionError(f"unknown archive kind {kind!r}")


def _parts(archive: Path, source: Any) -> Iterator[bytes]:
    with _damage_told(archive), source:
        while part := source.read(PART_BYTES):
            yield part


@contextlib.contextmanager
def _damage_told(archive: Path) -> Iterator[None]:
    """Around reading only: the libraries raise errors of a dozen kinds, depending on which byte is wrong."""
    try:
        yield
    except (W2VError, AssertionError, MemoryError):
        raise
    except Exception as error:
        raise _damaged(archive, error) from error


def _damaged(archive: Path, error: Exception) -> W2VError:
    return W2VError(f"{archive} is damaged ({error}); delete it and download it again")


def _safe_path(member: str, archive: Path) -> PurePosixPath:
    """Refuse a member that would land outside the target folder, on any system."""
    path = PurePosixPath(member)
    escapes = ".." in path.parts or "\\" in member or "\0" in member or PureWindowsPath(member).anchor  # "/", "C:"
    if escapes or not path.parts:
        raise W2VError(f"{archive} holds {member!r}, a path outside its folder; do not trust this archive")
    return path
