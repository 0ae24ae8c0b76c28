"""Copies of matrix rows that one chunk is trained on.

In deterministic training they are copies of all rows, so that what a chunk computes does not depend on other threads. A
row is copied when it is first touched, and ids become places among the copies. Afterwards what changed is added to
the matrix in a fixed order (`rounds.py`). Otherwise (`take_rows`, `give_rows`) they are those of some neighbouring rows
(`hot_rows.py`).
"""

import numpy as np

from w2v.compiled.jit import entry, inlined


@inlined
def copied(row_ids, first, n, rows, copies):
    """Replace `row_ids[first : first + n]` (int64) by the places of the copies in `rows` (capacity, padded d), copying
    rows of `copies.source` at their first use. copies: `layout.Copies`."""
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


@entry
def count_copies(copies, n_copies, part, n_parts):
    """Count, for those rows of the matrix that belong to a part (every `n_parts`-th, from the part's number on), of how
    many chunks they have copies, and forget where these are. copies: `layout.Copies`. n_copies: int32 (rows of the
    matrix,), added to."""
    for slot in range(copies.n[0]):
        row = copies.ids[slot]
        if row % n_parts == part:
            n_copies[row] += 1
            copies.slots[row] = -1


@entry
def take_rows(rows, copies, before):
    """Copy `rows` to `copies` and to `before`; all (H, padded d)."""
    for n in range(rows.shape[0]):
        for column in range(rows.shape[1]):
            copies[n, column] = before[n, column] = rows[n, column]


@entry
def give_rows(rows, copies, before, shares):
    """Add to `rows` what changed in `copies` since they were `before`, times the row's share; all (H, padded d),
    shares (H,) of their dtype."""
    for n in range(rows.shape[0]):
        for column in range(rows.shape[1]):
            rows[n, column] += shares[n] * (copies[n, column] - before[n, column])


@entry
def add_changes(rows, copies, n_copies, n_chunks, part, n_parts):
    """Add what a chunk changed to those rows of the matrix that belong to a part.

    A row that fewer than `n_chunks` chunks have copies of moves by the sum of the changes, a row that all have by their
    mean. With k copies c of a row r, r + f Σ (c − r) is (1 − f k) r + f Σ c, so that no chunk has to know what the row
    was. rows: (capacity, padded d), the changed copies. n_copies: int32 (rows of the matrix,), the k that
    `count_copies` found, negative from the row's first chunk on.
    """
    one = rows.dtype.type(1)
    for slot in range(copies.n[0]):
        row = copies.ids[slot]
        if row % n_parts == part:
            k = abs(n_copies[row])
            share = rows.dtype.type(1 / k) if k == n_chunks else one
            kept = one
            if n_copies[row] > 0:
                kept = one - one if k == n_chunks else rows.dtype.type(1 - k)
            if kept == 0:
                for column in range(rows.shape[1]):
                    copies.source[row, column] = share * rows[slot, column]
            else:
                for column in range(rows.shape[1]):
                    copies.source[row, column] = kept * copies.source[row, column] + share * rows[slot, column]
            n_copies[row] = -k


@entry
def forget_counts(copies, n_copies, part, n_parts):
    """Set the counts, int32 (rows of the matrix,), of the part's rows back to 0."""
    for slot in range(copies.n[0]):
        if copies.ids[slot] % n_parts == part:
            n_copies[copies.ids[slot]] = 0
