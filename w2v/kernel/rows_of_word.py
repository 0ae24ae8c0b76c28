"""The rows of a word: its input vector is a share of the sum of some input rows, by default of one row of its own.

`word_rows` is a `layout.WordRows` or None. Numba prunes what stands behind `word_rows is None`, so the default leaves
no trace in the machine code: input vectors are the rows themselves, changed in place. Otherwise a token's vector is
made when it comes within reach of the centers in hand, their steps change it, and when it is behind them what changed
is handed back to the rows: once for all windows that it stands in. Tokens of a word that comes several times in a chunk
may share a vector. Both a word's n-grams (Bojanowski et al. 2017, section 3.2) and the words of a document (Joulin et
al. 2017) are such rows.
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
from w2v.corpus.stream import BREAK
from w2v.kernel.gradient import REGISTERS
from w2v.kernel.row_copies import copied

# So many tokens of a common word share one vector. More would be little faster, and CBOW diverges where many words with
# the same n-gram learn for long without each other's changes.
MOST_USES = 4


class ContextVectors(NamedTuple):
    """The input vectors of a block's context words, changed in place."""

    matrix: NDArray[np.floating]  # (rows, padded d)
    ids: NDArray[np.int64]  # (contexts,): each one's row there


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
    """Write `share` × the sum of the rows `row_ids[start:end]` of `matrix` (rows, d) to row `place` of `out`.

    d: at least `LANES`; where it is no multiple of it, some columns are summed twice. weights: each row of `matrix`
    counts so often, (rows,) of its dtype; or None, all once.
    """
    width = matrix.shape[1]
    whole = width // (REGISTERS * LANES) * (REGISTERS * LANES)
    for column in range(0, whole, REGISTERS * LANES):
        _sum_registers(matrix, row_ids, start, end, weights, share, out, place, column)
    for column in range(whole, width, LANES):
        _sum_register(matrix, row_ids, start, end, weights, share, out, place, min(column, width - LANES))


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
        return ContextVectors(weights.inputs, scratch.context_ids)
    return ContextVectors(scratch.vectors, scratch.context_slots)


# ---- words with several rows: their vectors are made when they come within reach, and handed back behind it; those of
# the first words, which come again and again, are handed back after `MOST_USES` tokens, and when the chunk ends


@inlined_early
def slot_of(place, scratch):
    """Where the vector of the token `scratch.token_ids[place]` is held."""
    word_id, n_places = np.int64(scratch.token_ids[place]), len(scratch.held)
    return n_places + word_id if word_id < len(scratch.uses) else place & (n_places - 1)


@inlined
def hold_words(word_rows, weights, tables, window, scratch, first, last, reached):
    """Have the vectors of all words within reach of the centers `scratch.token_ids[first:last]`, those of one sentence.

    Tokens that no later center reaches are handed back first. reached: up to where words were held so far; returns up
    to where they are now. Every token of a chunk is made and handed back once, however many windows it stands in; of
    the words that have a place of their own, `MOST_USES` tokens together.
    """
    if word_rows is None:
        return reached
    token_ids, left, right = scratch.token_ids, first, last
    while first - left < window and token_ids[left - 1] != BREAK:
        left -= 1
    while right - last < window and token_ids[right] != BREAK:
        right += 1
    hand_back(word_rows, weights, tables, scratch, left)
    for place in range(max(reached, left), right):
        word_id, slot = np.int64(token_ids[place]), slot_of(place, scratch)
        if word_id >= len(scratch.uses):
            scratch.held[slot] = place
        else:
            if scratch.uses[word_id] == MOST_USES:
                _give(word_rows, weights, tables, scratch, word_id, slot)
                scratch.uses[word_id] = 0
            scratch.uses[word_id] += 1
            if scratch.uses[word_id] > 1:
                continue
        _make(word_rows, weights, scratch, word_id, slot)
    return max(reached, right)


@inlined
def _rows_of(word_rows, weights, scratch, word_id):
    """Write the word's input rows to `scratch.row_ids`; returns how many they are."""
    first = word_rows.offsets[word_id]
    n_rows = word_rows.offsets[word_id + 1] - first
    for i in range(n_rows):
        scratch.row_ids[i] = word_rows.row_ids[first + i]
    copied(scratch.row_ids, np.int64(0), n_rows, weights.inputs, scratch.input_copies)
    return n_rows


@inlined
def _make(word_rows, weights, scratch, word_id, slot):
    """Make the vector of a word."""
    n_rows, share = _rows_of(word_rows, weights, scratch, word_id), word_rows.shares[word_id]
    sum_of_rows(weights.inputs, scratch.row_ids, np.int64(0), n_rows, None, share, scratch.vectors_before, slot)
    for column in range(0, weights.inputs.shape[1], LANES):
        store(load(pick_row(scratch.vectors_before, slot), column), pick_row(scratch.vectors, slot), column)


@inlined
def _give(word_rows, weights, tables, scratch, word_id, slot):
    """Give what changed of the vector of a word to its rows."""
    n_rows, share = _rows_of(word_rows, weights, scratch, word_id), word_rows.change_shares[word_id]
    before, after, start = scratch.vectors_before, scratch.vectors, np.int64(0)
    add_change_to_rows(weights.inputs, scratch.row_ids, start, n_rows, None, share, before, after, slot)
    restore_frozen(weights, tables, scratch.row_ids, start, n_rows, scratch)


@inlined
def hand_back(word_rows, weights, tables, scratch, end):
    """Give what changed of the vectors of tokens before place `end` to their rows, but for words that have a place."""
    if word_rows is None:
        return
    for slot in range(len(scratch.held)):
        place = scratch.held[slot]
        if place >= 0 and place < end:
            _give(word_rows, weights, tables, scratch, np.int64(scratch.token_ids[place]), slot)
            scratch.held[slot] = -1


@inlined
def hand_all_back(word_rows, weights, tables, scratch):
    """Give what changed of all vectors that are held to their rows: the chunk ends."""
    if word_rows is None:
        return
    hand_back(word_rows, weights, tables, scratch, len(scratch.token_ids))
    for word_id in range(len(scratch.uses)):
        if scratch.uses[word_id] > 0:
            _give(word_rows, weights, tables, scratch, word_id, len(scratch.held) + word_id)
            scratch.uses[word_id] = 0


@inlined_early
def restore_frozen(weights, tables, row_ids, first, n, scratch):
    """Give the input rows `row_ids[first : first + n]` that are frozen back what a step changed."""
    if len(tables.frozen_place) == 0:
        return
    for m in range(first, first + n):
        row = original = row_ids[m]
        if len(scratch.input_copies.slots) > 0:
            original = scratch.input_copies.ids[row]
        place = np.int64(tables.frozen_place[original])
        if place >= 0:
            for column in range(0, weights.inputs.shape[1], LANES):
                store(load(pick_row(tables.frozen_rows, place), column), pick_row(weights.inputs, row), column)


@inlined
def prefetch_rows(word_rows, inputs, scratch, word_id):
    """Ask for a word's input rows, or for its vector where that is held. inputs: (R, padded d). word_id: int32."""
    if word_rows is None:
        prefetch_row(inputs, word_id)
        return
    if word_id < len(scratch.uses) and scratch.uses[word_id] > 0:
        prefetch_row(scratch.vectors, np.int64(len(scratch.held) + word_id))
        return
    for i in range(word_rows.offsets[word_id], word_rows.offsets[word_id + 1]):
        prefetch_row(inputs, np.int64(word_rows.row_ids[i]))
