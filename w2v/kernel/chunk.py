"""The training kernel: a chunk of the encoded stream, block by block.

| | input rows | output rows | error signal |
|---|---|---|---|
| skip-gram | the context words' vectors | | |
| CBOW | one row per center: sum or mean of its context words' vectors | | |
| negative sampling | | centers + negatives | label − σ(z) |
| hierarchical softmax | | Huffman path of the center | (1 − code) − σ(z) |
| softmax, full or sampled | | all words, or center + negatives | label − softmax(z) |

A chunk is a range of center positions in the stream; it is trained in *blocks* of up to `CENTERS` neighbouring centers.
Every random number is a function of (seed, epoch, position in the corpus), and a window reaches across a chunk's
border: the cut into chunks decides only which centers share a block.

Everything here is compiled once, for all settings.
"""

import numpy as np

from w2v.compiled.jit import entry, inlined, inlined_early
from w2v.compiled.randomness import LOW, MIX_1, mix, random_at
from w2v.corpus.stream import BREAK
from w2v.kernel.blocks import train_cbow_block, train_skip_gram_block
from w2v.kernel.outputs import pick_block, prefetch_outputs, prefetch_paths
from w2v.kernel.rows_of_word import hand_all_back, hold_words, prefetch_rows
from w2v.kernel.windows import block_size
from w2v.objectives.cbow import CBOW

LOSS, N_PAIRS, N_TRAINED, N_SUBSAMPLED = 0, 1, 2, 3  # entries of the statistics
N_STATISTICS = 4


@inlined_early
def is_kept(token_id, position, keep_threshold, key):
    """Whether subsampling keeps the token at a position of the corpus: the same answer for every chunk that asks.

    keep_threshold: uint32 (V,). key: uint64.
    """
    return (random_at(key, position) & LOW) <= np.uint64(keep_threshold[token_id])


@inlined
def read_chunk(stream, start, end, offset, keep_threshold, key, reach, scratch, statistics):
    """Copy the kept tokens of stream[start:end] (int32) to the scratch, with up to `reach` more of the same sentence on
    both sides. offset: the position of stream[0] in the corpus.

    Returns (first, last): the chunk's own tokens are `scratch.token_ids[first:last]`; a BREAK stands at either end.
    """
    position, n_left = start, 0
    while position > 0 and n_left < reach and stream[position - 1] != BREAK:
        position -= 1
        n_left += is_kept(stream[position], offset + position, keep_threshold, key)
    token_ids, token_pos = scratch.token_ids, scratch.token_pos
    token_ids[0] = BREAK
    n_kept, first, last, n_read, n_trained = 1, 1, 1, 0, 0
    while position < len(stream) and (position < end or n_kept - last < reach):
        token_id = stream[position]
        inside = start <= position < end
        n_read += inside and token_id != BREAK
        if token_id == BREAK or is_kept(token_id, offset + position, keep_threshold, key):
            token_ids[n_kept], token_pos[n_kept] = token_id, offset + position
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


@inlined_early
def next_block(token_ids, place, end, n_centers):
    """The next (first, last) so that `token_ids[first:last]` are up to `n_centers` centers in a row; equal at the
    end."""
    while place < end and token_ids[place] == BREAK:
        place += 1
    last = place
    while last < end and last - place < n_centers and token_ids[last] != BREAK:
        last += 1
    return place, last


@inlined_early
def prefetch_inputs(weights, tables, scratch, first, last):
    """Ask for the input rows of the words `scratch.token_ids[first:last]`, unless the chunk works on copies."""
    if len(scratch.input_copies.slots) == 0:
        for i in range(first, last):
            if scratch.token_ids[i] != BREAK:
                prefetch_rows(tables.word_rows, weights.inputs, scratch, scratch.token_ids[i])


@entry
def train_chunk(weights, tables, settings, scratch, stream, start, end, offset, key, alpha, statistics):
    """Train on all centers at positions `start` … `end` − 1 of the stream and add to the statistics.

    weights, tables, settings, scratch: those of `layout`. stream: int32 word ids, BREAK between sentences. offset: the
    position of stream[0] in the corpus, which random numbers depend on. key: uint64, from the seed and the epoch.
    alpha: learning rate, constant within the chunk, of the weights' dtype. statistics: float64 (N_STATISTICS,); the
    loss is summed over pairs of one input and one center.
    """
    place, end = read_chunk(
        stream, start, end, offset, tables.keep_threshold, key, settings.window, scratch, statistics
    )
    window_key, n_tokens, n_centers = mix(key ^ MIX_1), len(scratch.token_ids), block_size(settings)
    first = last = fetched = place
    held = np.int64(0)
    side = np.int64(0)
    while True:
        next_first, next_last = next_block(scratch.token_ids, last, end, n_centers)
        if next_first < next_last:  # while one block is trained the rows of the next one come
            n_steps = pick_block(weights, next_first, next_last, window_key, tables, settings, scratch, 1 - side)
            prefetch_paths(next_last, end, n_centers, tables, settings, scratch)
            prefetch_outputs(weights, settings, scratch, 1 - side, n_steps)
            reached = max(fetched, min(next_last + settings.window, n_tokens))
            prefetch_inputs(weights, tables, scratch, fetched, reached)
            fetched = reached
        if first < last:
            held = hold_words(tables.word_rows, weights, tables, settings.window, scratch, first, last, held)
            if settings.model == CBOW:
                loss, n_pairs = train_cbow_block(
                    weights, tables, settings, scratch, first, last, window_key, side, alpha
                )
            else:
                loss, n_pairs = train_skip_gram_block(
                    weights, tables, settings, scratch, first, last, window_key, side, alpha
                )
            statistics[LOSS] += loss
            statistics[N_PAIRS] += n_pairs
        if next_first == next_last:
            break
        first, last, side = next_first, next_last, 1 - side
    hand_all_back(tables.word_rows, weights, tables, scratch)
