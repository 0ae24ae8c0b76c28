"""Slow, obvious twins of the compiled code: Python integers and float64 NumPy, one window at a time."""

import heapq
import os
from itertools import pairwise

import numpy as np


def numpy_cpu_features():
    """The vector instructions of this processor, in lower case, as NumPy found them; LLVM is not asked."""
    try:
        from numpy._core._multiarray_umath import __cpu_features__
    except ImportError:  # NumPy 1
        from numpy.core._multiarray_umath import __cpu_features__

    return {name.lower() for name, there in __cpu_features__.items() if there}


BREAK = -1
MASK = 2**64 - 1
CENTERS = 5  # most centers of a block
# Output rows that the kernel holds at a time: it has 32 registers of 16 numbers, or 16 of 8.
NUMBA_FEATURES = os.environ.get("NUMBA_CPU_FEATURES", "").split(",") if os.environ.get("NUMBA_CPU_NAME") else None
HAS_LARGE_REGISTERS = "avx512f" in numpy_cpu_features() if NUMBA_FEATURES is None else "+avx512f" in NUMBA_FEATURES
TALL, SHARED, LOW = (9, 10, 3) if HAS_LARGE_REGISTERS else (6, 5, 3)
GOLDEN, MIX_1, MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def mix(z):
    z = ((z ^ (z >> 30)) * MIX_1) & MASK
    z = ((z ^ (z >> 27)) * MIX_2) & MASK
    return z ^ (z >> 31)


def random_at(key, position):
    return mix((key + (position + 1) * GOLDEN) & MASK)


def below(random, bound):
    return (random >> 32) * bound >> 32


def is_kept(stream, position, tables, key, offset):
    return random_at(key, offset + position) % 2**32 <= int(tables.keep_threshold[stream[position]])


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


def n_drawn(config):
    """Words drawn from the noise distribution at a time."""
    if config.loss not in ("ns", "sampled", "hs+ns"):
        return 0
    if shares_in_block(config):
        return 2 * config.negative + (3 if config.model == "sg" else 0)
    return config.negative


def shares_in_block(config):
    return config.loss == "ns" and config.negative_sharing == "block"


def draw(random, tables, config):
    return [draw_noise(tables, mix((random + n * GOLDEN) & MASK)) for n in range(1, n_drawn(config) + 1)]


def pick_outputs(center_id, random, tables, config):
    """Output rows of one center and their labels, +1 or -1."""
    path = slice(tables.path_offsets[center_id], tables.path_offsets[center_id + 1]) if len(tables.path_offsets) else []
    nodes, branches = tables.path_points[path], [-1 if code else 1 for code in tables.path_codes[path]]
    if config.loss == "hs":
        return nodes.tolist(), branches
    if config.loss == "softmax":
        n_words = len(tables.keep_threshold)
        return list(range(n_words)), [1 if word_id == center_id else -1 for word_id in range(n_words)]
    negatives = [word_id for word_id in draw(random, tables, config) if word_id != center_id]
    nodes = nodes + len(tables.keep_threshold)  # of both at once; otherwise there are none
    return [center_id, *negatives, *nodes.tolist()], [1, *[-1] * len(negatives), *branches]


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
    for first, end in pairwise(cuts):  # a row that comes again in a later tile has its new value there
        tile = slice(first, end)
        old, change = outputs[rows[tile]], np.zeros((len(rows[tile]), inputs.shape[1]))
        for m, word_id in enumerate(input_ids):
            change += alpha * np.outer(errors[m, tile], inputs[word_id])
            gradient[m] += alpha * errors[m, tile] @ old
            if end >= len(rows):  # an input row that comes again is read with its new value
                inputs[word_id] += gradient[m]
        np.add.at(outputs, rows[tile], change)
    return loss


def cuts_of(n_rows, tall=TALL):
    """Where the kernel cuts output rows into tiles: tall ones, then low ones, of which the last may be padded."""
    whole = -(-n_rows // LOW) * LOW // tall * tall
    n_padded = whole - (whole - n_rows) // LOW * LOW
    return [*range(0, whole, tall), *range(whole, n_padded, LOW), n_padded]


def shared_step(inputs, input_ids, outputs, center_ids, negatives, near, alpha, config):
    """A step on the centers of a block and the negatives they share. near: (inputs, centers).

    A negative counts once for each near center that it is not, times the weight of a negative. Where the block has
    fewer centers than usual, places stay empty.
    """
    other = np.array([[center_id != negative for negative in negatives] for center_id in center_ids])
    n_empty = CENTERS - len(center_ids)
    rows = center_ids + [center_ids[-1]] * n_empty + negatives
    labels = [1] * CENTERS + [-1] * len(negatives)
    weight = config.negative / n_drawn(config)
    weights = np.hstack([near, np.zeros((len(near), n_empty)), weight * near @ other])
    return step(inputs, input_ids, outputs, rows, labels, alpha, False, weights)


def step_beside_own(inputs, outputs, center_ids, negatives, alpha, config):
    """The step of CBOW's inputs (centers, d) on the centers of a block, each paired with its own input only, and on the
    negatives they share. The centers' rows go with the last tile of negatives."""
    scores = np.clip(inputs @ outputs[negatives].T, -30, 30)
    own_scores = np.clip((inputs * outputs[center_ids]).sum(axis=1), -30, 30)
    weights = config.negative / n_drawn(config) * (np.array(center_ids)[:, None] != np.array(negatives))
    errors, own_errors = -weights / (1 + np.exp(-scores)), 1 - 1 / (1 + np.exp(-own_scores))
    gradient, cuts = np.zeros_like(inputs), cuts_of(len(negatives), SHARED)
    for first, end in pairwise(cuts):
        tile = slice(first, end)
        old = outputs[negatives[tile]]
        change = alpha * errors[:, tile].T @ inputs
        for b, center_id in enumerate(center_ids):
            gradient[b] += alpha * errors[b, tile] @ old
            if end == cuts[-1]:
                gradient[b] += alpha * own_errors[b] * outputs[center_id]
        np.add.at(outputs, negatives[tile], change)
    np.add.at(outputs, center_ids, alpha * own_errors[:, None] * inputs)
    inputs += gradient
    return (weights * np.logaddexp(0, scores)).sum() + np.logaddexp(0, -own_scores).sum()


def train_block(inputs, ids, near, outputs, tables, config, center_ids, randoms, alpha):
    """Neighbouring centers and the rows `ids` of `inputs`, the vectors of their contexts, in place. near: (contexts,
    centers). Returns (loss, pairs)."""
    softmax, loss = config.loss in ("softmax", "sampled"), 0.0
    negatives = draw(randoms[0], tables, config) if shares_in_block(config) else []
    if config.model == "cbow":
        mean_weights = near / near.sum(axis=0) if config.cbow_mean else near
        before = mean_weights.T @ inputs[ids]
        hidden = before.copy()
        if shares_in_block(config):
            loss = step_beside_own(hidden, outputs, center_ids, negatives, alpha, config)
        else:
            for b, center_id in enumerate(center_ids):
                loss += step(hidden, [b], outputs, *pick_outputs(center_id, randoms[b], tables, config), alpha, softmax)
        weights = mean_weights if config.cbow_update == "corrected" else near
        np.add.at(inputs, ids, weights @ (hidden - before))
        return loss, len(center_ids)
    if shares_in_block(config):
        return shared_step(inputs, ids, outputs, center_ids, negatives, near, alpha, config), near.sum()
    random = randoms[0]
    for some in [[one] for one in ids] if config.negative_sharing == "pair" else [ids]:
        loss += step(inputs, some, outputs, *pick_outputs(center_ids[0], random, tables, config), alpha, softmax)
        random = mix((random + GOLDEN) & MASK)
    return loss, len(ids)


class Held:
    """Tokens whose word's vector is a share of the sum of some rows: vectors are made when the tokens come within reach
    of a block, and what changed is handed back when no later center reaches them. The first `n_shared` words have one
    vector for four of their tokens, which is then handed back and made anew. rows: for each word (row ids, share, share
    of the change)."""

    def __init__(self, inputs, rows, frozen, n_shared=0):
        self.inputs, self.rows, self.frozen, self.kept = inputs, rows, frozen, inputs[frozen]
        self.vectors, self.before, self.uses, self.seen, self.n_shared = {}, {}, {}, set(), n_shared

    def key(self, position, stream):
        """(its word, which token of it)."""
        word_id = int(stream[position])
        return word_id, -1 if word_id < self.n_shared else position

    def hold(self, positions, stream):
        for position in positions:
            if position in self.seen:
                continue
            self.seen.add(position)
            key = self.key(position, stream)
            if key in self.vectors and self.uses[key] == 4:
                self.give(key)
            if key not in self.vectors:
                row_ids, share, _ = self.rows[key[0]]
                self.before[key], self.uses[key] = share * self.inputs[row_ids].sum(axis=0), 0
                self.vectors[key] = self.before[key].copy()
            self.uses[key] += 1

    def give(self, key):
        row_ids, _, share = self.rows[key[0]]
        np.add.at(self.inputs, row_ids, share * (self.vectors.pop(key) - self.before.pop(key)))
        self.inputs[self.frozen] = self.kept

    def hand_back(self, end):
        for key in [key for key in self.vectors if 0 <= key[1] < end]:
            self.give(key)

    def train_block(self, positions, stream, *arguments):
        keys = [self.key(position, stream) for position in positions]
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        vectors = np.array([self.vectors[key] for key in places])
        found = train_block(vectors, [places[key] for key in keys], *arguments)
        self.vectors.update(zip(places, vectors, strict=True))
        return found


def train_chunk(weights, tables, config, stream, start, end, key, alpha, offset=0, rows=None, frozen=(), n_shared=0):
    """The whole chunk, in place on float64 (inputs, outputs); returns (loss, n_pairs, n_trained, n_subsampled).

    offset: the position of stream[0], which random numbers depend on. rows, n_shared: see `Held`; None: each word
    has its own. frozen: input rows that stay as they are.
    """
    (inputs, outputs), key, window_key = weights, int(key), mix(int(key) ^ MIX_1)
    loss, n_pairs, n_trained, n_subsampled, kept_rows = 0.0, 0, 0, 0, inputs[list(frozen)]
    held = Held(inputs, rows, list(frozen), n_shared) if rows is not None else None
    in_a_block = CENTERS if config.model == "cbow" or shares_in_block(config) else 1
    for positions in sentences(stream):
        kept = [position for position in positions if is_kept(stream, position, tables, key, offset)]
        n_subsampled += sum(start <= position < end for position in set(positions) - set(kept))
        places = [place for place, position in enumerate(kept) if start <= position < end]
        n_trained += len(places)
        for first in range(0, len(places), in_a_block):
            if held:
                last = places[min(first + in_a_block, len(places)) - 1]
                reach = kept[max(places[first] - config.window, 0) : last + 1 + config.window]
                held.hand_back(reach[0])
                held.hold(reach, stream)
            block, contexts = [], []
            for place in places[first : first + in_a_block]:
                reach = config.window
                if config.shrink_windows:
                    reach = 1 + below(random_at(window_key, offset + kept[place]), config.window)
                block.append(kept[place])
                contexts.append(kept[max(place - reach, 0) : place] + kept[place + 1 : place + 1 + reach])
            if not any(contexts):
                continue
            near_positions = sorted(set().union(*contexts))
            ids = [int(stream[position]) for position in near_positions]
            near = np.array([[float(position in context) for context in contexts] for position in near_positions])
            center_ids = [int(stream[position]) for position in block]
            randoms = [random_at(window_key, offset + position) for position in block]
            arguments = near, outputs, tables, config, center_ids, randoms, alpha
            if held:
                found = held.train_block(near_positions, stream, *arguments)
            else:
                found = train_block(inputs, ids, *arguments)
                inputs[list(frozen)] = kept_rows
            loss, n_pairs = loss + found[0], n_pairs + found[1]
    if held:
        for key in list(held.vectors):
            held.give(key)
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
