"""Runs of one model side by side: the words that all have, their rows, and one space for all.

Neighbours change from run to run (Antoniak & Mimno 2018; Wendlandt, Kummerfeld & Mihalcea 2018): what several runs
agree on is the text's, the rest is the seed's.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.evaluation.alignment import common_space
from w2v.evaluation.statistics import deviation

Floats = NDArray[np.floating]


class Together(NamedTuple):
    """Words that all runs have, by how common they are in the first, and their unit vectors, a matrix (n, d) a run."""

    words: list[Any]
    units: list[Floats]


def together(runs: Sequence[Any], restrict_vocab: int | None = None) -> Together:
    """Of the first `restrict_vocab` words of each run. runs: `KeyedVectors`. Raises `ConfigError` for no common
    word, and for vectors of other lengths."""
    keys = [run.index_to_key[:restrict_vocab] for run in runs]
    others = [set(some) for some in keys[1:] if some != keys[0]]
    words = [word for word in keys[0] if all(word in some for some in others)]
    if not words or any(run.vector_size != runs[0].vector_size for run in runs):
        raise ConfigError("the models have no word in common, or vectors of other lengths; give runs on texts alike")
    return Together(words, [run.get_vectors(words, norm=True).astype(np.float32) for run in runs])


def in_one_space(units: Sequence[Floats], n_anchors: int) -> list[Floats]:
    """Rows (n, d) of several spaces, each turned into that of their mean, by the first `n_anchors`."""
    turns = common_space([rows[:n_anchors] for rows in units])
    return [(rows @ turn).astype(np.float32) for rows, turn in zip(units, turns, strict=True)]


class Neighbour(NamedTuple):
    """A neighbour in several runs: its mean cosine, the deviation of that, and in how many runs it is among the
    first."""

    word: Any
    cosine: float
    deviation: float | None
    n_runs: int


def neighbours(
    runs: Sequence[Any], positive: Any, negative: Any = (), topn: int = 10, restrict_vocab: int | None = None
) -> list[Neighbour]:
    """The `topn` words nearest to a sum of words, by the mean of the cosines over the runs. Words that a run lacks are
    left out. Raises `UnknownWordError` for a question that a run cannot be asked."""
    asked = {"positive": positive, "negative": negative, "restrict_vocab": restrict_vocab}
    keys = [run.index_to_key[:restrict_vocab] for run in runs]
    places = {word: place for place, word in enumerate(keys[0])}
    cosines = np.full((len(runs), len(places)), np.nan)
    for row, run, own in zip(cosines, runs, keys, strict=True):
        found = run.most_similar(**asked, topn=None)
        if own == keys[0]:
            row[:] = found
        else:
            known = [(places[word], place) for place, word in enumerate(own) if word in places]
            mine, theirs = np.array(known, dtype=np.int64).reshape(-1, 2).T
            row[mine] = found[theirs]
    cosines[:, [places[word] for word in (*positive, *negative) if word in places]] = np.nan
    known_by_all = ~np.isnan(cosines).any(axis=0)
    cosines = np.where(known_by_all, cosines, -np.inf)
    n_recurs = np.zeros(len(places), np.int64)
    for row in cosines:
        n_recurs[np.argsort(-row, kind="stable")[:topn]] += 1
    mean = cosines.mean(axis=0)
    best = [place for place in np.argsort(-mean, kind="stable")[:topn].tolist() if known_by_all[place]]
    return [
        Neighbour(keys[0][place], float(mean[place]), deviation(cosines[:, place].tolist()), int(n_recurs[place]))
        for place in best
    ]


def nearest(units: Floats, rows: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """(len(rows), k) the nearest of all rows (n, d) to some of them, themselves left out, the nearest first."""
    found, at_once = np.empty((len(rows), k), np.int64), max(1, (1 << 23) // len(units))
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        cosines = units[some] @ units.T
        cosines[np.arange(len(some)), some] = -np.inf
        best = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(cosines, best, axis=1), axis=1, kind="stable")
        found[start : start + at_once] = np.take_along_axis(best, order, axis=1)
    return found


def overlap(first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
    """(n,) the share of each row's neighbours (n, k) that the other's has, too."""
    return (first[:, :, None] == second[:, None, :]).any(axis=2).mean(axis=1)
