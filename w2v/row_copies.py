"""Copies of matrix rows that one chunk is trained on, so that what it computes does not depend on other threads.

A row is copied when it is first touched, and ids become places among the copies. Afterwards the copies are turned into
changes, which are added to the matrix in a fixed order (`rounds.py`).
"""

from functools import partial

import numpy as np

from w2v.randomness import jit


@jit
def copied(row_ids, first, n, rows, copies):
    """Replace `row_ids[first : first + n]` by the places of the copies in `rows`, copying rows at their first use."""
    if len(copies.slots) == 0:
        return
    for i in range(first, first + n):
        row = row_ids[i]
        slot = np.int64(copies.slots[row])
        if slot < 0:
            slot = copies.n[0]
            copies.n[0] = slot + 1
            copies.slots[row], copies.ids[slot] = slot, row
            for column in range(rows.shape[1]):
                rows[slot, column] = copies.source[row, column]
        row_ids[i] = slot


_compiled = partial(jit, cache=True, forceinline=False, no_cpython_wrapper=False)


@_compiled
def take_changes(rows, copies):
    """Turn copies into changes of the matrix, and forget which rows they were of but for `copies.ids[:copies.n[0]]`."""
    for slot in range(copies.n[0]):
        row = copies.ids[slot]
        copies.slots[row] = -1
        for column in range(rows.shape[1]):
            rows[slot, column] -= copies.source[row, column]


@_compiled
def add_changes(rows, copies, factor, first_scaled, part, n_parts):
    """Add the changes to those rows of the matrix that belong to a part: every `n_parts`-th, from the part's number on.

    factor: of the changes of rows from `first_scaled` on; the others count whole.
    """
    for slot in range(copies.n[0]):
        row = copies.ids[slot]
        if row % n_parts == part:
            share = factor if row >= first_scaled else rows.dtype.type(1)
            for column in range(rows.shape[1]):
                copies.source[row, column] += share * rows[slot, column]
