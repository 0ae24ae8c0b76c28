"""Paths, standard input and compressed files → segments of bytes that end between two tokens."""

import codecs
import contextlib
import glob
import io
import os
import stat
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig
from w2v.corpus.small_files import Run, read_batches
from w2v.corpus.tables import TABLES, TextOfTable, suffix
from w2v.corpus.text_start import BLANKS, CHECKED_BYTES, checked_start
from w2v.errors import CorpusError, NoCorpusError
from w2v.system.files import (
    CHANGED,
    STDIN,
    decompressing_reader,
    file_version,
    folders_below,
    names_below,
    plain_size,
    standard_input,
)
from w2v.system.remote import is_remote
from w2v.system.wording import path_advice, unreadable

SEGMENT_BYTES = 1 << 22  # bytes: large enough to make a call cheap, small enough for the caches
_NEAR = 1 << 10  # bytes from the end in which a segment's last white space is looked for first
ESCAPE = "w2v-escape"  # the name of a decoding error handler, see `_escape`
_ESCAPED = 0xDC00  # a low surrogate: valid text has none outside a pair


class Segment(NamedTuple):
    """Whole tokens, in the bytes of an encoding that leaves ASCII alone. Those of a large plain file are read when they
    are asked for, by the thread that needs them."""

    offset: int  # bytes of the corpus before it
    file: str
    size: int  # bytes
    data: bytearray | None = None  # None: they are in the file
    start: int = 0  # in the file
    version: tuple[int, ...] = ()  # of the file
    starts: Sequence[tuple[int, str]] = ()  # of several small files: where in the segment each begins

    def read(self, room: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The bytes, in `room` if they have to be read and there is enough of it.

        Raises `CorpusError` when the file is no longer the one that was opened, or was written to.
        """
        if self.data is not None:
            return np.frombuffer(self.data, np.uint8)
        bytes_read = room[: self.size] if self.size <= len(room) else np.empty(self.size, np.uint8)
        with _reading(self.file), open(self.file, "rb") as handle:
            handle.seek(self.start)
            is_whole = handle.readinto(bytes_read.data) == self.size
            if not is_whole or file_version(handle.fileno()) != self.version:
                raise CorpusError(CHANGED.format(self.file))
        if self.start == 0 and bytes(bytes_read[: len(BLANKS)]) == codecs.BOM_UTF8:
            bytes_read[: len(BLANKS)] = ord(" ")
        return bytes_read


def is_paths(source: object) -> bool:
    """Whether a source is a list of paths, not of sentences."""
    return isinstance(source, list | tuple) and bool(source) and all(isinstance(i, str | os.PathLike) for i in source)


def may_change(source: Any) -> bool:
    """Whether an iterable of sentences may give others each time: one that makes them when it is read, unlike a
    container, which holds them, and an iterator, which can be read once."""
    holds_them = type(source) in (list, tuple, set, frozenset, deque, type({}.keys()), type({}.values()))
    return not (holds_them or isinstance(source, Iterator) or hasattr(source, "__array__"))


def expand_paths(
    paths: Sequence[str | os.PathLike[str]], note: Callable[[str], object] = lambda line: None
) -> list[str]:
    """Files named by paths, folders (all files below, sorted by name) and glob patterns; `-` is standard input.

    A folder or a pattern gives each real file once, whatever links lead to it. note: told of what is left out, a line
    each. Raises `W2VError` for a path that does not exist or cannot be read, a pattern without a match, or a folder
    without files.
    """
    files: list[str] = []
    for path in [os.fsdecode(path) for path in paths]:
        if path == STDIN or is_remote(path) or os.path.isfile(path):
            found = [path]
        elif os.path.isdir(path):
            found = _real_files(path, names_below(path, note), note)
        elif os.path.exists(path):
            found = [path]  # a pipe or a device
        else:
            found = _real_files(path, _matches(path, note), note)
            if not found and not glob.has_magic(path):
                advice = "a sentence is a list of tokens, as text.split() makes" if path.split() != [path] else ""
                raise NoCorpusError(
                    f"cannot read {path}: there is no such file or folder; {advice or path_advice(path)}"
                )
        if not found:
            reason = "this folder holds no file" if os.path.isdir(path) else "no file matches this pattern"
            raise CorpusError(f"cannot read {path}: {reason}; check the path")
        files += found
    if files.count(STDIN) > 1:
        raise CorpusError("standard input (-) is named twice; it can be read once")
    return files


def _matches(pattern: str, note: Callable[[str], object]) -> Iterator[str]:
    """What a pattern matches, in any order and perhaps twice. Of `glob` only `**` is not used: it goes round in links.

    Raises `W2VError` for a folder in which matches are sought and which cannot be read.
    """
    parts = Path(pattern).parts
    if "**" not in parts:
        for folder in glob.glob(os.path.dirname(pattern)):
            with _reading(folder):
                os.scandir(folder).close()
        yield from glob.glob(pattern)
        return
    first = parts.index("**")
    for start in glob.glob(os.path.join("", *parts[:first])) if first else [""]:
        for place in folders_below(start, note) if os.path.isdir(start or ".") else []:
            inner = "" if place == Path() else glob.escape(str(place))
            yield from _matches(os.path.join(inner, *(parts[first + 1 :] or "*")), note)


def _real_files(path: str, names: Iterable[str], note: Callable[[str], object]) -> list[str]:
    """The names of files, sorted, of several that lead to one file the first that is no link; path: where they are."""
    found, again, links = dict[tuple[int, int], str](), list[str](), list[str]()

    def enter(name: str, status: os.stat_result) -> None:
        if stat.S_ISREG(status.st_mode) and found.setdefault((status.st_dev, status.st_ino), name) != name:
            again.append(name)

    for name in sorted(set(names)):
        with _reading(name):
            status = os.lstat(name)
        if stat.S_ISLNK(status.st_mode):
            links.append(name)
        else:
            enter(name, status)
    for name in links:
        if not os.path.exists(name):
            raise CorpusError(f"cannot read {name}: the link leads nowhere; mend or remove it")
        enter(name, os.stat(name))
    if again:
        note(f"{path}: {len(again):,} names of files that have another name there are left out, the first {again[0]}")
    return sorted(found.values())


def read_segments(
    files: Sequence[str], encoding: str, size: int, n_threads: int | None = None, columns: Sequence[str] = ()
) -> Generator[Segment, None, None]:
    """Read all files in order, decompressed, in segments of about `size` bytes; a file's end is also a sentence's end.

    n_threads: that read small files, many for a segment; None: one after the other, each for itself. columns: those of
    the text where the files are tables. Raises `CorpusError` naming the file that cannot be read, is binary or no
    table, `FormatError` for damaged compression and tables.
    """
    offset, as_bytes = 0, splits_as_bytes(encoding) and not columns
    together = as_bytes and n_threads is not None
    with contextlib.closing(read_batches(files, size, n_threads)) if together else nullcontext(files) as pieces:
        for piece in pieces:
            if isinstance(piece, Run):
                yield Segment(offset, piece.starts[0][1], len(piece.data), piece.data, starts=piece.starts)
                offset += len(piece.data)
                continue
            for segment in _file_segments(piece, encoding, size, as_bytes, columns):
                yield segment._replace(offset=offset)
                offset += segment.size


def _file_segments(file: str, encoding: str, size: int, as_bytes: bool, columns: Sequence[str]) -> Iterator[Segment]:
    """Those of one file, without their offsets, and the newline behind it."""
    if columns and suffix(file) not in TABLES:
        kinds = ", ".join(TABLES)
        raise CorpusError(f"{file} is not named as a table ({kinds}); rename it, or leave --text-column out")
    with _reading(file), decompressing_reader(file, standard_input() if file == STDIN else None) as stream:
        n_bytes = None if file == STDIN else plain_size(stream)
        if as_bytes and n_bytes is not None and n_bytes > size:
            yield from _parts(cast(io.BufferedReader, stream), file, n_bytes, size)
        else:
            text: Any = stream if as_bytes else _Transcoder(stream, encoding, file)
            if columns:
                text = TextOfTable(stream, file, columns, encoding, ESCAPE)
            yield from _whole_tokens(text, file, size)
    yield Segment(0, file, 1, bytearray(b"\n"))


def joined(segments: Iterable[Segment], size: int) -> Iterator[Segment]:
    """The same bytes, those of small files together in segments of up to `size` bytes: handing a segment to a thread
    takes longer than reading a few lines."""
    first = None
    for segment in segments:
        if first and first.data is not None and segment.data is not None and first.size + segment.size <= size:
            first.data.extend(segment.data)
            first = first._replace(size=first.size + segment.size)
        else:
            if first:
                yield first
            first = segment
    if first:
        yield first


@contextlib.contextmanager
def _reading(file: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CorpusError(unreadable(file, error)) from error


def splits_as_bytes(encoding: str) -> bool:
    """Whether ASCII bytes mean ASCII characters, so that bytes may be split at white space before they are decoded."""
    pairs = np.indices((128, 128), np.uint8).reshape(2, -1).T.tobytes()
    try:
        return pairs.decode(encoding) == pairs.decode("ascii")
    except UnicodeError:
        return False


def scans_file_bytes(text: TextConfig) -> bool:
    """Whether the bytes that are scanned are those of the files; otherwise they are UTF-8 that is made of them."""
    return not text.columns and splits_as_bytes(text.encoding)


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Decoding error handler: what cannot be decoded becomes one lone surrogate that says how many bytes it was."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(_ESCAPED + min(error.end - error.start, 255)), error.end


codecs.register_error(ESCAPE, _escape)  # Python knows such handlers by name only


def undecodable_bytes(word: str) -> int:
    """How many bytes of a word that was decoded with `ESCAPE` could not be decoded."""
    return sum(ord(character) - _ESCAPED for character in word if _ESCAPED < ord(character) <= _ESCAPED + 255)


class _Transcoder:
    """Reads any encoding as UTF-8; what cannot be decoded comes out as `ESCAPE` made it."""

    def __init__(self, stream: Any, encoding: str, file: str) -> None:
        self.stream, self.decoder = stream, codecs.getincrementaldecoder(encoding)(ESCAPE)
        self.rest, self.encoding, self.file = b"", encoding, file

    def read(self, size: int) -> bytes:
        while len(self.rest) < size:
            data = self.stream.read(size)
            try:
                self.rest += self.decoder.decode(data, final=not data).encode("utf-8", "surrogatepass")
            except UnicodeError as error:  # of UTF-16 and UTF-32 only: what else is wrong is escaped
                raise CorpusError(
                    f"{self.file} does not begin with the byte order mark of {self.encoding}; say which "
                    f"order it has, --encoding {self.encoding}-le or {self.encoding}-be"
                ) from error
            if not data:
                break
        data, self.rest = self.rest[:size], self.rest[size:]
        return data


def _parts(stream: io.BufferedReader, file: str, n_bytes: int, size: int) -> Iterator[Segment]:
    """The segments of a plain file, of which only the ends are read, to cut after white space; a token longer than a
    segment makes the segment longer."""
    checked_start(stream.read(CHECKED_BYTES), file)
    start, version = 0, file_version(stream.fileno())
    while start < n_bytes:
        end, cut, reach = min(start + size, n_bytes), 0, _NEAR
        while end < n_bytes and not cut:
            reach = min(reach, end - start)
            stream.seek(end - reach)
            if cut := _after_white_space(stream.read(reach), reach):
                end += cut - reach
            elif reach < end - start:
                reach = end - start
            else:  # double, or it would take quadratic time
                end = min(end + reach, n_bytes)
                reach *= 2
        yield Segment(0, file, end - start, start=start, version=version)
        start = end


def _whole_tokens(stream: Any, file: str, size: int) -> Iterator[Segment]:
    """The same for any stream: what was read is in the segments."""
    carry, first = bytearray(), True
    while True:
        # A token of many segments: double, or it would take quadratic time. The first segment holds a byte order mark.
        data = stream.read(max(size, len(carry), len(codecs.BOM_UTF8)))
        if first:
            first = False
            data = checked_start(data, file)
        if not data:
            if carry:
                yield Segment(0, file, len(carry), carry)
            return
        carry += data
        if cut := _after_white_space(carry, len(data)):
            segment, carry = carry, carry[cut:]
            del segment[cut:]
            yield Segment(0, file, len(segment), segment)


def _after_white_space(data: bytes | bytearray, n_new: int) -> int:
    """Where the last token of `data` begins, whose last `n_new` bytes may hold white space; 0 when there is none."""
    for reach in (min(n_new, _NEAR), n_new):
        if found := 1 + max(data.rfind(space, -reach) for space in (b" ", b"\n", b"\t", b"\r")):
            return found
    return 0
