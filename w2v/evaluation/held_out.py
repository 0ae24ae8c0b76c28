"""How well vectors know a text that they were not trained on, in a number that means the same for all settings.

The loss of training does not: it depends on negatives, windows and subsampling. Here pairs of words that stand near
each other in the held-out text are told from pairs that do not: the score is the share of cases in which the cosine of
a word's input vector and its neighbour's output vector is higher than that with a neighbour of another word, ½ where
both are as high (the area under the ROC curve; 0.5 is chance). Other neighbours are drawn as often as true ones, so
nothing is won by knowing which words are frequent. Half of the pairs stand next to each other, which asks for a word's
form, and half are of rarer words and up to five places apart, which asks for its topic: settings that serve one of both
may harm the other. docs/autotune.md has the scores that were compared.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.evaluation.statistics import Floats

N_PAIRS, N_OTHERS = 20_000, 10  # of each kind


class Near(NamedTuple):
    """A kind of pairs, whatever is trained."""

    window: int  # the farthest neighbour, in words that are left
    sample: float  # subsampling of the text: pairs of function words say little


KINDS = (Near(1, 1e-3), Near(5, 1e-4))


class Pairs(NamedTuple):
    """Words (n,), for each a true neighbour (n,), and neighbours of other words (n, k)."""

    words: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    others: NDArray[np.int64]


def held_out_pairs(ids: NDArray[np.integer], n_words: int, seed: int = 1, n_pairs: int = N_PAIRS) -> Pairs:
    """Pairs of different words of a text, drawn at random, `n_pairs` of each of `KINDS` or as many as it has.

    ids: (n,) of words, -1 between sentences, across which there are no neighbours. n_words: only words with lower
    ids are asked for; others are left out, as are many occurrences of frequent ones.
    """
    generator = np.random.default_rng(seed)
    ids = ids[ids < n_words]
    drawn = [_pairs(ids, n_words, generator, kind, n_pairs) for kind in KINDS]
    return Pairs(*(np.concatenate(parts) for parts in zip(*drawn, strict=True)))


def _pairs(ids: NDArray[np.integer], n_words: int, generator: np.random.Generator, kind: Near, n_pairs: int) -> Pairs:
    counts = np.bincount(ids[ids >= 0], minlength=n_words)
    rarity = kind.sample * counts.sum() / np.maximum(counts, 1)
    keep = np.append(np.sqrt(rarity) + rarity, 1.0)  # word2vec.c's subsampling; what is between sentences, -1, stays
    ids = ids[generator.random(len(ids)) < keep[ids]].astype(np.int64)
    # Every place with every distance, in random order, as long as they are wanted.
    sentences, n = np.cumsum(ids < 0), len(ids)
    first = np.tile(np.arange(n), kind.window)
    second = first + np.repeat(np.arange(1, kind.window + 1), n)
    inside = second < n
    first, second = first[inside], second[inside]
    fit = (ids[first] >= 0) & (ids[second] >= 0) & (sentences[first] == sentences[second]) & (ids[first] != ids[second])
    chosen = generator.permutation(np.flatnonzero(fit))[:n_pairs]
    ends = np.stack([ids[first[chosen]], ids[second[chosen]]])
    words, neighbours = generator.permuted(ends, axis=0)  # either may be the word
    others = neighbours[generator.integers(0, max(len(words), 1), (len(words), N_OTHERS))]
    return Pairs(words, neighbours, others)


def held_out_score(pairs: Pairs, inputs: Floats, outputs: Floats) -> float:
    """The share (see above) for the vectors (V, d) of words and of neighbours; NaN without pairs."""
    if not len(pairs.words):
        return np.nan
    rows, outputs, higher = inputs[pairs.words], _unit(outputs), 0.0
    true = np.einsum("nd,nd->n", rows, outputs[pairs.neighbours])
    for others in pairs.others.T:
        other = np.einsum("nd,nd->n", rows, outputs[others])
        higher += float(np.mean(true > other) + np.mean(true == other) / 2)
    return higher / pairs.others.shape[1]


def _unit(vectors: Floats) -> Floats:
    """Of unit length; the length of `inputs` changes no comparison."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
