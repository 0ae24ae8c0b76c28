"""A block of neighbouring centers: whose input rows are the context words' vectors, or their means.

The windows of the centers overlap, so most rows are fetched, summed and changed once for several centers. A model is a
function that says which rows are the inputs; the steps are the same for both.

Everywhere here: weights, tables, settings, scratch are those of `layout`; the block is `scratch.token_ids[first:last]`,
in one sentence; window_key: uint64; side: the half of the scratch in which its outputs are; alpha: the learning rate.
"""

import numpy as np

from w2v.compiled.jit import inlined, inlined_early
from w2v.compiled.randomness import GOLDEN, mix, random_at
from w2v.kernel.gradient import score, score_beside_own, scores_to_errors, update, update_beside_own
from w2v.kernel.layout import BLOCK, CENTERS, PAIR, Inputs, Outputs
from w2v.kernel.means import gather_means, scatter_means
from w2v.kernel.outputs import pick_outputs, place_of
from w2v.kernel.row_copies import copied
from w2v.kernel.rows_of_word import context_vectors, restore_frozen
from w2v.kernel.windows import list_near_words, list_spanned_words

# ---- skip-gram


@inlined_early
def train_skip_gram_block(weights, tables, settings, scratch, first, last, window_key, side, alpha):
    """Each context word predicts the centers near it, so the context words' vectors are the inputs.

    With negatives shared by the block all is one step. Otherwise the block is one center, with one step for its window,
    or one for each pair, with outputs drawn anew.
    """
    n_context = list_near_words(first, last, window_key, tables.word_rows, settings, scratch)
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
    n_centers, word_rows = last - first, tables.word_rows
    n_context, place = list_spanned_words(first, last, window_key, word_rows, settings, scratch)
    if n_context == 1:
        return 0.0, 0.0
    contexts, loss = context_vectors(word_rows, weights, n_context, scratch), 0.0
    gather_means(contexts, n_context, n_centers, place, settings, scratch)
    if settings.sharing == BLOCK:
        loss += take_step_of_means(n_centers, side, weights, settings, scratch, alpha)
    else:
        for b in range(n_centers):
            inputs = Inputs(scratch.hidden, scratch.hidden_moved, scratch.slots, b, np.int64(1))
            n_out = scratch.n_out[side * CENTERS + b]
            loss += take_step(inputs, place_of(side, b, scratch), n_out, weights, settings, scratch, alpha)
    scatter_means(contexts, n_context, place, settings, scratch)
    if word_rows is None:
        restore_frozen(weights, tables, scratch.context_ids, np.int64(0), n_context, scratch)
    return loss, np.float64(n_centers)


@inlined_early
def take_step_of_means(n_centers, side, weights, settings, scratch, alpha):
    """One gradient step of the input rows of all centers. Each is paired with its center, which is output 0, and with
    the negatives, but for those that are its center."""
    base, weights_of_pairs, out_rows = place_of(side, np.int64(0), scratch), scratch.pair_weights, scratch.out_rows
    before = CENTERS - 1  # the centers but one: the last one's place is that of output 0
    n_out = scratch.n_out[side * CENTERS] - before
    for b in range(n_centers):
        weights_of_pairs[b, 0] = 1
        for n in range(1, n_out):
            is_other = out_rows[base + before + n] != out_rows[base + b]
            weights_of_pairs[b, n] = settings.negative_weight * is_other
    inputs = Inputs(scratch.hidden, scratch.hidden_moved, scratch.slots, np.int64(0), n_centers)
    outputs = Outputs(weights.outputs, scratch.hot, out_rows, base + before, n_out, base)
    n_padded = score_beside_own(inputs, outputs, scratch)
    loss = scores_to_errors(inputs, outputs, n_padded, alpha, False, scratch)
    update_beside_own(inputs, outputs, n_padded, scratch)
    return loss


# ---- both


@inlined
def take_step(inputs, place, n_out, weights, settings, scratch, alpha):
    """One gradient step of the input rows and the `n_out` output rows from `place` on; returns the loss."""
    outputs = Outputs(weights.outputs, scratch.hot, scratch.out_rows, place, n_out, place)
    n_padded = score(inputs, outputs, scratch)
    loss = scores_to_errors(inputs, outputs, n_padded, alpha, settings.is_softmax, scratch)
    update(inputs, outputs, n_padded, scratch)
    return loss
