"""The one gradient step of the package, on matrix rows, whatever they stand for.

In NumPy, with f the logistic function or softmax, it is this, and a test holds the kernel to it:

    errors = alpha * pair_weights * (labels - f(inputs @ outputs.T))
    change = errors.T @ inputs
    inputs += errors @ outputs
    outputs += change

Here it is three calls: `score`, `scores_to_errors`, `update` (`score_one`, `update_one` where there is always one input
row), on all pairs of an input row m and an output row n (`layout.Inputs`, `layout.Outputs`). The labels are in
`scratch.out_labels`, at the places of `outputs.ids`; the pair (m, n) counts `scratch.pair_weights[m, n]` times;
`scratch.errors[m, n]` is its score first, then its error. All is done in *tiles* of output rows, which stay in
registers while the input rows pass by (`tiles.py` and `products.py` have the operations, with a glossary).

In `score_beside_own` and `update_beside_own` output 0 is a row of its own for each input row, and the others are shared
by all, as in a block of CBOW: a center is paired with its own input only, and 20 of 75 pairs need not be computed.

Both gradients are taken at the old values, but for rows that are there twice: an output row that comes again in a later
tile of `TILE_ROWS` rows (where there is one input row: that comes again) gives the inputs its new value there, so
processors with other registers differ in the order of alpha²; and an input row that comes again is read with the
changes so far (word2vec.c takes new values for every repeat).
"""

import numpy as np

from w2v.compiled.elementary import exp, log
from w2v.compiled.jit import inlined, inlined_early
from w2v.compiled.products import rank_1_update, scaled_rows, scatter_product, weighted_row_sums
from w2v.compiled.registers import LANES
from w2v.compiled.tiles import (
    add,
    broadcast,
    divide,
    load,
    multiply,
    multiply_add,
    parts,
    pick_either,
    pick_part,
    pick_row,
    pick_rows,
    row_sums,
    scaled,
    scatter_add,
    store,
    zero_tile,
)
from w2v.kernel.layout import CENTERS

TILE_ROWS = 9 if LANES == 16 else 6  # output rows held at a time: there are 32 registers, or 16
SHARED_TILE_ROWS = 10 if LANES == 16 else 5  # the same beside outputs of their own: CBOW has ten negatives
SMALL_TILE_ROWS = 3  # for those that are left
REGISTERS = 6  # of one row held at a time


def _make_score_tile(n_rows):
    @inlined
    def score_tile(inputs, outputs, n, scores):
        """Dot products of all input rows with `n_rows` output rows from the n-th on, two input rows at a time.

        inputs, outputs: `layout.Inputs`, `layout.Outputs`. scores: floating (inputs, P), written.
        """
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

    return score_tile


def _make_update_tile(n_rows):
    @inlined
    def update_tile(inputs, outputs, n, errors, gradient, is_last):
        """Add errorsᵀ · inputs to `n_rows` output rows from the n-th on, and errors · outputs (before the change) to
        the gradient of the inputs; the last tile adds that to the input rows and writes them to `inputs.target`.

        errors: floating (inputs, P). gradient: floating (inputs, padded d), of the tiles before.
        """
        rows = pick_either(n_rows, outputs.matrix, outputs.hot, outputs.ids, outputs.first + n)
        for column in range(0, inputs.matrix.shape[1], LANES):
            tile = load(rows, column)
            change = zero_tile(rows)
            for m in range(inputs.n):
                row, share = inputs.ids[inputs.first + m], pick_row(gradient, m)
                vector = load(pick_row(inputs.matrix, row), column)
                change = rank_1_update(change, errors, m, n, vector)
                total = weighted_row_sums(load(share, column) if n > 0 else broadcast(vector, 0), errors, m, n, tile)
                if is_last:
                    store(add(vector, total), pick_row(inputs.target, row), column)
                else:
                    store(total, share, column)
            scatter_add(change, rows, column)

    return update_tile


def _make_update_tile_beside_own(n_rows):
    @inlined
    def update_tile(inputs, outputs, n, errors, gradient, is_last):
        """The same for `CENTERS` input rows, whose ids are 0, 1, …, with outputs of their own, which the last tile
        takes in: errors are zero where there are fewer."""
        rows = pick_either(n_rows, outputs.matrix, outputs.hot, outputs.ids, outputs.first + n)
        own, ids = pick_either(CENTERS, outputs.matrix, outputs.hot, outputs.ids, outputs.own), inputs.ids
        vector_rows, targets = pick_rows(CENTERS, inputs.matrix, ids, 0), pick_rows(CENTERS, inputs.target, ids, 0)
        shares = pick_rows(CENTERS, gradient, ids, 0)
        for column in range(0, inputs.matrix.shape[1], LANES):
            vectors = load(vector_rows, column)
            total = load(shares, column) if n > 1 else broadcast(vectors, 0)
            total = weighted_row_sums(total, errors, 0, n, load(rows, column))
            if is_last:
                total = add(total, scaled_rows(load(own, column), errors, 0, 0))
                store(add(vectors, total), targets, column)
            else:
                store(total, shares, column)
            scatter_product(errors, 0, n, vectors, rows, column)
            if is_last:
                scatter_add(scaled_rows(vectors, errors, 0, 0), own, column)

    return update_tile


def _make_update_registers(n_registers):
    @inlined
    def update_registers(inputs, outputs, column, errors):
        """The same for one input row and all output rows, in the columns of `n_registers` registers from `column` on,
        which are held while the output rows are gone through one by one."""
        row = inputs.ids[inputs.first]
        vector = load(parts(n_registers, pick_row(inputs.matrix, row)), column)
        total = vector
        for n in range(outputs.n):
            rows = parts(n_registers, pick_either(1, outputs.matrix, outputs.hot, outputs.ids, outputs.first + n))
            tile, share = load(rows, column), broadcast(vector, errors[0, n])
            total = add(total, multiply(tile, share))
            store(add(tile, multiply(vector, share)), rows, column)
        store(total, parts(n_registers, pick_row(inputs.target, row)), column)

    return update_registers


@inlined
def _score_row(inputs, outputs, n, scores):
    """Dot products of the one input row with `SMALL_TILE_ROWS` output rows from the n-th on."""
    rows = pick_either(SMALL_TILE_ROWS, outputs.matrix, outputs.hot, outputs.ids, outputs.first + n)
    row = pick_row(inputs.matrix, inputs.ids[inputs.first])
    total = zero_tile(rows)
    for column in range(0, inputs.matrix.shape[1], LANES):
        total = multiply_add(total, load(rows, column), load(row, column))
    row_sums(total, scores, 0, n)


_score_small_tile = _make_score_tile(SMALL_TILE_ROWS)
_update_registers, _update_register = _make_update_registers(REGISTERS), _make_update_registers(1)


@inlined_early
def _score_own(inputs, outputs, scores):
    """Dot products of each input row with the output of its own."""
    for m in range(inputs.n):
        row = pick_row(inputs.matrix, inputs.ids[inputs.first + m])
        own = pick_either(1, outputs.matrix, outputs.hot, outputs.ids, outputs.own + m)
        total = zero_tile(row)
        for column in range(0, inputs.matrix.shape[1], LANES):
            total = multiply_add(total, load(row, column), load(own, column))
        row_sums(total, scores, m, 0)


@inlined
def tall_rows(n_outputs, n_tall, n_own):
    """How many outputs there are up to the last of tall tiles, which begin behind the first `n_own`: int64."""
    n_padded = -(-(n_outputs - n_own) // SMALL_TILE_ROWS) * SMALL_TILE_ROWS
    return n_own + n_padded // n_tall * n_tall


@inlined
def padded_rows(n_outputs, n_tall, n_own):
    """How many outputs the tiles take in: int64, `n_outputs` with the last tile filled up."""
    n_in_tall = tall_rows(n_outputs, n_tall, n_own)
    return n_in_tall - (n_in_tall - n_outputs) // SMALL_TILE_ROWS * SMALL_TILE_ROWS


def _make_score(n_tall, n_own):
    score_tall = _make_score_tile(n_tall)

    @inlined_early
    def score(inputs, outputs, scratch):
        """Write inputs · outputsᵀ to `scratch.errors[:inputs.n, :outputs.n]`. Rows of `outputs.ids` behind the last one
        are filled up, with labels of 0, to whole tiles; returns how many outputs there are then."""
        ids, n_padded = outputs.ids, padded_rows(outputs.n, n_tall, n_own)
        n_in_tall = tall_rows(outputs.n, n_tall, n_own)
        for n in range(outputs.n, n_padded):
            ids[outputs.first + n] = ids[outputs.first]  # gets a share of zero
        for n in range(outputs.n, -(-n_padded // LANES) * LANES):
            scratch.out_labels[outputs.first + n] = 0
        if n_own == 1:
            _score_own(inputs, outputs, scratch.errors)
        for n in range(n_own, n_in_tall, n_tall):
            score_tall(inputs, outputs, n, scratch.errors)
        for n in range(n_in_tall, n_padded, SMALL_TILE_ROWS):
            _score_small_tile(inputs, outputs, n, scratch.errors)
        return n_padded

    return score


def _make_update(n_tall, n_own):
    make_tile = _make_update_tile if n_own == 0 else _make_update_tile_beside_own
    update_tall, update_small = make_tile(n_tall), make_tile(SMALL_TILE_ROWS)

    @inlined_early
    def update(inputs, outputs, n_padded, scratch):
        """Add errorsᵀ · inputs to the output rows, and write the inputs with errors · outputs added to
        `inputs.target`. n_padded: what `score` returned."""
        if n_own == 0 and inputs.n == 1:
            update_one(inputs, outputs, scratch)
            return
        if n_own == 1:
            for m in range(inputs.n, CENTERS):
                for n in range(n_padded):
                    scratch.errors[m, n] = 0
        n_in_tall = tall_rows(outputs.n, n_tall, n_own)
        for n in range(n_own, n_in_tall, n_tall):
            update_tall(inputs, outputs, n, scratch.errors, scratch.gradient, n + n_tall == n_padded)
        for n in range(n_in_tall, n_padded, SMALL_TILE_ROWS):
            update_small(inputs, outputs, n, scratch.errors, scratch.gradient, n + SMALL_TILE_ROWS == n_padded)

    return update


score, update = _make_score(TILE_ROWS, 0), _make_update(TILE_ROWS, 0)
score_beside_own, update_beside_own = _make_score(SHARED_TILE_ROWS, 1), _make_update(SHARED_TILE_ROWS, 1)


@inlined
def scores_to_errors(inputs, outputs, n_padded, alpha, is_softmax, scratch):
    """Turn the scores in `scratch.errors` into learning rate × error signal; returns the loss, float64, summed over
    pairs. n_padded: what `score` returned. alpha: of the weights' dtype. is_softmax: whether labels exclude each
    other."""
    loss = 0.0
    for m in range(inputs.n):
        if is_softmax:
            loss += _softmax_errors(m, outputs.first, outputs.n, n_padded, alpha, scratch)
        else:
            loss += _logistic_errors(m, outputs.first, n_padded, alpha, scratch)
    return loss


@inlined_early
def _logistic_errors(m, base, n_padded, alpha, scratch):
    """Turn the scores z of input row m into alpha × weight × (label − σ(z)); returns −Σ weight × log σ(±z), float64.
    base: where the labels begin in `scratch.out_labels`.

    With labels s = ±1 and t = e^(−s·z): label − σ(z) = s · t / (1 + t) and −log σ(s·z) = log(1 + t). Where there is no
    output the label is 0, and so are the error and the loss.
    """
    scores, labels, weights = pick_row(scratch.errors, m), pick_part(scratch.out_labels, base), scratch.pair_weights
    total = broadcast(load(labels, 0), 0)
    for n in range(0, n_padded, LANES):
        label, weight = load(labels, n), load(pick_row(weights, m), n)
        t = exp(scaled(multiply(label, load(scores, n)), -1))
        above = add(broadcast(t, 1), t)
        signed = multiply(label, weight)
        store(divide(scaled(multiply(signed, t), alpha), above), scores, n)
        total = multiply_add(total, multiply(label, signed), log(above))
    row_sums(total, scratch.terms, 0, 0)
    return np.float64(scratch.terms[0, 0])


@inlined_early
def _softmax_errors(m, base, n_out, n_padded, alpha, scratch):
    """Turn the scores z of input row m into alpha × (label − softmax(z)); returns −log softmax(z)[target], float64.
    base: where the labels begin in `scratch.out_labels`, +1 for the target."""
    errors, out_labels, terms = scratch.errors, scratch.out_labels, scratch.terms
    highest, target = errors[m, 0], 0
    for n in range(n_out):
        highest = max(highest, errors[m, n])
        if out_labels[base + n] > 0:
            target = n
    at_target = errors[m, target] - highest
    scores, kept, total = pick_row(errors, m), pick_row(terms, 0), 0.0
    for n in range(0, n_out, LANES):
        score = load(scores, n)
        store(exp(add(score, broadcast(score, -highest))), kept, n)
    for n in range(n_out):
        total += terms[0, n]
    for n in range(0, n_out, LANES):
        store(scaled(load(kept, n), -alpha / total), scores, n)
    errors[m, target] += alpha
    for n in range(n_out, n_padded):  # what the tiles take in; behind it the next row of scores may begin
        errors[m, n] = 0
    return np.log(total) - at_target


# ---- the same where there is never more than one input row, as of a document: less to compile


@inlined_early
def score_one(inputs, outputs, scratch):
    """`score` for one input row and outputs that are padded already (`padded_rows` ids, labels of 0 up to whole
    registers). All tiles are small: for one row of inputs the tall ones save nothing."""
    for n in range(0, outputs.n, SMALL_TILE_ROWS):
        _score_row(inputs, outputs, n, scratch.errors)


@inlined_early
def update_one(inputs, outputs, scratch):
    """`update` for one input row, which needs no padded outputs and no gradient in memory."""
    width = inputs.matrix.shape[1]
    whole = width // (REGISTERS * LANES) * (REGISTERS * LANES)
    for column in range(0, whole, REGISTERS * LANES):
        _update_registers(inputs, outputs, column, scratch.errors)
    for column in range(whole, width, LANES):
        _update_register(inputs, outputs, column, scratch.errors)
