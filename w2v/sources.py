"""Paths, standard input and compressed files → blocks of bytes that end between two tokens."""

import codecs
import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from w2v.errors import CorpusError
from w2v.files import decompressing_reader

BLOCK_SIZE = 1 << 22  # bytes: large enough to make a call cheap, small enough for the caches
_PEEK = 1 << 16
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
    for path in [os.fspath(path) for path in paths]:
        if path == STDIN or os.path.isfile(path):
            found = [path]
        elif os.path.isdir(path):
            found = sorted(
                str(file) for file in Path(path).rglob("*") if file.is_file() and not file.name.startswith(".")
            )
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

    Raises `CorpusError` naming the file that cannot be read or is binary, `FormatError` for damaged compression.
    """
    offset = 0
    for file in files:
        try:
            with decompressing_reader(file, _standard_input() if file == STDIN else None) as stream:
                reader = stream if splits_as_bytes(encoding) else _Transcoder(stream, encoding)
                for data in _whole_tokens(reader, file, size):
                    yield Block(data, offset)
                    offset += len(data)
        except OSError as error:
            raise CorpusError(f"cannot read {file}: {error.strerror or error}") from error
        yield Block(bytearray(b"\n"), offset)
        offset += 1


def _standard_input() -> IO[bytes]:
    return open(sys.stdin.fileno(), "rb", closefd=False)


def splits_as_bytes(encoding: str) -> bool:
    """Whether ASCII bytes mean ASCII characters, so that bytes may be split at white space before they are decoded."""
    try:
        return all(bytes([byte]).decode(encoding) == chr(byte) for byte in range(128))
    except UnicodeDecodeError:
        return False


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
    return data.removeprefix(codecs.BOM_UTF8)
