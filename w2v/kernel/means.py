"""CBOW's input rows: for each center of a block the mean, or the sum, of the vectors of the words in its window.

Windows overlap, so neither way adds up each window by itself. What a center's window holds is the difference of two
running sums over all words of the block, less the center; and what a word gets back is the sum of the changes of those
centers that it is near, a set, so that it is found in two tables of the sums of all sets: those of the first `N_FIRST`
centers, and of the others.
"""

import numpy as np

from w2v.compiled.jit import inlined, inlined_early
from w2v.compiled.registers import LANES
from w2v.compiled.tiles import add, load, parts, pick_row, scaled, store, subtract, zero_tile
from w2v.kernel.gradient import REGISTERS
from w2v.kernel.layout import CENTERS, N_FIRST


def _make_gather(n_registers):
    @inlined
    def gather_registers(contexts, n_context, n_centers, place, scratch, column):
        """`gather_means` in the columns of `n_registers` registers from `column` on."""
        sums, ids = scratch.running_sums, contexts.ids
        total = zero_tile(parts(n_registers, pick_row(sums, 0)))  # what stands in row 0
        for m in range(n_context):
            total = add(total, load(parts(n_registers, pick_row(contexts.matrix, ids[m])), column))
            store(total, parts(n_registers, pick_row(sums, m + 1)), 0)
        for b in range(n_centers):
            start, stop = scratch.window_start[b], scratch.window_stop[b]
            own = load(parts(n_registers, pick_row(contexts.matrix, ids[place + b])), column)
            before = add(load(parts(n_registers, pick_row(sums, start)), 0), own)
            window = subtract(load(parts(n_registers, pick_row(sums, stop)), 0), before)
            store(scaled(window, scratch.mean_shares[b]), parts(n_registers, pick_row(scratch.hidden, b)), column)

    return gather_registers


def _make_scatter(n_registers):
    @inlined
    def scatter_registers(contexts, n_context, is_corrected, scratch, column):
        """`scatter_means` in the columns of `n_registers` registers from `column` on."""
        sums, one = scratch.change_sums, scratch.mean_shares.dtype.type(1)
        for b in range(CENTERS):
            before = load(parts(n_registers, pick_row(scratch.hidden, b)), column)
            after = load(parts(n_registers, pick_row(scratch.hidden_moved, b)), column)
            change = scaled(subtract(after, before), scratch.mean_shares[b] if is_corrected else one)
            empty, n_sets = (0, 1 << b) if b < N_FIRST else (1 << N_FIRST, 1 << (b - N_FIRST))
            for i in range(empty, empty + n_sets):  # with the center, a set of those before it is so many rows on
                total = add(load(parts(n_registers, pick_row(sums, i)), 0), change)
                store(total, parts(n_registers, pick_row(sums, i + n_sets)), 0)
        for m in range(n_context):
            row = parts(n_registers, pick_row(contexts.matrix, contexts.ids[m]))
            of_first = load(parts(n_registers, pick_row(sums, scratch.near_sets[m, 0])), 0)
            of_others = load(parts(n_registers, pick_row(sums, scratch.near_sets[m, 1])), 0)
            store(add(load(row, column), add(of_first, of_others)), row, column)

    return scatter_registers


_gather_registers, _gather_register = _make_gather(REGISTERS), _make_gather(1)
_scatter_registers, _scatter_register = _make_scatter(REGISTERS), _make_scatter(1)


@inlined_early
def gather_means(contexts, n_context, n_centers, place, settings, scratch):
    """Write CBOW's input rows to `scratch.hidden`, one per center.

    contexts: `rows_of_word.ContextVectors`, of all words that the windows span (`windows.list_spanned_words`). place:
    that of the first center among them.
    """
    one = contexts.matrix.dtype.type(1)
    for b in range(n_centers):
        n_near = scratch.window_stop[b] - scratch.window_start[b] - 1
        scratch.mean_shares[b] = one / n_near if settings.cbow_mean else one
    width = contexts.matrix.shape[1]
    whole = width // (REGISTERS * LANES) * (REGISTERS * LANES)
    for column in range(0, whole, REGISTERS * LANES):
        _gather_registers(contexts, n_context, n_centers, place, scratch, column)
    for column in range(whole, width, LANES):
        _gather_register(contexts, n_context, n_centers, place, scratch, column)


@inlined_early
def scatter_means(contexts, n_context, place, settings, scratch):
    """Add the change of CBOW's input rows to the vectors of the words in the centers' windows.

    The true gradient of a mean is 1 / n of the step's for each of its n words; word2vec.c leaves that factor out
    (İrsoy, Benton & Stratos 2021).
    """
    for m in range(n_context):
        first, others = np.int64(0), np.int64(1 << N_FIRST)
        for b in range(CENTERS):
            is_near = (scratch.window_start[b] <= m) & (m < scratch.window_stop[b]) & (m != place + b)
            if b < N_FIRST:
                first += np.int64(is_near) << b
            else:
                others += np.int64(is_near) << (b - N_FIRST)
        scratch.near_sets[m, 0], scratch.near_sets[m, 1] = first, others
    width = contexts.matrix.shape[1]
    whole = width // (REGISTERS * LANES) * (REGISTERS * LANES)
    for column in range(0, whole, REGISTERS * LANES):
        _scatter_registers(contexts, n_context, settings.cbow_corrected, scratch, column)
    for column in range(whole, width, LANES):
        _scatter_register(contexts, n_context, settings.cbow_corrected, scratch, column)
