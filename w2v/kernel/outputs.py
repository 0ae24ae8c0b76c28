"""The picker of each objective: a center's output rows and their labels. What objectives are: `w2v/objectives/`."""

import numpy as np

from w2v.compiled.bits import ask_for, pointer
from w2v.compiled.jit import inlined, inlined_early
from w2v.compiled.randomness import GOLDEN, LOW, below, mix, random_at
from w2v.compiled.tiles import prefetch_row
from w2v.corpus.stream import BREAK
from w2v.kernel.layout import BLOCK, CENTERS
from w2v.kernel.row_copies import copied
from w2v.objectives.both import BOTH
from w2v.objectives.full_softmax import FULL_SOFTMAX
from w2v.objectives.hierarchical_softmax import HIERARCHICAL_SOFTMAX

USUAL_PATH = 15  # nodes of a Huffman path: what is longer lies in one more cache line at most


@inlined_early
def pick_outputs(center_id, random, tables, settings, scratch, base):
    """Write one center's output rows and labels to the scratch from `base` on; returns how many there are.

    center_id: int64. random: uint64, from which the negatives are drawn. tables, settings, scratch: those of `layout`.
    """
    if settings.objective == HIERARCHICAL_SOFTMAX:
        return pick_path(center_id, tables, scratch, base, 0)
    if settings.objective == BOTH:
        n_out = pick_negatives(center_id, random, tables, settings, scratch, base)
        return n_out + pick_path(center_id, tables, scratch, base + n_out, len(tables.keep_threshold))
    if settings.objective == FULL_SOFTMAX:
        return pick_all_words(center_id, tables, scratch, base)
    return pick_negatives(center_id, random, tables, settings, scratch, base)


@inlined_early
def pick_path(center_id, tables, scratch, base, first_row):
    """Hierarchical softmax: the inner nodes on the path to the center, label +1 where it takes the branch 0. first_row:
    the output row of inner node 0."""
    out_rows, out_labels = scratch.out_rows, scratch.out_labels
    start = tables.path_offsets[center_id]
    n_out = tables.path_offsets[center_id + 1] - start
    for n in range(n_out):
        out_rows[base + n] = place_of_row(first_row + np.int64(tables.path_points[start + n]), scratch)
        out_labels[base + n] = 1 - 2 * np.int64(tables.path_codes[start + n])
    return n_out


@inlined_early
def pick_all_words(center_id, tables, scratch, base):
    """Full softmax: all words."""
    n_out = len(tables.keep_threshold)
    for n in range(n_out):
        scratch.out_rows[base + n], scratch.out_labels[base + n] = n, -1
    scratch.out_labels[base + center_id] = 1
    return n_out


@inlined_early
def pick_negatives(center_id, random, tables, settings, scratch, base):
    """Negative sampling and sampled softmax: the center, then words drawn from the noise distribution."""
    out_rows, out_labels = scratch.out_rows, scratch.out_labels
    out_rows[base], out_labels[base] = place_of_row(center_id, scratch), 1
    n_out = np.int64(1)
    for _ in range(settings.n_negatives):
        random += GOLDEN
        noise_id = draw_noise(tables, mix(random))
        out_rows[base + n_out], out_labels[base + n_out] = place_of_row(noise_id, scratch), -1
        n_out += noise_id != center_id  # as in word2vec.c, a draw of the center itself is dropped
    return n_out


@inlined
def place_of_row(row, scratch):
    """Where `layout.Outputs` has an output row: its id, int64, or the place of the thread's copy of it."""
    slot = row - scratch.first_hot
    return scratch.n_rows + slot if 0 <= slot < len(scratch.hot) else row


@inlined
def draw_noise(tables, random):
    """A word id, int64, from the noise distribution: slot by the upper 32 bits of `random` (uint64), alias by the
    lower. tables: `layout.Tables`."""
    slot = below(random, len(tables.noise_threshold))
    alias = np.int64(tables.noise_alias[slot])  # read in any case: a branch would be guessed wrong half of the time
    return slot if (random & LOW) <= np.uint64(tables.noise_threshold[slot]) else alias


@inlined
def pick_shared_outputs(first, last, random, tables, settings, scratch, base):
    """The outputs of all centers `scratch.token_ids[first:last]` of a block together: places for `CENTERS` centers,
    then the negatives they share; returns how many there are."""
    out_rows, out_labels = scratch.out_rows, scratch.out_labels
    for b in range(CENTERS):
        out_rows[base + b] = place_of_row(np.int64(scratch.token_ids[min(first + b, last - 1)]), scratch)
        out_labels[base + b] = 1
    for n in range(CENTERS, CENTERS + settings.n_negatives):
        random += GOLDEN
        out_rows[base + n], out_labels[base + n] = place_of_row(draw_noise(tables, mix(random)), scratch), -1
    return CENTERS + settings.n_negatives


# ---- ahead of the block in hand


@inlined_early
def capacity(scratch):
    """Places for the outputs of one step: the scratch has `CENTERS` times as many, twice."""
    return len(scratch.out_rows) // (2 * CENTERS)


@inlined_early
def place_of(side, b, scratch):
    """Where the outputs of center b of a block begin. side: 0 or 1, the half of the scratch."""
    return (side * CENTERS + b) * capacity(scratch)


@inlined_early
def pick_block(weights, first, last, window_key, tables, settings, scratch, side):
    """Pick the outputs of the block of centers `scratch.token_ids[first:last]`.

    side: the half of the scratch to use: the next block's outputs are picked while this one's are in use. Returns how
    many steps the block has outputs for.
    """
    n_steps = np.int64(1) if settings.sharing == BLOCK else last - first
    for b in range(n_steps):
        base = place_of(side, b, scratch)
        random = random_at(window_key, scratch.token_pos[first + b])
        if settings.sharing == BLOCK:
            n_out = pick_shared_outputs(first, last, random, tables, settings, scratch, base)
        else:
            n_out = pick_outputs(np.int64(scratch.token_ids[first + b]), random, tables, settings, scratch, base)
        copied(scratch.out_rows, base, n_out, weights.outputs, scratch.output_copies)
        scratch.n_out[side * CENTERS + b] = n_out
    return n_steps


@inlined_early
def prefetch_outputs(weights, settings, scratch, side, n_steps):
    """Ask for the output rows that were picked."""
    for b in range(n_steps):
        base = place_of(side, b, scratch)
        for n in range(settings.first_prefetched, scratch.n_out[side * CENTERS + b]):
            row = scratch.out_rows[base + n]
            if row < len(weights.outputs):
                prefetch_row(weights.outputs, row)
            else:
                prefetch_row(scratch.hot, row - len(weights.outputs))


@inlined_early
def prefetch_paths(first, end, n_centers, tables, settings, scratch):
    """Ask for what the picker will read: of hierarchical softmax the Huffman paths of the block of up to `n_centers`
    centers from `first` on, and the places of those of the block behind it."""
    if len(tables.path_offsets) == 0:
        return
    offsets, points, codes = pointer(tables.path_offsets), pointer(tables.path_points), pointer(tables.path_codes)
    middle = min(first + n_centers, end)
    for i in range(first, middle):
        if scratch.token_ids[i] != BREAK:
            start = tables.path_offsets[scratch.token_ids[i]]
            ask_for(points, start)
            ask_for(points, start + USUAL_PATH)
            ask_for(codes, start)
    for i in range(middle, min(middle + n_centers, end)):
        if scratch.token_ids[i] != BREAK:
            ask_for(offsets, np.int64(scratch.token_ids[i]))
