"""The rows of a word: its input vector is a share of the sum of some input rows, by default of one row of its own.

`word_rows` is a `layout.WordRows` or None. Numba prunes what stands behind `word_rows is None`, so the default leaves
no trace in the machine code: input vectors are the rows themselves, changed in place. Otherwise the vectors of a
block's context words are composed, the step changes these, and what changed is handed back to the rows. Both a word's
n-grams (Bojanowski et al. 2017, section 3.2) and the words of a document (Joulin et al. 2017) are such rows.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import inlined, inlined_early
from w2v.compiled.registers import LANES
from w2v.compiled.tiles import (
    add,
    load,
    parts,
    pick_row,
    prefetch_row,
    scaled,
    scatter_add,
    store,
    subtract,
    zero_tile,
)
from w2v.kernel.gradient import REGISTERS
from w2v.kernel.row_copies import copied


class ContextVectors(NamedTuple):
    """The input vectors of a block's context words."""

    matrix: NDArray[np.floating]  # (rows, padded d)
    target: NDArray[np.floating]  # where changed vectors go: `matrix` itself, or another of its shape
    ids: NDArray[np.int64]  # (contexts,): each one's row there
    touched: NDArray[np.int64]  # the input rows that they are made of, in the matrix that is trained
    n_touched: int | np.int64


def _make_sum(n_registers):
    @inlined
    def sum_registers(matrix, row_ids, start, end, weights, share, out, place, column):
        """`sum_of_rows` in the columns of `n_registers` registers from `column` on, which are held meanwhile."""
        target = parts(n_registers, pick_row(out, place))
        total = zero_tile(target)
        for i in range(start, end):
            tile = load(parts(n_registers, pick_row(matrix, np.int64(row_ids[i]))), column)
            if weights is None:
                total = add(total, tile)
            else:
                total = add(total, scaled(tile, weights[row_ids[i]]))
        store(scaled(total, share), target, column)

    return sum_registers


def _make_add(n_registers):
    @inlined
    def add_registers(matrix, row_ids, start, end, weights, share, before, after, place, column):
        """`add_change_to_rows` in the columns of `n_registers` registers from `column` on."""
        old, new = parts(n_registers, pick_row(before, place)), parts(n_registers, pick_row(after, place))
        change = scaled(subtract(load(new, column), load(old, column)), share)
        for i in range(start, end):
            rows = parts(n_registers, pick_row(matrix, np.int64(row_ids[i])))
            if weights is None:
                scatter_add(change, rows, column)
            else:
                scatter_add(scaled(change, weights[row_ids[i]]), rows, column)

    return add_registers


_sum_registers, _sum_register = _make_sum(REGISTERS), _make_sum(1)
_add_registers, _add_register = _make_add(REGISTERS), _make_add(1)


@inlined_early
def sum_of_rows(matrix, row_ids, start, end, weights, share, out, place):
    """Write `share` × the sum of the rows `row_ids[start:end]` of `matrix` (rows, padded d) to row `place` of `out`.

    weights: each row of `matrix` counts so often, (rows,) of its dtype; or None, all once.
    """
    width = matrix.shape[1]
    whole = width // (REGISTERS * LANES) * (REGISTERS * LANES)
    for column in range(0, whole, REGISTERS * LANES):
        _sum_registers(matrix, row_ids, start, end, weights, share, out, place, column)
    for column in range(whole, width, LANES):
        _sum_register(matrix, row_ids, start, end, weights, share, out, place, column)


@inlined_early
def add_change_to_rows(matrix, row_ids, start, end, weights, share, before, after, place):
    """Add `share` × (`after` − `before`), both in row `place`, to the rows `row_ids[start:end]` of `matrix`, to each as
    often as `weights` says; or None, once."""
    width = matrix.shape[1]
    whole = width // (REGISTERS * LANES) * (REGISTERS * LANES)
    for column in range(0, whole, REGISTERS * LANES):
        _add_registers(matrix, row_ids, start, end, weights, share, before, after, place, column)
    for column in range(whole, width, LANES):
        _add_register(matrix, row_ids, start, end, weights, share, before, after, place, column)


@inlined
def context_vectors(word_rows, weights, n_context, scratch):
    """The input vectors of the context words `scratch.context_ids[:n_context]`. word_rows: `layout.WordRows`
    or None. weights, scratch: `layout.Weights`, `layout.Scratch`."""
    if word_rows is None:
        copied(scratch.context_ids, np.int64(0), n_context, weights.inputs, scratch.input_copies)
        return ContextVectors(weights.inputs, weights.inputs, scratch.context_ids, scratch.context_ids, n_context)
    n_rows, starts = np.int64(0), scratch.row_starts
    for m in range(n_context):
        word_id, starts[m] = scratch.context_ids[m], n_rows
        for i in range(word_rows.offsets[word_id], word_rows.offsets[word_id + 1]):
            scratch.context_rows[n_rows] = word_rows.row_ids[i]
            n_rows += 1
    starts[n_context] = n_rows
    copied(scratch.context_rows, np.int64(0), n_rows, weights.inputs, scratch.input_copies)
    for m in range(n_context):
        share = word_rows.shares[scratch.context_ids[m]]
        sum_of_rows(weights.inputs, scratch.context_rows, starts[m], starts[m + 1], None, share, scratch.vectors, m)
    return ContextVectors(scratch.vectors, scratch.vectors_moved, scratch.slots, scratch.context_rows, n_rows)


@inlined
def hand_back(word_rows, weights, n_context, scratch):
    """Give the change of the context words' vectors, `scratch.vectors_moved` − `scratch.vectors`, to their rows."""
    if word_rows is None:
        return
    for m in range(n_context):
        share = word_rows.change_shares[scratch.context_ids[m]]
        start, end = scratch.row_starts[m], scratch.row_starts[m + 1]
        add_change_to_rows(
            weights.inputs, scratch.context_rows, start, end, None, share, scratch.vectors, scratch.vectors_moved, m
        )


@inlined
def prefetch_rows(word_rows, inputs, word_id):
    """Ask for a word's input rows. inputs: (R, padded d). word_id: int32."""
    if word_rows is None:
        prefetch_row(inputs, word_id)
        return
    for i in range(word_rows.offsets[word_id], word_rows.offsets[word_id + 1]):
        prefetch_row(inputs, np.int64(word_rows.row_ids[i]))
