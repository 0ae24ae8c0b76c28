"""The one gradient step of the package, on matrix rows, whatever they stand for.

All scores (inputs × outputs), then errors and loss, then errors × outputs to the inputs and errorsᵀ × inputs to the
outputs. `simd.py` has the operations.
"""

import numpy as np

from w2v.compiled.elementary import exp, log
from w2v.compiled.jit import inlined
from w2v.compiled.tiles import (
    LANES,
    add,
    add_to,
    divide,
    filled,
    gather,
    load,
    multiply,
    multiply_add,
    parts,
    pick_either,
    pick_part,
    pick_row,
    row_sums,
    scaled,
    spread,
    store,
    zero_tile,
)
from w2v.kernel.layout import FULL_SOFTMAX, SAMPLED_SOFTMAX

BLOCK = 9 if LANES == 16 else 6  # output rows held at a time: there are 32 registers, or 16
SMALL_BLOCK = 3  # for those that are left
PARTS = 6  # registers of one row held at a time


def _make_score_block(n_rows):
    @inlined
    def score_block(inputs, outputs, n, scores):
        """Dot products of all input rows with `n_rows` output rows from the n-th on, two input rows at a time."""
        rows = pick_either(n_rows, outputs.matrix, outputs.hot, outputs.ids, outputs.first + n)
        for m in range(0, inputs.n - 1, 2):
            one = pick_row(inputs.matrix, inputs.ids[inputs.first + m])
            two = pick_row(inputs.matrix, inputs.ids[inputs.first + m + 1])
            sum_one, sum_two = zero_tile(rows), zero_tile(rows)
            for column in range(0, inputs.matrix.shape[1], LANES):
                tile = load(rows, column)
                sum_one = multiply_add(sum_one, tile, load(one, column))
                sum_two = multiply_add(sum_two, tile, load(two, column))
            row_sums(sum_one, scores, m, n)
            row_sums(sum_two, scores, m + 1, n)
        if inputs.n % 2 == 1:
            last = pick_row(inputs.matrix, inputs.ids[inputs.first + inputs.n - 1])
            total = zero_tile(rows)
            for column in range(0, inputs.matrix.shape[1], LANES):
                total = multiply_add(total, load(rows, column), load(last, column))
            row_sums(total, scores, inputs.n - 1, n)

    return score_block


def _make_update_block(n_rows):
    @inlined
    def update_block(inputs, outputs, n, errors, gradient, is_last):
        """Add errorsᵀ · inputs to `n_rows` output rows from the n-th on, and errors · outputs (before the change) to
        the gradient of the inputs; the last block adds that to the input rows and writes them to `inputs.target`."""
        rows = pick_either(n_rows, outputs.matrix, outputs.hot, outputs.ids, outputs.first + n)
        for column in range(0, inputs.matrix.shape[1], LANES):
            tile = load(rows, column)
            change = zero_tile(rows)
            for m in range(inputs.n):
                row, share = inputs.ids[inputs.first + m], pick_row(gradient, m)
                vector = load(pick_row(inputs.matrix, row), column)
                change = spread(change, errors, m, n, vector)
                total = gather(load(share, column) if n > 0 else filled(vector, 0), errors, m, n, tile)
                if is_last:
                    store(add(vector, total), pick_row(inputs.target, row), column)
                else:
                    store(total, share, column)
            add_to(change, rows, column)

    return update_block


def _make_update_parts(n_parts):
    @inlined
    def update_parts(inputs, outputs, column, errors):
        """The same for one input row and all output rows, in the columns of `n_parts` registers from `column` on, which
        are held while the output rows are gone through one by one."""
        row = inputs.ids[inputs.first]
        vector = load(parts(n_parts, pick_row(inputs.matrix, row)), column)
        total = vector
        for n in range(outputs.n):
            rows = parts(n_parts, pick_either(1, outputs.matrix, outputs.hot, outputs.ids, outputs.first + n))
            tile, share = load(rows, column), filled(vector, errors[0, n])
            total = add(total, multiply(tile, share))
            store(add(tile, multiply(vector, share)), rows, column)
        store(total, parts(n_parts, pick_row(inputs.target, row)), column)

    return update_parts


_score_block, _score_small_block = _make_score_block(BLOCK), _make_score_block(SMALL_BLOCK)
_update_block, _update_small_block = _make_update_block(BLOCK), _make_update_block(SMALL_BLOCK)
_update_parts, _update_part = _make_update_parts(PARTS), _make_update_parts(1)


@inlined
def _update_alone(inputs, outputs, errors):
    """The update for one input row, which needs no padded outputs and no gradient in memory."""
    width = inputs.matrix.shape[1]
    whole = width // (PARTS * LANES) * (PARTS * LANES)
    for column in range(0, whole, PARTS * LANES):
        _update_parts(inputs, outputs, column, errors)
    for column in range(whole, width, LANES):
        _update_part(inputs, outputs, column, errors)


@inlined
def step(inputs, outputs, alpha, settings, scratch):
    """The one gradient step of the package, on all pairs of an input row and an output row (`layout.Inputs`,
    `layout.Outputs`), the pair of input m and output n counting `scratch.pair_weights[m, n]` times.

    Adds the learning rate `alpha` × the gradient to the output rows, writes the input rows with theirs added to
    `inputs.target`, and returns the loss summed over pairs. Both gradients are taken at the old values, but for rows
    that are there twice: an output row that comes again in a later block of `BLOCK` rows (where there is one input row:
    that comes again) gives the inputs its new value there, so processors with other registers differ in the order of
    alpha²; and an input row that comes again is read with the changes so far (word2vec.c takes new values for every
    repeat).
    """
    ids, labels, errors, gradient = outputs.ids, scratch.out_labels, scratch.errors, scratch.gradient
    n_padded = -(-outputs.n // SMALL_BLOCK) * SMALL_BLOCK  # rows that the blocks take in
    n_whole = n_padded // BLOCK * BLOCK
    for n in range(outputs.n, n_padded):
        ids[outputs.first + n] = ids[outputs.first]  # gets a share of zero
    for n in range(outputs.n, -(-n_padded // LANES) * LANES):
        labels[outputs.first + n] = 0
    for n in range(0, n_whole, BLOCK):
        _score_block(inputs, outputs, n, errors)
    for n in range(n_whole, n_padded, SMALL_BLOCK):
        _score_small_block(inputs, outputs, n, errors)
    loss = output_errors(inputs.n, outputs.first, outputs.n, n_padded, alpha, settings, scratch)
    if inputs.n == 1:
        _update_alone(inputs, outputs, errors)
        return loss
    for n in range(0, n_whole, BLOCK):
        _update_block(inputs, outputs, n, errors, gradient, n + BLOCK == n_padded)
    for n in range(n_whole, n_padded, SMALL_BLOCK):
        _update_small_block(inputs, outputs, n, errors, gradient, n + SMALL_BLOCK == n_padded)
    return loss


@inlined
def output_errors(n_in, base, n_out, n_padded, alpha, settings, scratch):
    """Turn the scores in `scratch.errors` into learning rate × error signal; returns the loss."""
    softmax = settings.objective == FULL_SOFTMAX or settings.objective == SAMPLED_SOFTMAX
    loss = 0.0
    for m in range(n_in):
        if softmax:
            loss += _softmax_errors(scratch.errors, m, scratch.out_labels, base, n_out, alpha, scratch.terms)
        else:
            loss += _logistic_errors(m, base, n_padded, alpha, scratch)
    return loss


@inlined
def _logistic_errors(m, base, n_padded, alpha, scratch):
    """Turn the scores z of input row m into alpha × weight × (label − σ(z)); returns −Σ weight × log σ(±z).

    With labels s = ±1 and t = e^(−s·z): label − σ(z) = s · t / (1 + t) and −log σ(s·z) = log(1 + t). Where there is no
    output the label is 0, and so are the error and the loss.
    """
    scores, labels, weights = pick_row(scratch.errors, m), pick_part(scratch.out_labels, base), scratch.pair_weights
    total = filled(load(labels, 0), 0)
    for n in range(0, n_padded, LANES):
        label, weight = load(labels, n), load(pick_row(weights, m), n)
        t = exp(scaled(multiply(label, load(scores, n)), -1))
        above = add(filled(t, 1), t)
        signed = multiply(label, weight)
        store(divide(scaled(multiply(signed, t), alpha), above), scores, n)
        total = multiply_add(total, multiply(label, signed), log(above))
    row_sums(total, scratch.terms, 0, 0)
    return np.float64(scratch.terms[0, 0])


@inlined
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
        store(exp(add(score, filled(score, -highest))), kept, n)
    for n in range(n_out):
        total += terms[0, n]
    for n in range(0, n_out, LANES):
        store(scaled(load(kept, n), -alpha / total), scores, n)
    errors[m, target] += alpha
    for n in range(n_out, n_out + SMALL_BLOCK):
        errors[m, n] = 0
    return np.log(total) - at_target
