"""A block of neighbouring centers: whose input rows are the context words' vectors, or their means.

The windows of the centers overlap, so most rows are fetched, summed and changed once for several centers. A model is a
function that says which rows are the inputs; the steps are the same for both.

Everywhere here: weights, tables, settings, scratch are those of `layout`; the block is `scratch.token_ids[first:last]`,
in one sentence; window_key: uint64; side: the half of the scratch in which its outputs are; alpha: the learning rate.
"""

import numpy as np

from w2v.compiled.jit import inlined, inlined_early
from w2v.compiled.randomness import GOLDEN, mix, random_at
from w2v.compiled.registers import LANES
from w2v.compiled.tiles import load, pick_row, pick_rows, rank_1_update, store, subtract, weighted_row_sum, zero_tile
from w2v.kernel.gradient import score, scores_to_errors, update
from w2v.kernel.layout import BLOCK, CENTERS, PAIR, Inputs, Outputs
from w2v.kernel.outputs import pick_outputs, place_of
from w2v.kernel.row_copies import copied
from w2v.kernel.rows_of_word import context_vectors, restore_frozen
from w2v.kernel.windows import gather_windows

# ---- skip-gram


@inlined_early
def train_skip_gram_block(weights, tables, settings, scratch, first, last, window_key, side, alpha):
    """Each context word predicts the centers near it, so the context words' vectors are the inputs.

    With negatives shared by the block all is one step. Otherwise the block is one center, with one step for its window,
    or one for each pair, with outputs drawn anew.
    """
    n_context = gather_windows(first, last, window_key, tables.word_rows, settings, scratch)
    if n_context == 0:
        return 0.0, 0.0
    contexts = context_vectors(tables.word_rows, weights, n_context, scratch)
    place, n_out, n_pairs = place_of(side, np.int64(0), scratch), scratch.n_out[side * CENTERS], 0.0
    for m in range(n_context):
        n_pairs += scratch.n_near[m]
    if settings.sharing == BLOCK:
        weigh_pairs_of_contexts(n_context, place, n_out, settings, scratch)
    random, loss = random_at(window_key, scratch.token_pos[first]), 0.0
    n_of_step = np.int64(1) if settings.sharing == PAIR else n_context
    for m in range(0, n_context, n_of_step):
        if m > 0:
            random = mix(random + GOLDEN)
            n_out = pick_outputs(np.int64(scratch.token_ids[first]), random, tables, settings, scratch, place)
            copied(scratch.out_rows, place, n_out, weights.outputs, scratch.output_copies)
        inputs = Inputs(contexts.matrix, contexts.matrix, contexts.ids, m, n_of_step)
        loss += take_step(inputs, place, n_out, weights, settings, scratch, alpha)
    if tables.word_rows is None:
        restore_frozen(weights, tables, scratch.context_ids, np.int64(0), n_context, scratch)
    return loss, n_pairs


@inlined
def weigh_pairs_of_contexts(n_context, base, n_out, settings, scratch):
    """Negatives shared by the block: a context word is paired with the centers that it stands near, and with each
    negative as often, times the share of negatives that were drawn; not where the negative is the center."""
    weights, near, out_rows = scratch.pair_weights, scratch.near, scratch.out_rows
    for m in range(n_context):
        for b in range(CENTERS):
            weights[m, b] = near[m, b]
        for n in range(CENTERS, n_out):
            weights[m, n] = scratch.n_near[m] * settings.negative_weight
    for n in range(CENTERS, n_out):
        for b in range(CENTERS):
            if out_rows[base + n] == out_rows[base + b]:
                for m in range(n_context):
                    weights[m, n] -= near[m, b] * settings.negative_weight


# ---- CBOW


@inlined_early
def train_cbow_block(weights, tables, settings, scratch, first, last, window_key, side, alpha):
    """The context words of a center together predict it, so there is one input for each center.

    With negatives shared by the block all is one step, otherwise each center has a step and outputs of its own.
    """
    n_context, n_centers = gather_windows(first, last, window_key, tables.word_rows, settings, scratch), last - first
    if n_context == 0:
        return 0.0, 0.0
    contexts = context_vectors(tables.word_rows, weights, n_context, scratch)
    gather_means(contexts, n_context, settings, scratch)
    if settings.sharing == BLOCK:
        place, n_out = place_of(side, np.int64(0), scratch), scratch.n_out[side * CENTERS]
        weigh_pairs_of_means(n_centers, place, n_out, settings, scratch)
    loss = 0.0
    n_of_step = n_centers if settings.sharing == BLOCK else np.int64(1)
    for b in range(0, n_centers, n_of_step):
        inputs = Inputs(scratch.hidden, scratch.hidden_moved, scratch.slots, b, n_of_step)
        n_out = scratch.n_out[side * CENTERS + b]
        loss += take_step(inputs, place_of(side, b, scratch), n_out, weights, settings, scratch, alpha)
    scatter_means(contexts, n_context, settings, scratch)
    if tables.word_rows is None:
        restore_frozen(weights, tables, scratch.context_ids, np.int64(0), n_context, scratch)
    return loss, np.float64(n_centers)


@inlined
def weigh_pairs_of_means(n_centers, base, n_out, settings, scratch):
    """Negatives shared by the block: the input row of a center is paired with that center and with all negatives that
    are not the center."""
    weights, out_rows = scratch.pair_weights, scratch.out_rows
    for b in range(n_centers):
        for c in range(CENTERS):
            weights[b, c] = b == c
        for n in range(CENTERS, n_out):
            weights[b, n] = settings.negative_weight * (out_rows[base + n] != out_rows[base + b])


@inlined
def gather_means(contexts, n_context, settings, scratch):
    """Write CBOW's input rows to `scratch.hidden`, one per center: the sum or mean of the vectors of the context words
    that are near it (`rows_of_word.ContextVectors`)."""
    near, shares = scratch.near, scratch.mean_weights
    for b in range(CENTERS):
        n_near = 0.0
        for m in range(n_context):
            n_near += near[m, b]
        scale = 1 / max(n_near, 1.0) if settings.cbow_mean else 1.0
        for m in range(n_context):
            shares[m, b] = near[m, b] * scale
    rows = pick_rows(CENTERS, scratch.hidden, scratch.slots, 0)
    for column in range(0, contexts.matrix.shape[1], LANES):
        total = zero_tile(rows)
        for m in range(n_context):
            total = rank_1_update(total, shares, m, 0, load(pick_row(contexts.matrix, contexts.ids[m]), column))
        store(total, rows, column)


@inlined
def scatter_means(contexts, n_context, settings, scratch):
    """Add the change of CBOW's input rows to the vectors of the context words near their centers.

    The true gradient of a mean is 1 / n of the step's for each of its n words; word2vec.c leaves that factor out
    (İrsoy, Benton & Stratos 2021).
    """
    shares = scratch.mean_weights if settings.cbow_corrected else scratch.near
    before = pick_rows(CENTERS, scratch.hidden, scratch.slots, 0)
    after = pick_rows(CENTERS, scratch.hidden_moved, scratch.slots, 0)
    for column in range(0, contexts.matrix.shape[1], LANES):
        change = subtract(load(after, column), load(before, column))
        for m in range(n_context):
            row = pick_row(contexts.matrix, contexts.ids[m])
            store(weighted_row_sum(load(row, column), shares, m, 0, change), row, column)


# ---- both


@inlined
def take_step(inputs, place, n_out, weights, settings, scratch, alpha):
    """One gradient step of the input rows and the `n_out` output rows from `place` on; returns the loss."""
    outputs = Outputs(weights.outputs, scratch.hot, scratch.out_rows, place, n_out)
    score(inputs, outputs, scratch)
    loss = scores_to_errors(inputs, outputs, alpha, settings.is_softmax, scratch)
    update(inputs, outputs, scratch)
    return loss
