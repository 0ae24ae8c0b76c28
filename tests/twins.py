"""Slow, obvious twins of the compiled code: Python integers and float64 NumPy, one window at a time."""

import heapq

import numpy as np

from w2v import kernels

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


def pick_outputs(center_id, random, n_words, tables, settings):
    """Output rows and their labels, +1 or -1."""
    if settings.objective == kernels.HIERARCHICAL_SOFTMAX:
        path = slice(tables.path_offsets[center_id], tables.path_offsets[center_id + 1])
        return tables.path_points[path].tolist(), [-1 if code else 1 for code in tables.path_codes[path]]
    if settings.objective == kernels.FULL_SOFTMAX:
        return list(range(n_words)), [1 if word_id == center_id else -1 for word_id in range(n_words)]
    drawn = [draw_noise(tables, mix((random + n * GOLDEN) & MASK)) for n in range(1, settings.n_negatives + 1)]
    negatives = [word_id for word_id in drawn if word_id != center_id]
    return [center_id, *negatives], [1] + [-1] * len(negatives)


def step(hidden, outputs, rows, labels, alpha, softmax):
    """One gradient step on the rows (n, d) of `hidden`; returns the loss and the change they should get."""
    scores, is_target = hidden @ outputs[rows].T, np.array(labels) > 0
    if softmax:
        log_probabilities = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        errors, loss = is_target - np.exp(log_probabilities), -log_probabilities[:, is_target].sum()
    else:
        scores = np.clip(scores, -30, 30)  # as the kernel's exponential does
        errors, loss = is_target - 1 / (1 + np.exp(-scores)), np.logaddexp(0, -np.array(labels) * scores).sum()
    change = np.zeros_like(hidden)
    for first in range(0, len(rows), kernels.BLOCK):  # a row that comes again in a later block has its new value there
        block = slice(first, first + kernels.BLOCK)
        change += alpha * errors[:, block] @ outputs[rows[block]]
        np.add.at(outputs, rows[block], alpha * errors[:, block].T @ hidden)
    return loss, change


def train_center(weights, tables, settings, context_ids, center_id, random, alpha):
    """One window; returns its loss and number of pairs."""
    inputs, outputs = weights
    softmax = settings.objective in (kernels.FULL_SOFTMAX, kernels.SAMPLED_SOFTMAX)
    if settings.model == kernels.CBOW:
        rows, labels = pick_outputs(center_id, random, len(inputs), tables, settings)
        hidden = inputs[context_ids].sum(axis=0, keepdims=True) / (len(context_ids) if settings.cbow_mean else 1)
        loss, change = step(hidden, outputs, rows, labels, alpha, softmax)
        for word_id in context_ids:
            inputs[word_id] += change[0] / (len(context_ids) if settings.cbow_corrected else 1)
        return loss, 1
    loss = 0.0
    for word_ids in [context_ids] if settings.share_negatives else [[word_id] for word_id in context_ids]:
        rows, labels = pick_outputs(center_id, random, len(inputs), tables, settings)
        step_loss, changes = step(inputs[word_ids], outputs, rows, labels, alpha, softmax)
        for word_id, change in zip(word_ids, changes, strict=True):
            inputs[word_id] += change
        loss += step_loss
        random = mix((random + GOLDEN) & MASK)
    return loss, len(context_ids)


def train_chunk(weights, tables, settings, stream, start, end, key, alpha):
    """The whole chunk, in place on float64 (inputs, outputs); returns (loss, n_pairs, n_trained, n_subsampled)."""
    key = int(key)
    loss, n_pairs, n_trained, n_subsampled = 0.0, 0, 0, 0
    for positions in sentences(stream):
        kept = [position for position in positions if is_kept(stream, position, tables, key)]
        n_subsampled += sum(start <= position < end for position in set(positions) - set(kept))
        for place, position in enumerate(kept):
            if not start <= position < end:
                continue
            n_trained += 1
            random = random_at(mix(key ^ MIX_1), position)
            reach = 1 + below(random, settings.window) if settings.shrink_windows else settings.window
            context = kept[max(place - reach, 0) : place] + kept[place + 1 : place + 1 + reach]
            if context:
                ids = [int(stream[neighbour]) for neighbour in context]
                center_loss, pairs = train_center(weights, tables, settings, ids, int(stream[position]), random, alpha)
                loss, n_pairs = loss + center_loss, n_pairs + pairs
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
