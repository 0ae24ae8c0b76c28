"""The one gradient step of the package, on matrix rows, whatever they stand for.

All scores (inputs × outputs), then errors and loss, then errors × outputs to the inputs and errorsᵀ × inputs to the
outputs. `simd.py` has the operations.
"""

import numpy as np

from w2v.layout import FULL_SOFTMAX, SAMPLED_SOFTMAX
from w2v.randomness import jit
from w2v.simd import (
    LANES,
    add,
    add_to,
    clamped,
    divide,
    exponent,
    filled,
    gather,
    load,
    mantissa,
    multiply,
    multiply_add,
    pick_part,
    pick_row,
    pick_rows,
    row_sums,
    scaled,
    spread,
    store,
    zero_tile,
)

BLOCK = 6  # output rows held in registers at a time
HALF_BLOCK = 3


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
    def update_block(inputs, in_rows, m_first, n_in, outputs, out_rows, first, errors, n, gradient, is_last, target):
        """Add errorsᵀ · inputs to `n_rows` output rows, and errors · outputs (before the change) to the gradient of the
        inputs; the last block adds that to the input rows and writes them to the same rows of `target`."""
        rows = pick_rows(n_rows, outputs, out_rows, first)
        for column in range(0, inputs.shape[1], LANES):
            tile = load(rows, column)
            change = zero_tile(rows)
            for m in range(n_in):
                vector, share = load(pick_row(inputs, in_rows[m_first + m]), column), pick_row(gradient, m)
                change = spread(change, errors, m, n, vector)
                total = gather(load(share, column) if n > 0 else filled(vector, 0), errors, m, n, tile)
                if is_last:
                    store(add(vector, total), pick_row(target, in_rows[m_first + m]), column)
                else:
                    store(total, share, column)
            add_to(change, rows, column)

    return update_block


_score_block, _score_half_block = _make_score_block(BLOCK), _make_score_block(HALF_BLOCK)
_update_block, _update_half_block = _make_update_block(BLOCK), _make_update_block(HALF_BLOCK)


@jit
def step(inputs, target, in_rows, m_first, n_in, outputs, base, n_out, alpha, settings, scratch):
    """The one gradient step of the package, on `n_in` input rows (`in_rows[m_first:]`) × `n_out` output rows
    (`scratch.out_rows[base:]`), the pair of input m and output n counting `scratch.pair_weights[m, n]` times.

    Adds the learning rate `alpha` × the gradient to the output rows, writes the input rows with theirs added to
    `target`, which may be `inputs`, and returns the loss summed over pairs. Both gradients are taken at the old values,
    but for rows that are there twice: an output row that comes again in a later block of `BLOCK` rows gives the inputs
    its new value there, and an input row that comes again is read with the changes so far (word2vec.c takes new values
    for every repeat).
    """
    out_rows, errors, gradient = scratch.out_rows, scratch.errors, scratch.gradient
    n_padded = -(-n_out // HALF_BLOCK) * HALF_BLOCK  # rows that the blocks take in
    n_whole = n_padded // BLOCK * BLOCK
    for n in range(n_out, n_padded):
        out_rows[base + n] = out_rows[base]  # gets a share of zero
    for n in range(n_out, -(-n_padded // LANES) * LANES):
        scratch.out_labels[base + n] = 0
    for n in range(0, n_whole, BLOCK):
        _score_block(inputs, in_rows, m_first, n_in, outputs, out_rows, base + n, errors, n)
    if n_whole < n_padded:
        _score_half_block(inputs, in_rows, m_first, n_in, outputs, out_rows, base + n_whole, errors, n_whole)
    loss = output_errors(n_in, base, n_out, n_padded, alpha, settings, scratch)
    for n in range(0, n_whole, BLOCK):
        _update_block(
            inputs,
            in_rows,
            m_first,
            n_in,
            outputs,
            out_rows,
            base + n,
            errors,
            n,
            gradient,
            n + BLOCK == n_padded,
            target,
        )
    if n_whole < n_padded:
        _update_half_block(
            inputs, in_rows, m_first, n_in, outputs, out_rows, base + n_whole, errors, n_whole, gradient, True, target
        )
    return loss


@jit
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
def _log(x):
    """ln x of a tile of positive numbers: exponent × ln 2 + 2 artanh((m − 1) / (m + 1)), m in [√½, √2): within 10⁻⁹."""
    m = mantissa(x)
    one = filled(x, 1)
    s = divide(add(m, filled(x, -1)), add(m, one))
    s2 = multiply(s, s)
    p = multiply_add(filled(x, 2 / 7), filled(x, 2 / 9), s2)
    p = multiply_add(filled(x, 2 / 5), p, s2)
    p = multiply_add(filled(x, 2 / 3), p, s2)
    p = multiply_add(filled(x, 2), p, s2)
    return multiply_add(multiply(p, s), exponent(x), filled(x, 0.6931471805599453))


@jit
def _logistic_errors(m, base, n_padded, alpha, scratch):
    """Turn the scores z of input row m into alpha × weight × (label − σ(z)); returns −Σ weight × log σ(±z).

    With labels s = ±1 and t = e^(−s·z): label − σ(z) = s · t / (1 + t) and −log σ(s·z) = log(1 + t). Where there is no
    output the label is 0, and so are the error and the loss.
    """
    scores, labels, weights = pick_row(scratch.errors, m), pick_part(scratch.out_labels, base), scratch.pair_weights
    total = filled(load(labels, 0), 0)
    for n in range(0, n_padded, LANES):
        label, weight = load(labels, n), load(pick_row(weights, m), n)
        t = _exp(scaled(multiply(label, load(scores, n)), -1))
        above = add(filled(t, 1), t)
        signed = multiply(label, weight)
        store(divide(scaled(multiply(signed, t), alpha), above), scores, n)
        total = multiply_add(total, multiply(label, signed), _log(above))
    row_sums(total, scratch.terms, 0, 0)
    return np.float64(scratch.terms[0, 0])


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
    for n in range(n_out, n_out + HALF_BLOCK):
        errors[m, n] = 0
    return np.log(total) - at_target
