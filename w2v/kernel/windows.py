"""The windows of a block of neighbouring centers, which overlap: its context words, and who stands near whom."""

import numpy as np

from w2v.compiled.jit import inlined, inlined_early
from w2v.compiled.randomness import below, random_at
from w2v.corpus.stream import BREAK
from w2v.kernel.layout import BLOCK, CENTERS
from w2v.kernel.rows_of_word import slot_of
from w2v.objectives.cbow import CBOW


@inlined_early
def block_size(settings):
    """Most centers of a block. Where the outputs are one center's, skip-gram has nothing to share among centers."""
    return CENTERS if settings.model == CBOW or settings.sharing == BLOCK else 1


@inlined
def draw_windows(first, last, window_key, settings, scratch):
    """Write the windows of the centers `scratch.token_ids[first:last]` to `scratch.window_start` and `window_stop`, the
    center among them; those of centers that the block has not are empty. Returns the range of places that they span.

    window_key: uint64, from which the window of each center is drawn by its position.
    """
    token_ids = scratch.token_ids
    left, right = first, last  # the sentence's tokens within reach
    while first - left < settings.window and token_ids[left - 1] != BREAK:
        left -= 1
    while right - last < settings.window and token_ids[right] != BREAK:
        right += 1
    lowest, highest = first, last
    for b in range(block_size(settings)):
        reach = settings.window
        if settings.shrink_windows:
            reach = 1 + below(random_at(window_key, scratch.token_pos[first + b]), settings.window)
        start, stop = max(first + b - reach, left), min(first + b + reach + 1, right)
        if first + b >= last:
            start, stop = last, last
        scratch.window_start[b], scratch.window_stop[b] = start, stop
        lowest, highest = min(lowest, start), max(highest, stop)
    return lowest, highest


@inlined
def list_near_words(first, last, window_key, word_rows, settings, scratch):
    """Write the context words of the centers `scratch.token_ids[first:last]` to `scratch.context_ids`, left to right,
    and to `scratch.near[m, b]` whether word m stands in the window of center b; returns how many words there are.

    word_rows: `layout.WordRows`, where `scratch.context_slots` is to say where the words' vectors are held, or None.
    """
    near, n_context = scratch.near, np.int64(0)
    lowest, highest = draw_windows(first, last, window_key, settings, scratch)
    for i in range(lowest, highest):
        n_near = 0.0
        for b in range(block_size(settings)):
            inside = (scratch.window_start[b] <= i) & (i < scratch.window_stop[b]) & (i != first + b)
            near[n_context, b] = inside
            n_near += inside
        scratch.context_ids[n_context], scratch.n_near[n_context] = scratch.token_ids[i], n_near
        if word_rows is not None:
            scratch.context_slots[n_context] = slot_of(i, scratch)
        n_context += n_near > 0
    return n_context


@inlined_early
def list_spanned_words(first, last, window_key, word_rows, settings, scratch):
    """Write all words from the first to the last of the windows of the centers `scratch.token_ids[first:last]` to
    `scratch.context_ids`, the centers among them, and the windows as ranges of these. Returns how many words there are,
    and the place of the first center. Each is near a center, but for a center alone, which is not to be touched:
    another word stands in its place."""
    lowest, highest = draw_windows(first, last, window_key, settings, scratch)
    for b in range(CENTERS):
        scratch.window_start[b] -= lowest
        scratch.window_stop[b] -= lowest
    for i in range(lowest, highest):
        word = i
        if i == first and last - first == 1:
            word = lowest if lowest < i else highest - 1
        scratch.context_ids[i - lowest] = scratch.token_ids[word]
        if word_rows is not None:
            scratch.context_slots[i - lowest] = slot_of(word, scratch)
    return highest - lowest, first - lowest
