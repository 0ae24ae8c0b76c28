"""What a slice changed, and one step out of what many changed: compiled, as it is done with all rows in each round."""

import numpy as np

from w2v.compiled.halves import narrowed, widened
from w2v.compiled.jit import entry, inlined

_LARGEST = np.float32(np.finfo(np.float16).max)
_TINY = np.float32(np.finfo(np.float32).tiny)


@entry
def find_changes(now, before, changes):
    """What was added to rows, as float16; returns whether all of it fits. now: (n, ≥ d) float32. before: (n, d)
    float32. changes: (n, d), float16's bits, written."""
    n_rows, size = before.shape
    n_fit = 0
    for row in range(n_rows):
        for column in range(size):
            change = now[row, column] - before[row, column]
            changes[row, column] = narrowed(change)
            n_fit += abs(change) <= _LARGEST
    return n_fit == n_rows * size


@entry
def add_combined(found, changes, steps):
    """Add one step to each row, out of what slices changed.

    Adasum (Maleki et al. 2021, "Scaling distributed training with adaptive summation", section 3) of neighbours, then
    of neighbouring results, and so on: changes of a row that are orthogonal are added, as if they had come after each
    other; of changes that are the same the mean is taken, as what all found is one step; between, by the cosine.
    found: (n, d) float32, changed. changes: (slices, n, d), float16's bits. steps: (slices, d) float32, scratch.
    """
    n_slices, n_rows, size = changes.shape
    for row in range(n_rows):
        for one in range(n_slices):
            for column in range(size):
                steps[one, column] = widened(changes[one, row, column])
        apart = 1
        while apart < n_slices:
            for one in range(0, n_slices - apart, 2 * apart):
                _add(steps, one, one + apart)
            apart *= 2
        for column in range(size):
            found[row, column] += steps[0, column]


@inlined
def _add(steps, one, other):
    """Add two steps, each without half of what it shares with the other, into the first."""
    size = steps.shape[1]
    shared = of_one = of_other = np.float32(0)
    for column in range(size):
        a, b = steps[one, column], steps[other, column]
        shared += a * b
        of_one += a * a
        of_other += b * b
    keep_one = np.float32(1) - shared / max(np.float32(2) * of_one, _TINY)
    keep_other = np.float32(1) - shared / max(np.float32(2) * of_other, _TINY)
    for column in range(size):
        steps[one, column] = keep_one * steps[one, column] + keep_other * steps[other, column]
