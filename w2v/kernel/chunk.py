"""The training kernel: one gradient step, two ways to gather its inputs, three ways to pick its outputs.

| | input rows | output rows | error signal |
|---|---|---|---|
| skip-gram | the context words | | |
| CBOW | one row per center: sum or mean of its context words | | |
| negative sampling | | centers + negatives | label − σ(z) |
| hierarchical softmax | | Huffman path of the center | (1 − code) − σ(z) |
| softmax, full or sampled | | all words, or center + negatives | label − softmax(z) |

A chunk is a range of center positions in the encoded stream; it is trained in *blocks* of up to `CENTERS` neighbouring
centers, whose windows overlap, so most rows are fetched, summed and changed once for several centers. With negatives
shared by the block, all its pairs are one step. Every random number is a function of (seed, epoch, position), and a
window reaches across a chunk's border: the cut into chunks decides only which centers share a block.

Everything here is compiled once, for all settings.
"""

import numpy as np

from w2v.compiled.bits import ask_for, pointer
from w2v.compiled.jit import entry, inlined
from w2v.compiled.randomness import GOLDEN, LOW, MIX_1, below, mix, random_at
from w2v.compiled.tiles import (
    LANES,
    gather,
    load,
    pick_row,
    pick_rows,
    prefetch_row,
    spread,
    store,
    subtract,
    zero_tile,
)
from w2v.corpus.stream import BREAK
from w2v.kernel.gradient import step
from w2v.kernel.layout import CBOW, FULL_SOFTMAX, HIERARCHICAL_SOFTMAX, Inputs, Outputs
from w2v.kernel.row_copies import copied

LOSS, N_PAIRS, N_TRAINED, N_SUBSAMPLED = 0, 1, 2, 3  # entries of the statistics
N_STATISTICS = 4
CENTERS = 5  # most centers of a block
USUAL_PATH = 15  # nodes: what is longer lies in one more cache line at most
HOT_LEVELS = 8  # of the Huffman tree: their 255 rows are changed all the time
WARM_LEVELS = 10  # of the Huffman tree: their 1,023 rows stay in the second-level cache


@inlined
def draw_noise(tables, random):
    """A word id from the noise distribution: slot by the upper 32 bits, alias by the lower."""
    slot = below(random, len(tables.noise_threshold))
    alias = np.int64(tables.noise_alias[slot])  # read in any case: a branch would be guessed wrong half of the time
    return slot if (random & LOW) <= np.uint64(tables.noise_threshold[slot]) else alias


# ---- output pickers ----------------------------------------------------------------------------------------


@inlined
def pick_outputs(center_id, random, tables, settings, scratch, base):
    """Write one center's output rows and labels to the scratch from `base` on; returns how many there are."""
    out_rows, out_labels = scratch.out_rows, scratch.out_labels
    if settings.objective == HIERARCHICAL_SOFTMAX:
        start = tables.path_offsets[center_id]
        n_out = tables.path_offsets[center_id + 1] - start
        first_hot = len(tables.path_offsets) - 2 - len(scratch.hot)  # of the V − 1 inner nodes; the root is the last
        for n in range(n_out):
            node = np.int64(tables.path_points[start + n])
            out_rows[base + n] = node + len(scratch.hot) if node >= first_hot else node
            out_labels[base + n] = 1 - 2 * np.int64(tables.path_codes[start + n])
        return n_out
    if settings.objective == FULL_SOFTMAX:
        n_out = len(tables.keep_threshold)
        for n in range(n_out):
            out_rows[base + n], out_labels[base + n] = n, -1
        out_labels[base + center_id] = 1
        return n_out
    out_rows[base], out_labels[base] = center_id, 1
    n_out = np.int64(1)
    for _ in range(settings.n_negatives):
        random += GOLDEN
        noise_id = draw_noise(tables, mix(random))
        out_rows[base + n_out], out_labels[base + n_out] = noise_id, -1
        n_out += noise_id != center_id  # as in word2vec.c, a draw of the center itself is dropped
    return n_out


@inlined
def pick_shared_outputs(first, last, random, tables, settings, scratch, base):
    """The same for all centers of a block together: places for `CENTERS` centers, then the negatives they share."""
    out_rows, out_labels = scratch.out_rows, scratch.out_labels
    for b in range(CENTERS):
        out_rows[base + b] = scratch.token_ids[min(first + b, last - 1)]
        out_labels[base + b] = first + b < last
    for n in range(CENTERS, CENTERS + settings.n_negatives):
        random += GOLDEN
        out_rows[base + n], out_labels[base + n] = draw_noise(tables, mix(random)), -1
    return CENTERS + settings.n_negatives


@inlined
def capacity(scratch):
    """Places for the outputs of one center: the scratch has `CENTERS` times as many, twice."""
    return len(scratch.out_rows) // (2 * CENTERS)


@inlined
def pick_block(weights, first, last, window_key, tables, settings, scratch, side):
    """Pick the outputs of the block of centers `scratch.token_ids[first:last]` and ask for their rows.

    side: 0 or 1, the half of the scratch to use: the next block's outputs are picked while this one's are in use.
    """
    for b in range(1 if settings.share_in_block else last - first):
        base = (side * CENTERS + b) * capacity(scratch)
        random = random_at(window_key, scratch.token_pos[first + b])
        if settings.share_in_block:
            n_out = pick_shared_outputs(first, last, random, tables, settings, scratch, base)
        else:
            n_out = pick_outputs(np.int64(scratch.token_ids[first + b]), random, tables, settings, scratch, base)
        copied(scratch.out_rows, base, n_out, weights.outputs, scratch.output_copies)
        scratch.n_out[side * CENTERS + b] = n_out


@inlined
def prefetch_paths(first, end, tables, settings, scratch):
    """Ask for the Huffman paths of the block from `first` on, and for the places of those of the block behind it."""
    offsets, points, codes = pointer(tables.path_offsets), pointer(tables.path_points), pointer(tables.path_codes)
    middle = min(first + settings.n_centers, end)
    for i in range(first, middle):
        if scratch.token_ids[i] != BREAK:
            start = tables.path_offsets[scratch.token_ids[i]]
            ask_for(points, start)
            ask_for(points, start + USUAL_PATH)
            ask_for(codes, start)
    for i in range(middle, min(middle + settings.n_centers, end)):
        if scratch.token_ids[i] != BREAK:
            ask_for(offsets, np.int64(scratch.token_ids[i]))


@inlined
def prefetch_block(weights, settings, scratch, side, n_steps, first, last):
    """Ask for the rows of the next block: its outputs, and the context words `scratch.token_ids[first:last]`."""
    if settings.objective != FULL_SOFTMAX:
        skipped = WARM_LEVELS if settings.objective == HIERARCHICAL_SOFTMAX else 0
        for b in range(n_steps):
            base = (side * CENTERS + b) * capacity(scratch)
            for n in range(skipped, scratch.n_out[side * CENTERS + b]):
                prefetch_row(weights.outputs, scratch.out_rows[base + n])
    if len(scratch.input_copies.slots) == 0:
        for i in range(first, last):
            if scratch.token_ids[i] != BREAK:
                prefetch_row(weights.inputs, scratch.token_ids[i])


# ---- input gatherers ---------------------------------------------------------------------------------------


@inlined
def gather_windows(first, last, window_key, settings, scratch):
    """Write the context words of the centers `scratch.token_ids[first:last]` to `scratch.context_ids`, left to right,
    and to `scratch.near[m, b]` whether word m stands in the window of center b; returns how many words there are."""
    token_ids, near = scratch.token_ids, scratch.near
    left, right = first, last  # the sentence's tokens within reach
    while first - left < settings.window and token_ids[left - 1] != BREAK:
        left -= 1
    while right - last < settings.window and token_ids[right] != BREAK:
        right += 1
    lowest, highest = first, last
    for b in range(settings.n_centers):
        reach = settings.window
        if settings.shrink_windows:
            reach = 1 + below(random_at(window_key, scratch.token_pos[first + b]), settings.window)
        start, stop = max(first + b - reach, left), min(first + b + reach + 1, right)
        if first + b >= last:
            start, stop = right, right
        scratch.window_start[b], scratch.window_stop[b] = start, stop
        lowest, highest = min(lowest, start), max(highest, stop)
    n_context = np.int64(0)
    for i in range(lowest, highest):
        n_near = 0.0
        for b in range(settings.n_centers):
            inside = (scratch.window_start[b] <= i) & (i < scratch.window_stop[b]) & (i != first + b)
            near[n_context, b] = inside
            n_near += inside
        scratch.context_ids[n_context], scratch.n_near[n_context] = token_ids[i], n_near
        n_context += n_near > 0
    return n_context


@inlined
def weigh_shared_pairs(n_context, base, n_out, settings, scratch):
    """Skip-gram with negatives shared by the block: a context word is paired with the centers that it stands near, and
    with each negative as often, times the share of negatives that were drawn; not where the negative is the center."""
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


@inlined
def weigh_shared_means(n_centers, base, n_out, settings, scratch):
    """CBOW with negatives shared by the block: the input row of a center is paired with that center and with all
    negatives that are not the center."""
    weights, out_rows = scratch.pair_weights, scratch.out_rows
    for b in range(n_centers):
        for c in range(CENTERS):
            weights[b, c] = b == c
        for n in range(CENTERS, n_out):
            weights[b, n] = settings.negative_weight * (out_rows[base + n] != out_rows[base + b])


@inlined
def gather_means(weights, n_context, settings, scratch):
    """CBOW's input rows, one per center: the sum or mean of the context words' rows that are near it."""
    near, shares = scratch.near, scratch.mean_weights
    for b in range(CENTERS):
        n_near = 0.0
        for m in range(n_context):
            n_near += near[m, b]
        scale = 1 / max(n_near, 1.0) if settings.cbow_mean else 1.0
        for m in range(n_context):
            shares[m, b] = near[m, b] * scale
    rows = pick_rows(CENTERS, scratch.hidden, scratch.slots, 0)
    for column in range(0, weights.inputs.shape[1], LANES):
        total = zero_tile(rows)
        for m in range(n_context):
            total = spread(total, shares, m, 0, load(pick_row(weights.inputs, scratch.context_ids[m]), column))
        store(total, rows, column)


@inlined
def scatter_means(weights, n_context, settings, scratch):
    """Add the change of CBOW's input rows to the context words near their centers.

    The true gradient of a mean is 1 / n of the step's for each of its n words; word2vec.c leaves that factor out
    (İrsoy, Benton & Stratos 2021).
    """
    shares = scratch.mean_weights if settings.cbow_corrected else scratch.near
    before = pick_rows(CENTERS, scratch.hidden, scratch.slots, 0)
    after = pick_rows(CENTERS, scratch.hidden_moved, scratch.slots, 0)
    for column in range(0, weights.inputs.shape[1], LANES):
        change = subtract(load(after, column), load(before, column))
        for m in range(n_context):
            row = pick_row(weights.inputs, scratch.context_ids[m])
            store(gather(load(row, column), shares, m, 0, change), row, column)


@inlined
def restore_frozen(weights, tables, n_context, scratch):
    """Give the context words whose input rows are frozen back what the step changed."""
    if len(tables.frozen_place) == 0:
        return
    for m in range(n_context):
        row = word = scratch.context_ids[m]
        if len(scratch.input_copies.slots) > 0:
            word = scratch.input_copies.ids[row]
        place = np.int64(tables.frozen_place[word])
        if place >= 0:
            for column in range(0, weights.inputs.shape[1], LANES):
                store(load(pick_row(tables.frozen_rows, place), column), pick_row(weights.inputs, row), column)


# ---- a block -----------------------------------------------------------------------------------------------


@inlined
def train_block(weights, tables, settings, scratch, first, last, window_key, side, alpha):
    """The centers `scratch.token_ids[first:last]`, neighbours in one sentence: gather the input rows, step, hand the
    change back to the context words. Returns (loss, pairs).

    Skip-gram: each context word predicts the centers near it, so the context words' rows are the inputs. CBOW: the
    context words of a center together predict it, so there is one input per center. With shared negatives all is one
    step; otherwise CBOW has a step for each center and its outputs, skip-gram (a block is one center then) one for the
    window, or one for each pair, with negatives drawn anew.
    """
    n_context = gather_windows(first, last, window_key, settings, scratch)
    if n_context == 0:
        return 0.0, 0.0
    copied(scratch.context_ids, np.int64(0), n_context, weights.inputs, scratch.input_copies)
    slot = side * CENTERS
    base, n_out = slot * capacity(scratch), scratch.n_out[slot]
    inputs, target, in_rows, n_in, n_pairs = weights.inputs, weights.inputs, scratch.context_ids, n_context, 0.0
    if settings.model == CBOW:
        inputs, target, in_rows, n_in, n_pairs = (
            scratch.hidden, scratch.hidden_moved, scratch.slots, last - first, np.float64(last - first)
        )  # fmt: skip
        gather_means(weights, n_context, settings, scratch)
        if settings.share_in_block:
            weigh_shared_means(n_in, base, n_out, settings, scratch)
    else:
        for m in range(n_context):
            n_pairs += scratch.n_near[m]
        if settings.share_in_block:
            weigh_shared_pairs(n_context, base, n_out, settings, scratch)
    random, loss = random_at(window_key, scratch.token_pos[first]), 0.0
    per_step = np.int64(1) if settings.one_by_one else n_in
    for m in range(0, n_in, per_step):
        if m > 0 and settings.model == CBOW:
            base, n_out = (slot + m) * capacity(scratch), scratch.n_out[slot + m]
        elif m > 0:
            random = mix(random + GOLDEN)
            n_out = pick_outputs(np.int64(scratch.token_ids[first]), random, tables, settings, scratch, base)
            copied(scratch.out_rows, base, n_out, weights.outputs, scratch.output_copies)
        rows = Inputs(inputs, target, in_rows, m, per_step)
        outputs = Outputs(weights.outputs, scratch.hot, scratch.out_rows, base, n_out)
        loss += step(rows, outputs, alpha, settings, scratch)
    if settings.model == CBOW:
        scatter_means(weights, n_context, settings, scratch)
    restore_frozen(weights, tables, n_context, scratch)
    return loss, n_pairs


# ---- a chunk -----------------------------------------------------------------------------------------------


@inlined
def is_kept(token_id, position, keep_threshold, key):
    """Whether subsampling keeps the token at a stream position: the same answer for every chunk that asks."""
    return (random_at(key, position) & LOW) <= np.uint64(keep_threshold[token_id])


@inlined
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


@inlined
def next_block(token_ids, place, end, n_centers):
    """The next (first, last) so that `token_ids[first:last]` are up to `n_centers` centers in a row; equal at the
    end."""
    while place < end and token_ids[place] == BREAK:
        place += 1
    last = place
    while last < end and last - place < n_centers and token_ids[last] != BREAK:
        last += 1
    return place, last


@entry
def train_chunk(weights, tables, settings, scratch, stream, start, end, key, alpha, statistics):
    """Train on all centers at positions `start` … `end` − 1 of the stream and add to the statistics.

    stream: int32 word ids, BREAK between sentences. key: uint64, from the seed and the epoch. alpha: learning rate,
    constant within the chunk. statistics: float64 (N_STATISTICS,); the loss is summed over pairs of one input and
    one center.
    """
    place, end = read_chunk(stream, start, end, tables.keep_threshold, key, settings.window, scratch, statistics)
    window_key, n_tokens = mix(key ^ MIX_1), len(scratch.token_ids)
    first = last = fetched = place
    side = np.int64(0)
    while True:
        next_first, next_last = next_block(scratch.token_ids, last, end, settings.n_centers)
        if next_first < next_last:
            pick_block(weights, next_first, next_last, window_key, tables, settings, scratch, 1 - side)
            n_steps = np.int64(1) if settings.share_in_block else next_last - next_first
            if settings.objective == HIERARCHICAL_SOFTMAX:
                prefetch_paths(next_last, end, tables, settings, scratch)
            reached = max(fetched, min(next_last + settings.window, n_tokens))
            prefetch_block(weights, settings, scratch, 1 - side, n_steps, fetched, reached)
            fetched = reached
        if first < last:
            loss, n_pairs = train_block(weights, tables, settings, scratch, first, last, window_key, side, alpha)
            statistics[LOSS] += loss
            statistics[N_PAIRS] += n_pairs
        if next_first == next_last:
            break
        first, last, side = next_first, next_last, 1 - side
