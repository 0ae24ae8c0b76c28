"""The training kernel: one gradient step, two ways to gather its inputs, three ways to pick its outputs.

| | input rows | output rows | error signal |
|---|---|---|---|
| skip-gram | the context words | | |
| CBOW | one row: sum or mean of the context words | | |
| negative sampling | | center + negatives | label − σ(z) |
| hierarchical softmax | | Huffman path of the center | (1 − code) − σ(z) |
| softmax, full or sampled | | all words, or center + negatives | label − softmax(z) |

A chunk is a range of center positions in the encoded stream. Every random number is a function of (seed, epoch,
position), so the same pairs are trained however the stream is cut into chunks, and a window reaches across a chunk's
border.

Everything here is compiled once, for all settings. Numba's disk cache looks at this file only (numba#1833), so the
kernel closes over a digest of the files below it, which makes them part of the cache's key.
"""

from functools import partial

import numpy as np

from w2v import layout, randomness, simd
from w2v.randomness import GOLDEN, LOW, MIX_1, below, jit, mix, random_at
from w2v.simd import (
    LANES,
    add,
    add_to,
    clamped,
    divide,
    filled,
    gather,
    load,
    multiply,
    multiply_add,
    pick_part,
    pick_row,
    pick_rows,
    prefetch_row,
    row_sums,
    scaled,
    spread,
    store,
    zero_tile,
)

BREAK = -1  # ends a sentence in the encoded stream
SKIP_GRAM, CBOW = 0, 1
NEGATIVE_SAMPLING, HIERARCHICAL_SOFTMAX, FULL_SOFTMAX, SAMPLED_SOFTMAX = 0, 1, 2, 3
LOSS, N_PAIRS, N_TRAINED, N_SUBSAMPLED = 0, 1, 2, 3  # entries of the statistics
N_STATISTICS = 4
BLOCK = 6  # output rows held in registers at a time: 1 center + the 5 negatives of the default
HALF_BLOCK = 3


@jit
def draw_noise(tables, random):
    """A word id from the noise distribution: slot by the upper 32 bits, alias by the lower."""
    slot = below(random, len(tables.noise_threshold))
    if (random & LOW) <= np.uint64(tables.noise_threshold[slot]):
        return slot
    return np.int64(tables.noise_alias[slot])


# ---- the step ----------------------------------------------------------------------------------------------


def _make_score_block(n_rows):
    @jit
    def score_block(inputs, in_rows, m_first, n_in, outputs, out_rows, first, scores, n):
        """Dot products of all input rows with `n_rows` output rows, two input rows at a time."""
        rows = pick_rows(n_rows, outputs, out_rows, first)
        for m in range(0, n_in - 1, 2):
            one, two = pick_row(inputs, in_rows[m_first + m]), pick_row(inputs, in_rows[m_first + m + 1])
            sum_one, sum_two = zero_tile(rows), zero_tile(rows)
            for column in range(0, inputs.shape[1], LANES):
                tile = load(rows, column)
                sum_one = multiply_add(sum_one, tile, load(one, column))
                sum_two = multiply_add(sum_two, tile, load(two, column))
            row_sums(sum_one, scores, m, n)
            row_sums(sum_two, scores, m + 1, n)
        if n_in % 2 == 1:
            last = pick_row(inputs, in_rows[m_first + n_in - 1])
            total = zero_tile(rows)
            for column in range(0, inputs.shape[1], LANES):
                total = multiply_add(total, load(rows, column), load(last, column))
            row_sums(total, scores, n_in - 1, n)

    return score_block


def _make_update_block(n_rows):
    @jit
    def update_block(inputs, in_rows, m_first, n_in, outputs, out_rows, first, errors, n, gradient):
        """Add errorsᵀ · inputs to `n_rows` output rows, and errors · outputs (before the change) to the inputs'
        gradient."""
        rows = pick_rows(n_rows, outputs, out_rows, first)
        for column in range(0, inputs.shape[1], LANES):
            tile = load(rows, column)
            change = zero_tile(rows)
            for m in range(n_in):
                share = pick_row(gradient, m)
                vector = load(pick_row(inputs, in_rows[m_first + m]), column)
                change = spread(change, errors, m, n, vector)
                before = load(share, column) if n > 0 else filled(vector, 0)
                store(gather(before, errors, m, n, tile), share, column)
            add_to(change, rows, column)

    return update_block


_score_block, _score_half_block = _make_score_block(BLOCK), _make_score_block(HALF_BLOCK)
_update_block, _update_half_block = _make_update_block(BLOCK), _make_update_block(HALF_BLOCK)


@jit
def padded_rows(n_out):
    """Output rows that the blocks take in: `n_out` rounded up."""
    return -(-n_out // HALF_BLOCK) * HALF_BLOCK


@jit
def step(inputs, in_rows, m_first, n_in, outputs, base, n_out, alpha, settings, scratch):
    """The one gradient step of the package, on `n_in` input rows (`in_rows[m_first:]`) × `n_out` output rows
    (`out_rows[base:]`).

    Adds the learning rate `alpha` × the gradient to the output rows, leaves the same for the input rows in
    `scratch.gradient`, and returns the loss summed over the input rows. Both gradients are taken at the old values,
    with one exception: an output row that comes again in a later block of `BLOCK` rows gives the inputs its new value
    there (word2vec.c takes new values for every repeat).
    """
    out_rows, errors, gradient = scratch.out_rows, scratch.errors, scratch.gradient
    n_padded = padded_rows(n_out)
    n_whole = n_padded // BLOCK * BLOCK
    for n in range(n_out, n_padded):
        out_rows[base + n] = out_rows[base]  # gets a share of zero
    for n in range(n_out, -(-n_padded // LANES) * LANES):
        scratch.out_labels[base + n] = 0
    for n in range(0, n_whole, BLOCK):
        _score_block(inputs, in_rows, m_first, n_in, outputs, out_rows, base + n, errors, n)
    if n_whole < n_padded:
        _score_half_block(inputs, in_rows, m_first, n_in, outputs, out_rows, base + n_whole, errors, n_whole)
    loss = output_errors(errors, n_in, scratch.out_labels, base, n_out, alpha, settings, scratch.terms)
    for n in range(0, n_whole, BLOCK):
        _update_block(inputs, in_rows, m_first, n_in, outputs, out_rows, base + n, errors, n, gradient)
    if n_whole < n_padded:
        _update_half_block(inputs, in_rows, m_first, n_in, outputs, out_rows, base + n_whole, errors, n_whole, gradient)
    return loss


@jit
def output_errors(errors, n_in, out_labels, base, n_out, alpha, settings, terms):
    """Turn scores into learning rate × error signal, in place; returns the loss summed over the input rows."""
    softmax = settings.objective == FULL_SOFTMAX or settings.objective == SAMPLED_SOFTMAX
    loss = 0.0
    for m in range(n_in):
        if softmax:
            loss += _softmax_errors(errors, m, out_labels, base, n_out, alpha, terms)
        else:
            loss += _logistic_errors(errors, m, out_labels, base, n_out, alpha, terms)
    return loss


@jit
def _exp(x):
    """eˣ of a tile for |x| <= 30 (clamped), as (e^(x/64))^64 with seven Taylor terms: within 10⁻⁷ for |x| < 20."""
    y = scaled(clamped(x, 30), 1 / 64)
    p = multiply_add(filled(y, 1 / 720), filled(y, 1 / 5040), y)
    p = multiply_add(filled(y, 1 / 120), p, y)
    p = multiply_add(filled(y, 1 / 24), p, y)
    p = multiply_add(filled(y, 1 / 6), p, y)
    p = multiply_add(filled(y, 1 / 2), p, y)
    p = multiply_add(filled(y, 1), p, y)
    p = multiply_add(filled(y, 1), p, y)
    for _ in range(6):
        p = multiply(p, p)
    return p


@jit
def _logistic_errors(errors, m, out_labels, base, n_out, alpha, terms):
    """Turn the scores z of input row m into alpha × (label − σ(z)); returns −Σ log σ(±z).

    With labels s = ±1 and t = e^(−s·z): label − σ(z) = s · t / (1 + t) and −log σ(s·z) = log(1 + t). Behind the last
    output the labels are 0, and so become the errors.
    """
    scores, labels, kept = pick_row(errors, m), pick_part(out_labels, base), pick_row(terms, 0)
    for n in range(0, padded_rows(n_out), LANES):
        label = load(labels, n)
        t = _exp(scaled(multiply(label, load(scores, n)), -1))
        store(t, kept, n)
        store(divide(scaled(multiply(label, t), alpha), add(filled(t, 1), t)), scores, n)
    loss, product = 0.0, 1.0
    for n in range(n_out):
        product *= 1.0 + terms[0, n]  # one logarithm for many terms
        if product > 1e200:
            loss += np.log(product)
            product = 1.0
    return loss + np.log(product)


@jit
def _softmax_errors(errors, m, out_labels, base, n_out, alpha, terms):
    """Turn the scores z of input row m into alpha × (label − softmax(z)); returns −log softmax(z)[target]."""
    highest, target = errors[m, 0], 0
    for n in range(n_out):
        highest = max(highest, errors[m, n])
        if out_labels[base + n] > 0:
            target = n
    at_target = errors[m, target] - highest
    scores, kept, total = pick_row(errors, m), pick_row(terms, 0), 0.0
    for n in range(0, n_out, LANES):
        score = load(scores, n)
        store(_exp(add(score, filled(score, -highest))), kept, n)
    for n in range(n_out):
        total += terms[0, n]
    for n in range(0, n_out, LANES):
        store(scaled(load(kept, n), -alpha / total), scores, n)
    errors[m, target] += alpha
    for n in range(n_out, padded_rows(n_out)):
        errors[m, n] = 0
    return np.log(total) - at_target


# ---- output pickers ----------------------------------------------------------------------------------------


@jit
def pick_outputs(center_id, random, tables, settings, scratch, base):
    """Write a center's output rows and labels to the scratch from `base` on; returns how many there are."""
    out_rows, out_labels = scratch.out_rows, scratch.out_labels
    if settings.objective == HIERARCHICAL_SOFTMAX:
        start = tables.path_offsets[center_id]
        n_out = tables.path_offsets[center_id + 1] - start
        for n in range(n_out):
            out_rows[base + n] = tables.path_points[start + n]
            out_labels[base + n] = 1 - 2 * np.int64(tables.path_codes[start + n])
        return n_out
    if settings.objective == FULL_SOFTMAX:
        n_out = len(tables.keep_threshold)
        for n in range(n_out):
            out_rows[base + n], out_labels[base + n] = n, -1
        out_labels[base + center_id] = 1
        return n_out
    out_rows[base], out_labels[base] = center_id, 1
    n_out = 1
    for _ in range(settings.n_negatives):
        random += GOLDEN
        noise_id = draw_noise(tables, mix(random))
        if noise_id != center_id:  # as in word2vec.c, a draw of the center itself is dropped
            out_rows[base + n_out], out_labels[base + n_out] = noise_id, -1
            n_out += 1
    return n_out


# ---- input gatherers ---------------------------------------------------------------------------------------


@jit
def gather_context(scratch, i, reach):
    """Ids of up to `reach` tokens on either side of token i within its sentence, left to right; returns how many."""
    token_ids, context_ids = scratch.token_ids, scratch.context_ids
    start = i
    while start > 0 and i - start < reach and token_ids[start - 1] != BREAK:
        start -= 1
    n_context = i - start
    for k in range(n_context):
        context_ids[k] = token_ids[start + k]
    j = i + 1
    while j - i <= reach and token_ids[j] != BREAK:
        context_ids[n_context] = token_ids[j]
        n_context += 1
        j += 1
    return n_context


@jit
def gather_mean(weights, n_context, scale, scratch):
    """CBOW's input row: `scale` × the sum of the context words' rows."""
    hidden, first = pick_row(scratch.hidden, 0), pick_row(weights.inputs, scratch.context_ids[0])
    for column in range(0, scratch.hidden.shape[1], LANES):
        store(scaled(load(first, column), scale), hidden, column)
    for m in range(1, n_context):
        add_row(pick_row(weights.inputs, scratch.context_ids[m]), hidden, scale, scratch.hidden.shape[1])


@jit
def add_row(source, target, scale, n_columns):
    """Add `scale` × the row `source` to the row `target`."""
    for column in range(0, n_columns, LANES):
        add_to(scaled(load(source, column), scale), target, column)


@jit
def scatter(weights, m_first, n_rows, scratch):
    """Skip-gram: add each row of the gradient to the context word it belongs to."""
    for m in range(n_rows):
        target = pick_row(weights.inputs, scratch.context_ids[m_first + m])
        add_row(pick_row(scratch.gradient, m), target, 1, weights.inputs.shape[1])


@jit
def scatter_mean(weights, n_context, scale, scratch):
    """CBOW: add `scale` × the one row of the gradient to all context words."""
    for m in range(n_context):
        target = pick_row(weights.inputs, scratch.context_ids[m])
        add_row(pick_row(scratch.gradient, 0), target, scale, weights.inputs.shape[1])


@jit
def train_center(weights, tables, settings, scratch, n_context, center_id, random, base, n_out, alpha):
    """One window: gather the input rows, step, hand the gradient back to the context words. Returns (loss, pairs).

    Skip-gram: each context word predicts the center, so the context words' rows are the inputs; negatives that are
    not shared are drawn anew for each. CBOW: the context words together predict the center. The true gradient of
    their mean is 1 / n_context of the step's for each; word2vec.c leaves that factor out (İrsoy, Benton & Stratos
    2021).
    """
    inputs, in_rows, n_in = weights.inputs, scratch.context_ids, n_context
    if settings.model == CBOW:
        gather_mean(weights, n_context, 1.0 / n_context if settings.cbow_mean else 1.0, scratch)
        inputs, in_rows, n_in = scratch.hidden, scratch.hidden_id, 1
    per_step = n_in if settings.share_negatives else 1
    loss = 0.0
    for m in range(0, n_in, per_step):
        if m > 0:
            random = mix(random + GOLDEN)
            n_out = pick_outputs(center_id, random, tables, settings, scratch, base)
        loss += step(inputs, in_rows, m, per_step, weights.outputs, base, n_out, alpha, settings, scratch)
        if settings.model == CBOW:
            scatter_mean(weights, n_context, 1.0 / n_context if settings.cbow_corrected else 1.0, scratch)
        else:
            scatter(weights, m, per_step, scratch)
    return loss, n_in


# ---- a chunk -----------------------------------------------------------------------------------------------


@jit
def is_kept(token_id, position, keep_threshold, key):
    """Whether subsampling keeps the token at a stream position: the same answer for every chunk that asks."""
    return (random_at(key, position) & LOW) <= np.uint64(keep_threshold[token_id])


@jit
def read_chunk(stream, start, end, keep_threshold, key, reach, scratch, statistics):
    """Copy the kept tokens of stream[start:end] to the scratch, with up to `reach` more of the same sentence on both
    sides.

    Returns (first, last): the chunk's own tokens are `scratch.token_ids[first:last]`; a BREAK stands at either end.
    """
    position, n_left = start, 0
    while position > 0 and n_left < reach and stream[position - 1] != BREAK:
        position -= 1
        n_left += is_kept(stream[position], position, keep_threshold, key)
    token_ids, token_pos = scratch.token_ids, scratch.token_pos
    token_ids[0] = BREAK
    n_kept, first, last, n_read, n_trained = 1, 1, 1, 0, 0
    while position < len(stream) and (position < end or n_kept - last < reach):
        token_id = stream[position]
        inside = start <= position < end
        n_read += inside and token_id != BREAK
        if token_id == BREAK or is_kept(token_id, position, keep_threshold, key):
            token_ids[n_kept], token_pos[n_kept] = token_id, position
            n_kept += 1
            n_trained += inside and token_id != BREAK
        position += 1
        if position <= start:
            first = n_kept
        if position <= end:
            last = n_kept
        elif token_id == BREAK:
            break
    token_ids[n_kept] = BREAK
    statistics[N_SUBSAMPLED] += n_read - n_trained
    statistics[N_TRAINED] += n_trained
    return first, last


@jit
def prefetch(weights, settings, scratch, base, n_out, i):
    """Ask for the rows of the next center: its outputs, and the one context word that its window may add."""
    if settings.objective != FULL_SOFTMAX:
        for n in range(n_out):
            prefetch_row(weights.outputs, scratch.out_rows[base + n])
    newest_id = scratch.token_ids[min(i + settings.window, len(scratch.token_ids) - 1)]
    if newest_id != BREAK:
        prefetch_row(weights.inputs, newest_id)


def _make_train_chunk(sources_digest):
    @partial(jit, cache=True)
    def train_chunk(weights, tables, settings, scratch, stream, start, end, key, alpha, statistics):
        """Train on all centers at positions `start` … `end` − 1 of the stream and add to the statistics.

        stream: int32 word ids, BREAK between sentences. key: uint64, from the seed and the epoch. alpha: learning rate,
        constant within the chunk. statistics: float64 (N_STATISTICS,); the loss is summed over pairs of one input and
        one center.
        """
        version = sources_digest  # noqa: F841 - being in the closure, it is part of the cache key
        first, last = read_chunk(stream, start, end, tables.keep_threshold, key, settings.window, scratch, statistics)
        token_ids, token_pos = scratch.token_ids, scratch.token_pos
        window_key = mix(key ^ MIX_1)
        random = next_random = np.uint64(0)
        n_out, base, next_base = 0, 0, len(scratch.out_rows) // 2
        for i in range(first - 1, last):
            n_next = 0
            if i + 1 < last and token_ids[i + 1] != BREAK:
                next_random = random_at(window_key, token_pos[i + 1])
                n_next = pick_outputs(token_ids[i + 1], next_random, tables, settings, scratch, next_base)
                prefetch(weights, settings, scratch, next_base, n_next, i + 1)
            if n_out > 0:
                reach = 1 + below(random, settings.window) if settings.shrink_windows else settings.window
                n_context = gather_context(scratch, i, reach)
                if n_context > 0:
                    center_id = np.int64(token_ids[i])
                    loss, n_pairs = train_center(
                        weights, tables, settings, scratch, n_context, center_id, random, base, n_out, alpha
                    )
                    statistics[LOSS] += loss
                    statistics[N_PAIRS] += n_pairs
            n_out, random, base, next_base = n_next, next_random, next_base, base

    return train_chunk


train_chunk = _make_train_chunk(layout.sources_digest(randomness, simd, layout))
