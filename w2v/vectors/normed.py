"""A matrix and the lengths of its rows, which are right also after somebody wrote into the matrix."""

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from w2v.system.parallel import ordered_map

if TYPE_CHECKING:
    from w2v.vectors.byte_rows import ByteRows

_NUMBERS = 1 << 22  # squared at once
_READ_BEFORE = 10**10  # numbers that questions have read before the rows are made to bytes, which takes about as long

# The product of each row (n, d) with a row, or with the row beside it. NumPy 2's own takes a third less time than
# einsum and, on rows that are read once, half of that of a matrix product.
row_products = getattr(np, "vecdot", partial(np.einsum, "...j,...j->..."))


class NormedMatrix:
    """A matrix (V, d), and the Euclidean lengths of its rows.

    Lengths are kept as long as nobody else can write into the matrix. Once it was handed out (or was given by a caller)
    no one can tell whether it has changed since, short of reading all of it, and that is what computing them anew
    takes: then each question has the rows it needs measured, some at a time, while they are in the cache
    (`search.cosines`).
    """

    def __init__(self, array: np.ndarray, shared: bool = False) -> None:
        """shared: somebody else has the array."""
        self.array = np.asarray(array)  # of a memory map the plain view of the same bytes
        self._shared = shared
        self._lengths: np.ndarray | None = None
        self._bytes: ByteRows | None = None
        self._n_read: float = 0

    def hand_out(self) -> np.ndarray:
        """The matrix for somebody who may write into it, now or later."""
        self._shared, self._bytes = True, None
        return self.array

    def forget(self) -> None:
        """The matrix has changed."""
        self._lengths = self._bytes = None
        self._n_read = 0

    def lengths(self, rows: Any = slice(None)) -> np.ndarray:
        """Those of the rows: (n,) for a slice or row numbers, a number for one row."""
        if self._shared:
            return self._measured(self.array[rows])
        if self._lengths is None:
            self._lengths = self._measured(self.array)
        return self._lengths[rows]

    def divisors(self, rows: Any = slice(None)) -> np.ndarray:
        """Lengths to divide by: a zero row's is 1, so that it stays zero instead of becoming NaN."""
        lengths = self.lengths(rows)
        return lengths if np.all(lengths) else np.where(lengths > 0, lengths, lengths.dtype.type(1))

    def own(self) -> np.ndarray:
        """The matrix to write into, copied first if it is read-only; `forget` comes after."""
        if not self.array.flags.writeable:
            self.array, self._shared = self.array.copy(), False
        return self.array

    def as_bytes(self, n_rows: int) -> "ByteRows | None":
        """The rows as bytes, for somebody who would read `n_rows` of them; None until so much was read that it is worth
        it, and where somebody may write or bytes do not serve (`ByteRows`)."""
        if self._shared or self.array.dtype != np.float32:
            return None
        self._n_read += n_rows * self.array.shape[1]
        if self._bytes is None and self._n_read >= _READ_BEFORE:
            from w2v.vectors.byte_rows import ByteRows  # the compiler, which a few questions do without

            self._bytes = ByteRows.of(self.array)
            self._n_read = 0 if self._bytes else -math.inf
        return self._bytes

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_bytes": None}

    @staticmethod
    def _measured(rows: np.ndarray) -> np.ndarray:
        dtype = np.result_type(rows.dtype, np.float32)
        if rows.ndim == 1:
            row = rows.astype(dtype, copy=False)
            return np.sqrt(np.dot(row, row))
        lengths = np.empty(len(rows), dtype=dtype)
        n_rows = max(1, _NUMBERS // max(1, rows.shape[1]))

        def measure(start: int) -> None:
            part = rows[start : start + n_rows].astype(dtype, copy=False)
            row_products(part, part, out=lengths[start : start + n_rows])

        for _ in ordered_map(measure, range(0, len(rows), n_rows)):
            pass
        return np.sqrt(lengths, out=lengths)
