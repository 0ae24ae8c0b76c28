"""Matrices whose rows start on cache lines and are padded to whole ones, so that compiled loops have no remainder."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

ROW_ALIGN = 16  # numbers per 64-byte cache line in float32; files and matrices do not depend on the processor


def padded(n_columns: int) -> int:
    """Row length in memory of a matrix with `n_columns` columns."""
    return -(-n_columns // ROW_ALIGN) * ROW_ALIGN


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view that cannot be written. Numba compiles a function once more for arrays that can be: functions that only
    read one are given such views, wherever the array comes from."""
    view = array.view()
    view.flags.writeable = False
    return view


def matrix(n_rows: int, n_columns: int, dtype: Any = np.float32) -> NDArray[Any]:
    """Zeros (n_rows, padded n_columns) that start on a cache line."""
    row = padded(n_columns)
    buffer = np.zeros(n_rows * row + ROW_ALIGN, dtype)
    start = -buffer.ctypes.data // buffer.itemsize % ROW_ALIGN
    return buffer[start : start + n_rows * row].reshape(n_rows, row)
