"""Rows as bytes: a quarter of what exact search reads, and a proof of which rows it need not read.

A row of unit length u is kept as whole numbers k of -127 to 127 and a step a, and |u - a k|, what that misses, is
measured. For a question q that is read as b m, m of 16 bits, the cosine u q then lies within

    |u q - a b k m|  <=  |u - a k| |q|  +  |a k| |q - b m|

by Cauchy and Schwarz; k m is a sum of whole numbers, without rounding. n rows reach the n-th highest of the least
possible cosines, so a row whose highest possible one is below it is not among the n best, whatever it is.
"""

import itertools
from typing import Self

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import entry
from w2v.system.parallel import ordered_map

MIN_LENGTH, MAX_LENGTH = 1e-15, 1e15  # of rows whose squares float32 can hold with all digits
_IN_CACHE = 1 << 18  # numbers made to bytes at once
_ROUNDED_UP = 1 + 1e-5


class ByteRows:
    """The rows of a matrix (V, d) of float32 as V (d + 8) bytes. It is not kept in step with the matrix."""

    def __init__(self, numbers: NDArray[np.int8], steps: NDArray[np.float32], misses: NDArray[np.float32]) -> None:
        """numbers: (V, d), steps and misses: (V,): k, a and |u - a k| of the module's head."""
        self.numbers, self.steps, self.misses = numbers, steps, misses

    @classmethod
    def of(cls, matrix: NDArray[np.float32]) -> Self | None:
        """Those of a matrix (V, d); None where a row is too long or too short for float32, or no number."""
        made = cls(np.empty(matrix.shape, np.int8), *np.empty((2, len(matrix)), np.float32))
        n_rows = max(1, _IN_CACHE // max(1, matrix.shape[1]))

        def fill(first: int) -> bool:
            part = slice(first, first + n_rows)
            rows = np.array(matrix[part], np.float32, order="C")  # compiled for one kind of array
            return to_bytes(rows, made.numbers[part], made.steps[part], made.misses[part], MIN_LENGTH, MAX_LENGTH)

        return made if all(ordered_map(fill, range(0, len(matrix), n_rows))) else None

    def cosine_bounds(
        self, query: NDArray[np.float32], start: int, stop: int, n_threads: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The lowest and the highest that exact search, in float32, may find as the cosines of rows start:stop with a
        query (d,) of finite numbers that are not all zero: two of shape (stop - start,)."""
        size = float(np.linalg.norm(query.astype(np.float64)))
        step = max(float(np.abs(query).max()) / 32767, 127 * float(np.abs(query).sum(dtype=np.float64)) / 2**30)
        whole = np.rint(query / np.float64(step)).astype(np.int16)  # no sum of its products is above 32 bits
        missed = float(np.linalg.norm(query - step * whole))
        rounding = (2 * len(query) + 32) * 2.0**-24 * size  # d halves of the last digit in a product, d / 2 in a length
        least, most = np.empty((2, stop - start), np.float32)

        def fill(edges: tuple[int, int]) -> None:
            rows, out = slice(*edges), slice(edges[0] - start, edges[1] - start)
            kept = self.numbers[rows], self.steps[rows], self.misses[rows]
            bounds(*kept, whole, step, size + missed, missed + rounding, least[out], most[out])

        places = np.linspace(start, stop, 1 + n_threads).astype(int).tolist()
        for _ in ordered_map(fill, list(itertools.pairwise(places))):
            pass
        return least, most


@entry
def to_bytes(rows, numbers, steps, misses, min_length, max_length):
    """Fill `numbers` (n, d), `steps` and `misses` (n,) from rows (n, d); whether all lengths are 0 or within bounds."""
    usable = True
    for row in range(len(rows)):
        square, largest = 0.0, 0.0
        for column in range(rows.shape[1]):
            number = float(rows[row, column])
            square += number * number
            largest = max(largest, abs(number))
        length = np.sqrt(square)
        usable = usable and (length == 0 or min_length <= length <= max_length)
        # Roots and quotients of compiled code are not exact to the last digit. Products are: how far the row is from
        # unit length is measured with them, |1 - t| <= |1 - t t|, and is missed, too.
        inverse = np.float32(1 / length) if length > 0 else np.float32(0)
        off = abs(1 - square * inverse * inverse) if length > 0 else 0.0
        step = np.float32(largest * inverse / 127)
        steps[row] = step
        per_step = inverse / np.float64(step) if step > 0 else 0.0
        square = 0.0
        for column in range(rows.shape[1]):
            number = np.rint(rows[row, column] * per_step)
            numbers[row, column] = np.int8(number)
            missed = np.float64(rows[row, column]) * inverse - number * step
            square += missed * missed
        misses[row] = np.float32(np.sqrt(square) * _ROUNDED_UP + off)
    return usable


@entry
def bounds(numbers, steps, misses, query, step, reach, slack, least, most):
    """The lowest and the highest cosine that each row (n, d) may have with the question `step` x `query` (d,)."""
    for row in range(len(numbers)):
        total = np.int32(0)
        for column in range(len(query)):
            total = np.int32(total + np.int32(np.int32(numbers[row, column]) * np.int32(query[column])))
        middle = total * (steps[row] * step)
        error = misses[row] * reach + slack
        least[row] = middle - error
        most[row] = middle + error
