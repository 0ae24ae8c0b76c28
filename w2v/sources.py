"""Paths, standard input and compressed files → blocks of bytes that end between two tokens."""

import bz2
import codecs
import glob
import gzip
import io
import lzma
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from w2v.errors import CorpusError

BLOCK_SIZE = 1 << 22  # bytes: large enough to make a call cheap, small enough for the caches
_PEEK = 1 << 16
_BOM = codecs.BOM_UTF8
_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
STDIN = "-"


class Block(NamedTuple):
    """Whole tokens, in the bytes of an encoding that leaves ASCII alone."""

    data: bytearray
    offset: int  # bytes of the corpus before it


def expand_paths(paths: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Files named by paths, folders (all files below, sorted by name) and glob patterns; `-` is standard input.

    Raises `CorpusError` for a path that does not exist, a pattern without a match, or a folder without files.
    """
    files: list[str] = []
    for path in map(os.fspath, paths):
        if path == STDIN or os.path.isfile(path):
            found = [path]
        elif os.path.isdir(path):
            found = sorted(str(file) for file in Path(path).rglob("*") if file.is_file() and not file.name.startswith("."))
        elif os.path.exists(path):
            found = [path]  # a pipe or a device
        else:
            found = sorted(name for name in glob.glob(path, recursive=True) if os.path.isfile(name))
            if not found and not glob.has_magic(path):
                raise CorpusError(f"cannot read {path}: there is no such file or folder")
        if not found:
            raise CorpusError(f"cannot read {path}: no file {'in this folder' if os.path.isdir(path) else 'matches'}")
        files += found
    if files.count(STDIN) > 1:
        raise CorpusError("standard input (-) is named twice; it can be read once")
    return files


def read_blocks(files: Sequence[str], encoding: str, size: int = BLOCK_SIZE) -> Iterator[Block]:
    """Read all files in order, decompressed, in blocks of about `size` bytes; a file's end is also a sentence's end.

    Raises `CorpusError` naming the file that cannot be read, is damaged, or is binary.
    """
    offset = 0
    for file in files:
        with open_source(file) as raw:
            stream: Any = _decompressed(raw, file)
            if not splits_as_bytes(encoding):
                stream = _Transcoder(stream, encoding)
            try:
                for data in _whole_tokens(stream, file, size):
                    yield Block(data, offset)
                    offset += len(data)
            except (OSError, EOFError, zlib.error, lzma.LZMAError, UnicodeDecodeError) as error:
                raise CorpusError(f"cannot read {file}: {getattr(error, 'strerror', None) or error}") from error
        yield Block(bytearray(b"\n"), offset)
        offset += 1


def open_source(file: str) -> IO[bytes]:
    """Open a file, or standard input, for reading bytes."""
    try:
        return io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False)) if file == STDIN else open(file, "rb")
    except OSError as error:
        raise CorpusError(f"cannot read {file}: {error.strerror or error}") from error


def splits_as_bytes(encoding: str) -> bool:
    """Whether ASCII bytes mean ASCII characters, so that bytes may be split at white space before they are decoded."""
    try:
        return all(bytes([byte]).decode(encoding) == chr(byte) for byte in range(128))
    except UnicodeDecodeError:
        return False


def _decompressed(raw: Any, file: str) -> Any:
    """The stream, decompressed if its first bytes say so: suffixes lie, magic bytes do not."""
    try:
        head = raw.peek(8)[:8]
    except OSError as error:
        raise CorpusError(f"cannot read {file}: {error.strerror or error}") from error
    kind = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
    if kind == "gzip":
        return gzip.GzipFile(fileobj=raw)
    if kind == "bz2":
        return bz2.BZ2File(raw)
    if kind == "xz":
        return lzma.LZMAFile(raw)
    if kind == "zstd":
        return _zstd_module(file).ZstdFile(raw)
    return raw


def _zstd_module(file: str) -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python >= 3.14
    except ImportError:
        try:
            from backports import zstd  # type: ignore[no-redef, import-not-found, unused-ignore]
        except ImportError as error:
            raise CorpusError(f"{file} is compressed with zstd; install the extra: pip install 'w2v[zstd]'") from error
    return zstd


class _Transcoder:
    """Reads any encoding as UTF-8; what cannot be decoded comes out as U+FFFD."""

    def __init__(self, stream: Any, encoding: str) -> None:
        self.stream, self.decoder = stream, codecs.getincrementaldecoder(encoding)("replace")
        self.rest = b""

    def read(self, size: int) -> bytes:
        while len(self.rest) < size:
            data = self.stream.read(size)
            self.rest += self.decoder.decode(data, final=not data).encode("utf-8", "replace")
            if not data:
                break
        data, self.rest = self.rest[:size], self.rest[size:]
        return data


def _whole_tokens(stream: Any, file: str, size: int) -> Iterator[bytearray]:
    """Blocks that are cut after white space; a token longer than a block makes the block longer."""
    carry, first = bytearray(), True
    while True:
        data = stream.read(max(size, len(carry)))  # a token of many blocks: double, or it would take quadratic time
        if first:
            first = False
            data = _checked_start(data, file)
        if not data:
            if carry:
                yield carry
            return
        carry += data
        cut = 1 + max(carry.rfind(space, -len(data)) for space in (b" ", b"\n", b"\t", b"\r"))
        if cut > 0:
            block, carry = carry, carry[cut:]
            del block[cut:]
            yield block


def _checked_start(data: bytes, file: str) -> bytes:
    zero = data.find(b"\0", 0, _PEEK)
    if zero >= 0:
        raise CorpusError(
            f"{file} is not text: byte {zero} is zero; if it is UTF-16 or UTF-32 say so with --encoding, "
            "and vectors are opened with nn, analogy, eval, info or convert"
        )
    return data[len(_BOM) :] if data.startswith(_BOM) else data
