"""One file of named arrays: the safetensors layout, memory-mapped.

Layout (https://huggingface.co/docs/safetensors, "Format"): 8 bytes, the header's length as a little-endian
integer; the header, a JSON object that gives each array's `dtype`, `shape` and `data_offsets` and, under
`__metadata__`, strings; then the arrays' raw little-endian bytes, one after the other. Any safetensors reader
opens these files. The header is padded with spaces so that the data starts on a 64-byte border, and the
arrays are stored widest item first, so that each one is aligned. A last array, `checksums`, has the CRC-32 of
the bytes before the data and of each 16 MiB of data; opening a file does not compute them, `verify_container` does.
"""

import json
import math
import os
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple, NoReturn

import numpy as np

from w2v.errors import FileError, FormatError
from w2v.system.files import PathLike, atomic_writer
from w2v.system.remote import local_path
from w2v.system.wording import unreadable

DTYPES: dict[str, np.dtype[Any]] = {
    "F16": np.dtype("<f2"), "F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I32": np.dtype("<i4"),
    "I64": np.dtype("<i8"), "I8": np.dtype("i1"), "U8": np.dtype("u1"), "U32": np.dtype("<u4"), "U64": np.dtype("<u8"),
}  # fmt: skip

_LENGTH_BYTES = 8
_ALIGNMENT = 64
_MAX_HEADER_BYTES = 100_000_000  # the limit of the safetensors readers
_MAX_DIMENSIONS = 32  # NumPy 1's limit
_PART_BYTES = 2 << 20  # written at a time
CHECKSUMS = "checksums"
_CHECKSUM_KIND = "crc32"
_CHECKED_BYTES = 16 << 20  # of one checksum


def damaged(path: PathLike, what: str) -> FormatError:
    """The error for a file whose bytes contradict each other or are not what was written; `what` says which."""
    return FormatError(f"{path}: {what}; the file is damaged, fetch or write it again")


def write_container(path: PathLike, tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """Write the arrays and the strings to `path`, whole or not at all.

    An array that is not contiguous (a column slice, say) is written some rows at a time and never copied whole.
    Raises `FormatError` for a dtype or name that the layout cannot hold, `W2VError` when the file cannot be
    written.
    """
    reserved = next((name for name in tensors if name in ("__metadata__", CHECKSUMS)), None)
    if reserved is not None:
        raise FormatError(f"cannot write {path}: an array cannot be named {reserved}; choose another name")
    if CHECKSUMS in metadata:
        raise FormatError(f"cannot write {path}: a string cannot be named {CHECKSUMS}; choose another name")
    codes = {dtype: code for code, dtype in DTYPES.items()}
    header: dict[str, Any] = {"__metadata__": {**metadata, CHECKSUMS: _CHECKSUM_KIND}}
    names = sorted(tensors, key=lambda name: -tensors[name].dtype.itemsize)
    end = 0
    for name in names:
        array = tensors[name]
        code = codes.get(array.dtype.newbyteorder("<"))
        if code is None:
            raise FormatError(
                f"cannot write {path}: array {name!r} has dtype {array.dtype}; use one of {', '.join(DTYPES)}"
            )
        start, end = end, end + array.nbytes
        header[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": [start, end]}
    n_checksums = 1 + -(-end // _CHECKED_BYTES)
    header[CHECKSUMS] = {"dtype": "U8", "shape": [4 * n_checksums], "data_offsets": [end, end + 4 * n_checksums]}
    text = _encode_header(path, header)
    start_bytes = len(text).to_bytes(_LENGTH_BYTES, "little") + text
    checksums = _Checksums(zlib.crc32(start_bytes))
    with atomic_writer(path) as handle:
        handle.write(start_bytes)
        for name in names:
            for part in _parts(tensors[name]):
                checksums.add(part)
                handle.write(part)
        handle.write(checksums.stored())


def read_container(path: PathLike) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays (`np.memmap` views, whose changes stay in memory) and the strings of `path`; only its header is read.

    Every size in the header is checked against the file before it is used. Raises `FormatError`, naming the
    file and the byte, for anything but a whole and well-formed file, `W2VError` when the file cannot be
    opened.
    """
    tensors, metadata, _ = _open_container(path)
    tensors.pop(CHECKSUMS, None)
    metadata.pop(CHECKSUMS, None)
    return tensors, metadata


def _open_container(path: PathLike) -> tuple[dict[str, np.ndarray], dict[str, str], int]:
    """All arrays, the strings, and the byte where the data starts."""
    path = local_path(path)
    try:
        with open(path, "rb") as handle:
            size = os.fstat(handle.fileno()).st_size
            header, data_start = _read_header(path, handle, size)
    except OSError as error:
        raise FileError.of(unreadable(path, error), error) from error
    metadata = _checked_metadata(path, header.pop("__metadata__", {}))
    entries = {name: _checked_entry(path, name, entry) for name, entry in header.items()}
    _check_cover(path, entries, data_start, size)
    try:
        raw = _map(path)
    except OSError as error:
        raise FileError.of(f"cannot map {path}: {error.strerror or error}; check the path", error) from error
    if len(raw) != size:
        raise FormatError(
            f"{path}: the file changed its size from {size} to {len(raw)} bytes while it was opened; try again"
        )
    tensors = {
        name: raw[data_start + entry.start : data_start + entry.end].view(entry.dtype).reshape(entry.shape)
        for name, entry in entries.items()
    }
    return tensors, metadata, data_start


def _map(path: PathLike) -> np.memmap:
    """The bytes of a file, of which what is written into stays in memory: each page is copied then, and not before.

    Where the system will not promise memory for all of it, they are read-only.
    """
    try:
        return np.memmap(path, dtype=np.uint8, mode="c")
    except OSError:
        return np.memmap(path, dtype=np.uint8, mode="r")


def verify_container(path: PathLike) -> None:
    """Compare the whole file with its checksums. Raises `FormatError`, naming the array and the byte from which on 16
    MiB are not what was written, and for all that `read_container` refuses. A file without checksums passes.
    """
    tensors, metadata, data_start = _open_container(path)
    stored, kind = tensors.pop(CHECKSUMS, None), metadata.get(CHECKSUMS)
    if stored is None and kind is None:
        return
    if stored is None or kind != _CHECKSUM_KIND:
        raise damaged(path, "the header at byte 0 says two things about checksums")
    ends, end = {}, data_start
    for name, array in sorted(tensors.items(), key=lambda item: item[1].ctypes.data):
        end += array.nbytes
        ends[name] = end
    with open(local_path(path), "rb") as handle:
        found = _Checksums(zlib.crc32(handle.read(data_start)))
        while (left := end - handle.tell()) > 0:
            found.add(memoryview(handle.read(min(_CHECKED_BYTES, left))))
    expected, got = np.frombuffer(stored.tobytes(), np.uint8), np.frombuffer(found.stored(), np.uint8)
    if len(expected) != len(got):
        raise _bad_entry(path, CHECKSUMS, "does not fit the size of the data")
    wrong = np.flatnonzero(expected != got) // 4
    if len(wrong) and wrong[0] == 0:
        raise damaged(path, "the header at byte 0 is not what was written")
    if len(wrong):
        place = data_start + int(wrong[0] - 1) * _CHECKED_BYTES
        name = next(name for name, end in ends.items() if end > place)
        raise damaged(path, f"the data from byte {place} on, in the array {name!r}, is not what was written")


class _Checksums:
    """CRC-32 of the bytes before the data, then of each `_CHECKED_BYTES` of the data."""

    def __init__(self, first: int) -> None:
        self.whole, self.open, self.n_open = [first], 0, 0

    def add(self, data: memoryview) -> None:
        """Go on with these bytes."""
        while len(data):
            part = data[: _CHECKED_BYTES - self.n_open]
            self.open, self.n_open = zlib.crc32(part, self.open), self.n_open + len(part)
            data = data[len(part) :]
            if self.n_open == _CHECKED_BYTES:
                self.whole.append(self.open)
                self.open, self.n_open = 0, 0

    def stored(self) -> bytes:
        """As the file has them."""
        return np.array(self.whole + [self.open] * (self.n_open > 0), "<u4").tobytes()


class _Entry(NamedTuple):
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    start: int  # bytes from the start of the data
    end: int


def _encode_header(path: PathLike, header: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError(
            f"cannot write {path}: a name or a metadata string holds the lone surrogate "
            f"{error.object[error.start]!r}; remove it"
        ) from error
    text += b" " * (-(_LENGTH_BYTES + len(text)) % _ALIGNMENT)
    if len(text) > _MAX_HEADER_BYTES:
        raise FormatError(
            f"cannot write {path}: the header is {len(text)} bytes, over {_MAX_HEADER_BYTES}; store less metadata"
        )
    return text


def _parts(array: np.ndarray) -> Iterator[memoryview]:
    """The array's little-endian bytes in C order, without a copy where there need be none."""
    little = array.dtype.newbyteorder("<")
    if array.size == 0:
        return
    if array.flags.c_contiguous and array.dtype == little:
        whole = array.reshape(-1).view(np.uint8).data
        for first in range(0, len(whole), _PART_BYTES):
            yield whole[first : first + _PART_BYTES]
        return
    rows = np.atleast_1d(array)
    n_rows = max(1, _PART_BYTES * len(rows) // array.nbytes)
    for first in range(0, len(rows), n_rows):
        part = np.ascontiguousarray(rows[first : first + n_rows], dtype=little)
        yield part.reshape(-1).view(np.uint8).data


def _read_header(path: PathLike, handle: IO[bytes], size: int) -> tuple[dict[str, Any], int]:
    """The parsed header and the byte where the data starts."""
    if size < _LENGTH_BYTES:
        raise FormatError(
            f"{path}: {size} bytes are too few for the length at byte 0; the file is cut off or of another format"
        )
    length = int.from_bytes(handle.read(_LENGTH_BYTES), "little")
    left = size - _LENGTH_BYTES
    if not 2 <= length <= min(left, _MAX_HEADER_BYTES):
        raise FormatError(
            f"{path}: byte 0 announces a header of {length} bytes and {left} follow "
            f"(limit {_MAX_HEADER_BYTES}); the file is cut off or of another format"
        )
    return _parse_header(path, handle.read(length)), _LENGTH_BYTES + length


def _parse_header(path: PathLike, text: bytes) -> dict[str, Any]:
    if not text.startswith(b"{"):
        raise FormatError(
            f"{path}: the header at byte {_LENGTH_BYTES} is not a JSON object; the file is of another format"
        )
    where = _LENGTH_BYTES
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_unique_pairs, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        where, what, cause = where + error.start, "UTF-8", error.reason
    except RecursionError:
        what, cause = "valid JSON", "nested too deep"
    except json.JSONDecodeError as error:
        where, what, cause = where + len(error.doc[: error.pos].encode()), "valid JSON", error.msg
    except ValueError as error:
        what, cause = "valid JSON", str(error)
    raise damaged(path, f"the header is not {what} at byte {where} ({cause})")


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"{twice[:80]!r} occurs twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _bad_entry(path: PathLike, name: str, what: str) -> FormatError:
    return damaged(path, f"array {name[:80]!r} in the header at byte {_LENGTH_BYTES} {what}")


def _checked_metadata(path: PathLike, metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise damaged(path, f"__metadata__ in the header at byte {_LENGTH_BYTES} must hold strings")
    return metadata


def _checked_entry(path: PathLike, name: str, entry: Any) -> _Entry:
    """Types, signs and sizes of one array's entry, checked in Python's unbounded integers."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise _bad_entry(path, name, "needs exactly dtype, shape and data_offsets")
    code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(code, str) or code not in DTYPES:
        raise _bad_entry(path, name, f"has the dtype {str(code)[:20]!r} (known: {', '.join(DTYPES)})")
    if not _are_sizes(shape) or len(shape) > _MAX_DIMENSIONS:
        raise _bad_entry(path, name, "has no valid shape")
    if not _are_sizes(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise _bad_entry(path, name, "has no valid data_offsets")
    dtype, (start, end) = DTYPES[code], offsets
    n_bytes = math.prod(shape) * dtype.itemsize
    if n_bytes != end - start:
        raise _bad_entry(path, name, f"has {str(end - start)[:20]} bytes where its shape needs {str(n_bytes)[:20]}")
    # NumPy multiplies the other dimensions of an empty array too, and they must not overflow.
    if math.prod(max(1, length) for length in shape) * dtype.itemsize >= 2**63:
        raise _bad_entry(path, name, "has a shape beyond any memory")
    return _Entry(dtype, tuple(shape), start, end)


def _are_sizes(numbers: Any) -> bool:
    return isinstance(numbers, list) and all(type(number) is int and 0 <= number < 2**63 for number in numbers)


def _check_cover(path: PathLike, entries: dict[str, _Entry], data_start: int, size: int) -> None:
    """The arrays must lie end to end and fill the file: no gap, no overlap, nothing after."""
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].start, item[1].end)):
        if entry.start != end:
            kind = "overlaps" if entry.start < end else "leaves a gap after"
            raise _bad_entry(path, name, f"starts at byte {data_start + entry.start} and {kind} the array before")
        end = entry.end
    if data_start + end != size:
        state = "is cut off" if data_start + end > size else "goes on after its last array"
        raise FormatError(
            f"{path}: the arrays end at byte {data_start + end} and the file at byte {size}; it "
            f"{state}, fetch or write it again"
        )
