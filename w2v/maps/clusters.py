"""Groups of words by their vectors: spherical k-means, and the words that stand for each group."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_CLUSTERS = 60
_SAMPLE = 20_000  # of the commonest words the centres are made
_ROUNDS = 40
_TYPICAL_AMONG = 60  # of a group's commonest words the typical ones are taken


def cluster(unit: NDArray[np.float32], n_clusters: int, seed: int) -> NDArray[np.int64]:
    """The group of each word (n,), the largest first, from unit vectors (n, d): k-means by cosine (Dhillon & Modha
    2001), begun as k-means++ does, on the commonest words; the others go to the nearest centre.
    """
    sample = unit[:_SAMPLE]
    centres = _begun(sample, min(n_clusters, len(unit)), np.random.default_rng(seed))
    groups = None
    for _ in range(_ROUNDS):
        found = (sample @ centres.T).argmax(axis=1)
        if groups is not None and (found == groups).all():
            break
        groups = found
        sums = np.zeros_like(centres)
        np.add.at(sums, groups, sample)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1), centres)
    groups = (unit @ centres.T).argmax(axis=1)
    kept, groups, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    places = np.empty(len(kept), np.int64)
    places[np.argsort(-sizes, kind="stable")] = np.arange(len(kept))
    return places[groups]


def carried_over(
    unit: NDArray[np.float32], shared: NDArray[np.int64], groups: NDArray[np.int64], n_groups: int
) -> NDArray[np.int64]:
    """The groups (n,) of words by those of another model, whose words keep theirs; others go to the nearest mean.

    shared: (s, 2) rows of the same words, in the other model and in this one. groups: those of the other model.
    """
    sums = np.zeros((n_groups, unit.shape[1]), np.float32)
    np.add.at(sums, groups[shared[:, 0]], unit[shared[:, 1]])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    found = (unit @ (sums / np.where(lengths > 0, lengths, 1)).T).argmax(axis=1)
    found[shared[:, 1]] = groups[shared[:, 0]]
    return found


def typical(unit: NDArray[np.float32], groups: NDArray[np.int64], words: Sequence[str], n: int = 3) -> list[list[str]]:
    """Of each group the `n` words nearest to its mean, among its commonest. Words stand in order of their counts."""
    found = []
    for group in range(int(groups.max()) + 1):
        members = np.flatnonzero(groups == group)
        mean = unit[members].mean(axis=0)
        common = members[:_TYPICAL_AMONG]
        best = common[np.argsort(-(unit[common] @ mean), kind="stable")[:n]]
        found.append([words[row] for row in best.tolist()])
    return found


def _begun(unit: NDArray[np.float32], n_clusters: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Words to begin with as centres, each far from those before it (Arthur & Vassilvitskii 2007)."""
    chosen = [int(random.integers(len(unit)))]
    apart = 1 - unit @ unit[chosen[0]]
    while len(chosen) < n_clusters:
        weights = np.maximum(apart, 0).astype(np.float64)
        total = weights.sum()
        if not total > 0:  # there are no more different words
            break
        chosen.append(int(random.choice(len(unit), p=weights / total)))
        apart = np.minimum(apart, 1 - unit @ unit[chosen[-1]])
    return unit[chosen].copy()
