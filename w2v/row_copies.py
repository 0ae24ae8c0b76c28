"""Copies of matrix rows that one chunk is trained on, so that what it computes does not depend on other threads.

A row is copied when it is first touched, and ids become places among the copies. Afterwards what changed is added to
the matrix in a fixed order (`rounds.py`).
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
def count_copies(copies, n_copies, part, n_parts):
    """Count, for those rows of the matrix that belong to a part (every `n_parts`-th, from the part's number on), of how
    many chunks they have copies, and forget where these are."""
    for slot in range(copies.n[0]):
        row = copies.ids[slot]
        if row % n_parts == part:
            n_copies[row] += 1
            copies.slots[row] = -1


@_compiled
def add_changes(rows, copies, n_copies, factor, first_scaled, part, n_parts):
    """Add what a chunk changed to those rows of the matrix that belong to a part.

    With k copies c of a row r, the sum of changes r + f Σ (c − r) is (1 − f k) r + f Σ c, so that no chunk has to
    know what the row was. n_copies: the k that `count_copies` found, of rows that no chunk was added to; then 0.
    factor: f of rows from `first_scaled` on; 1 for the others.
    """
    for slot in range(copies.n[0]):
        row = copies.ids[slot]
        if row % n_parts == part:
            share = factor if row >= first_scaled else rows.dtype.type(1)
            kept = rows.dtype.type(1) if n_copies[row] == 0 else rows.dtype.type(1) - share * n_copies[row]
            n_copies[row] = 0
            if kept == 0:
                for column in range(rows.shape[1]):
                    copies.source[row, column] = share * rows[slot, column]
            else:
                for column in range(rows.shape[1]):
                    copies.source[row, column] = kept * copies.source[row, column] + share * rows[slot, column]
