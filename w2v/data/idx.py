"""The idx files of MNIST (http://yann.lecun.com/exdb/mnist, "File formats"): arrays of bytes, gzipped or not."""

import math
import struct

import numpy as np
from numpy.typing import NDArray

from w2v.errors import FormatError
from w2v.system.files import PathLike, decompressing_reader

_UNSIGNED_BYTES = 0x08
_PART = 1 << 20  # bytes read at a time, so that memory grows with what is there and not with what is promised


def read_idx(path: PathLike) -> NDArray[np.uint8]:
    """The array of an idx file of unsigned bytes: labels (n,), images (n, rows, columns).

    Raises `FormatError` for another kind of file and for one that holds more or less than its header says, `W2VError`
    for one that cannot be read.
    """
    with decompressing_reader(path) as stream:
        magic = stream.read(4)
        if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] != _UNSIGNED_BYTES or not 1 <= magic[3] <= 4:
            raise FormatError(f"{path}: byte 0 is not the start of an idx file of unsigned bytes; give an MNIST file")
        sizes = stream.read(4 * magic[3])
        if len(sizes) < 4 * magic[3]:
            raise FormatError(f"{path}: the header ends at byte {4 + len(sizes)}; the file is cut off")
        shape = struct.unpack(f">{magic[3]}I", sizes)
        n_bytes, parts, n_read = math.prod(shape), [], 0
        while n_read < n_bytes and (part := stream.read(min(_PART, n_bytes - n_read))):
            parts.append(part)
            n_read += len(part)
        if n_read < n_bytes or stream.read(1):
            what = f"ends after {n_read}" if n_read < n_bytes else "goes on after them"
            raise FormatError(
                f"{path}: the header promises {n_bytes} bytes of data and the file {what}; fetch it again"
            )
    return np.frombuffer(b"".join(parts), np.uint8).reshape(shape)
