"""Slow, obvious twins of the compiled code: Python integers and float64 NumPy, one window at a time."""

import heapq
from itertools import pairwise

import numpy as np

from w2v.kernel import layout
from w2v.kernel.gradient import BLOCK, SMALL_BLOCK

BREAK = -1
MASK = 2**64 - 1
GOLDEN, MIX_1, MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def mix(z):
    z = ((z ^ (z >> 30)) * MIX_1) & MASK
    z = ((z ^ (z >> 27)) * MIX_2) & MASK
    return z ^ (z >> 31)


def random_at(key, position):
    return mix((key + (position + 1) * GOLDEN) & MASK)


def below(random, bound):
    return (random >> 32) * bound >> 32


def is_kept(stream, position, tables, key):
    return random_at(key, position) % 2**32 <= int(tables.keep_threshold[stream[position]])


def draw_noise(tables, random):
    slot = below(random, len(tables.noise_threshold))
    return slot if random % 2**32 <= int(tables.noise_threshold[slot]) else int(tables.noise_alias[slot])


def sentences(stream):
    """The positions of each sentence's tokens."""
    found = [[]]
    for position, token_id in enumerate(stream):
        if token_id == BREAK:
            found.append([])
        else:
            found[-1].append(position)
    return [positions for positions in found if positions]


def draw(random, tables, settings):
    return [draw_noise(tables, mix((random + n * GOLDEN) & MASK)) for n in range(1, settings.n_negatives + 1)]


def pick_outputs(center_id, random, n_words, tables, settings):
    """Output rows of one center and their labels, +1 or -1."""
    if settings.objective == layout.HIERARCHICAL_SOFTMAX:
        path = slice(tables.path_offsets[center_id], tables.path_offsets[center_id + 1])
        return tables.path_points[path].tolist(), [-1 if code else 1 for code in tables.path_codes[path]]
    if settings.objective == layout.FULL_SOFTMAX:
        return list(range(n_words)), [1 if word_id == center_id else -1 for word_id in range(n_words)]
    negatives = [word_id for word_id in draw(random, tables, settings) if word_id != center_id]
    return [center_id, *negatives], [1] + [-1] * len(negatives)


def step(inputs, input_ids, outputs, rows, labels, alpha, softmax, pair_weights=None):
    """One gradient step on the rows `input_ids` of `inputs`, in place; returns the loss.

    pair_weights: (inputs, outputs), how often each pair counts; default once.
    """
    scores, is_target = inputs[input_ids] @ outputs[rows].T, np.array(labels) > 0
    pair_weights = np.ones_like(scores) if pair_weights is None else pair_weights
    if softmax:
        log_probabilities = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        errors, loss = is_target - np.exp(log_probabilities), -log_probabilities[:, is_target].sum()
    else:
        scores = np.clip(scores, -30, 30)  # as the kernel's exponential does
        errors = pair_weights * (is_target - 1 / (1 + np.exp(-scores)))
        loss = (pair_weights * np.logaddexp(0, -np.array(labels) * scores)).sum()
    gradient = np.zeros((len(input_ids), inputs.shape[1]))
    cuts = cuts_of(len(rows)) if len(input_ids) > 1 else range(len(rows) + 1)
    for first, end in pairwise(cuts):  # a row that comes again in a later block has its new value there
        block = slice(first, end)
        old, change = outputs[rows[block]], np.zeros((len(rows[block]), inputs.shape[1]))
        for m, word_id in enumerate(input_ids):
            change += alpha * np.outer(errors[m, block], inputs[word_id])
            gradient[m] += alpha * errors[m, block] @ old
            if end >= len(rows):  # an input row that comes again is read with its new value
                inputs[word_id] += gradient[m]
        np.add.at(outputs, rows[block], change)
    return loss


def cuts_of(n_rows):
    """Where the kernel cuts output rows into blocks: large ones, then small ones, of which the last may be padded."""
    n_padded = -(-n_rows // SMALL_BLOCK) * SMALL_BLOCK
    whole = n_padded // BLOCK * BLOCK
    return [*range(0, whole, BLOCK), *range(whole, n_padded, SMALL_BLOCK), n_padded]


def shared_step(inputs, input_ids, outputs, center_ids, negatives, near, alpha, settings):
    """A step on the centers of a block and the negatives they share. near: (inputs, centers).

    A negative counts once for each near center that it is not, times the weight of a negative. Where the block has
    fewer centers than usual, places stay empty.
    """
    other = np.array([[center_id != negative for negative in negatives] for center_id in center_ids])
    n_empty = settings.n_centers - len(center_ids)
    rows = center_ids + [center_ids[-1]] * n_empty + negatives
    labels = [1] * settings.n_centers + [-1] * len(negatives)
    weights = np.hstack([near, np.zeros((len(near), n_empty)), settings.negative_weight * near @ other])
    return step(inputs, input_ids, outputs, rows, labels, alpha, False, weights)


def train_block(weights, tables, settings, stream, block, contexts, key):
    """Neighbouring centers at the positions `block` with the positions of their contexts. Returns (loss, pairs), given
    a key and the learning rate."""
    (inputs, outputs), (window_key, alpha) = weights, key
    softmax = settings.objective in (layout.FULL_SOFTMAX, layout.SAMPLED_SOFTMAX)
    center_ids = [int(stream[position]) for position in block]
    randoms = [random_at(window_key, position) for position in block]
    positions = sorted(set().union(*contexts))
    ids = [int(stream[position]) for position in positions]
    near = np.array([[float(position in context) for context in contexts] for position in positions])
    if settings.share_in_block:
        negatives = draw(randoms[0], tables, settings)
    loss = 0.0
    if settings.model == layout.CBOW:
        mean_weights = near / near.sum(axis=0) if settings.cbow_mean else near
        before = mean_weights.T @ inputs[ids]
        hidden = before.copy()
        if settings.share_in_block:
            slots, itself = list(range(len(block))), np.eye(len(block))
            loss = shared_step(hidden, slots, outputs, center_ids, negatives, itself, alpha, settings)
        else:
            for b, center_id in enumerate(center_ids):
                picked = pick_outputs(center_id, randoms[b], len(inputs), tables, settings)
                loss += step(hidden, [b], outputs, *picked, alpha, softmax)
        np.add.at(inputs, ids, (mean_weights if settings.cbow_corrected else near) @ (hidden - before))
        return loss, len(block)
    if settings.share_in_block:
        return shared_step(inputs, ids, outputs, center_ids, negatives, near, alpha, settings), near.sum()
    random = randoms[0]
    for word_ids in [[word_id] for word_id in ids] if settings.one_by_one else [ids]:
        picked = pick_outputs(center_ids[0], random, len(inputs), tables, settings)
        loss += step(inputs, word_ids, outputs, *picked, alpha, softmax)
        random = mix((random + GOLDEN) & MASK)
    return loss, len(ids)


def train_chunk(weights, tables, settings, stream, start, end, key, alpha):
    """The whole chunk, in place on float64 (inputs, outputs); returns (loss, n_pairs, n_trained, n_subsampled)."""
    key, window_key = int(key), mix(int(key) ^ MIX_1)
    loss, n_pairs, n_trained, n_subsampled = 0.0, 0, 0, 0
    for positions in sentences(stream):
        kept = [position for position in positions if is_kept(stream, position, tables, key)]
        n_subsampled += sum(start <= position < end for position in set(positions) - set(kept))
        places = [place for place, position in enumerate(kept) if start <= position < end]
        n_trained += len(places)
        for first in range(0, len(places), settings.n_centers):
            block, contexts = [], []
            for place in places[first : first + settings.n_centers]:
                reach = settings.window
                if settings.shrink_windows:
                    reach = 1 + below(random_at(window_key, kept[place]), settings.window)
                block.append(kept[place])
                contexts.append(kept[max(place - reach, 0) : place] + kept[place + 1 : place + 1 + reach])
            if any(contexts):
                found = train_block(weights, tables, settings, stream, block, contexts, (window_key, alpha))
                loss, n_pairs = loss + found[0], n_pairs + found[1]
    return loss, n_pairs, n_trained, n_subsampled


def huffman_code_length(counts):
    """Bits of the whole corpus under an optimal prefix code: the sum of all merged weights."""
    heap, total = list(counts), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        total += merged
        heapq.heappush(heap, merged)
    return total
