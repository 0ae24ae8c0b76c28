"""Words that two texts, times or groups use otherwise: how far each has moved, and whether that is more than noise.

All runs of all periods are turned into one space. How far a word has moved is the mean cosine distance between its
vectors in runs of the one and of the other period. Two things move every word, the seed and which texts happen to be in
a corpus. The first is the floor: the same distance between runs of one period. The second is larger, and no seed shows
it; so the p-value compares a word with the words that are about as common: if most of them mean what they did, the
logarithm of their distances is close to normal, and its median and spread say what nothing but noise would do (an
empirical null; Efron 2004). Where most words have moved it says which have moved more than the others. The
distance there is that of the means over the runs of each period, in which there is less of the seeds.

p-values are corrected by Benjamini & Hochberg (1995): of the words below .05, one in twenty is a false alarm; where
nothing has moved, one list in twenty has any.
"""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.evaluation.alignment import N_ANCHORS
from w2v.evaluation.run_sets import Floats, in_one_space, nearest, overlap, together

MIN_COUNT = 20
K = 10
LEVEL = 0.05
_ALIKE = 500  # words about as common, that a word is compared with
_LEAST = 100
_SAME = 1e-6  # a distance that rounding makes


@dataclass(frozen=True)
class Shift:
    """A word. distance: from the first period to the last; steps: from each to the next. floor: between runs of one
    period; None where each has one run. kept: the share of its nearest words that runs of the first and the last
    period have in common; kept_floor: runs of one of them. p: that a word as common is as far, corrected in
    `adjusted`."""

    word: Any
    counts: tuple[int | None, ...]
    distance: float
    steps: tuple[float, ...]
    floor: float | None
    kept: float
    kept_floor: float | None
    p: float
    adjusted: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for `json.dumps`."""
        return asdict(self)


@dataclass(frozen=True)
class Shifts:
    """The words asked for, the least usual first; how many were compared, and how many have a corrected p below .05.
    paths: for each period how far every run of it has the words (runs, words) from the first period's mean."""

    words: list[Shift]
    n_compared: int
    n_found: int
    paths: list[Floats]


def compare(
    periods: Sequence[Sequence[Any]],
    n: int = 50,
    words: Sequence[Any] = (),
    *,
    min_count: int = MIN_COUNT,
    n_anchors: int = N_ANCHORS,
    is_aligned: bool = False,
    k: int = K,
) -> Shifts:
    """The `n` words that have moved most between the first and the last of several periods, or those that are named.

    periods: the runs of each, `KeyedVectors`. min_count: in each period; rarer words are noise. is_aligned: all are in
    one space already. k: how many nearest words are looked at. Raises `ConfigError` for fewer than two periods or
    100 words in common, for equal vectors, and for a named word that is not among them.
    """
    if len(periods) < 2:
        raise ConfigError("there is nothing to compare with; give OLD and NEW")
    runs = [run for some in periods for run in some]
    every, units = together(runs)
    if not is_aligned:
        units = in_one_space(units, n_anchors)
    counts = [_counts(some, every) for some in periods]
    enough = [place for place in range(len(every)) if all(c is None or c[place] >= min_count for c in counts)]
    if len(enough) < max(_LEAST, k + 1):
        raise ConfigError(
            f"{len(enough)} words occur {min_count} times in each text, and {_LEAST} are the least to compare; give "
            "more text, or a lower --min-count"
        )
    every, units = [every[place] for place in enough], [rows[enough] for rows in units]
    counts = [None if c is None else c[enough] for c in counts]
    ends = np.cumsum([0, *map(len, periods)])
    sides = [units[low:high] for low, high in itertools.pairwise(ends)]
    steps = np.array([_between(a, b) for a, b in itertools.pairwise(sides)])
    distance = steps[0] if len(sides) == 2 else _between(sides[0], sides[-1])
    start, end = (_unit(np.mean(side, axis=0)) for side in (sides[0], sides[-1]))
    moved = _distance(start, end)
    if moved.max() < _SAME:
        raise ConfigError("the first and the last model have the same vectors, at most turned; name others")
    p, adjusted = p_values(moved, _rarity(counts, len(every)))
    order = np.lexsort((-distance, p))[:n].tolist() if not len(words) else [_place(every, word) for word in words]
    floor = _within([sides[0], sides[-1]])
    kept, kept_floor = _kept(sides[0], sides[-1], np.array(order, dtype=np.int64), k)
    found = [
        Shift(
            every[place],
            tuple(None if c is None else int(c[place]) for c in counts),
            float(distance[place]),
            tuple(steps[:, place].tolist()),
            None if floor is None else float(floor[place]),
            float(kept[row]),
            None if kept_floor is None else float(kept_floor[row]),
            float(p[place]),
            float(adjusted[place]),
        )
        for row, place in enumerate(order)
    ]
    paths = [np.array([_distance(rows[order], start[order]) for rows in side]) for side in sides]
    return Shifts(found, len(every), int(np.count_nonzero(adjusted < LEVEL)), paths)


def p_values(distance: Floats, rarity: Floats) -> tuple[Floats, Floats]:
    """(n,) of each distance among those of the `_ALIKE` words of about its rarity, and corrected (Benjamini &
    Hochberg). The spread is that of the upper half, between the median and one standard deviation above it."""
    from scipy.special import ndtr

    order, n = np.argsort(rarity, kind="stable"), len(distance)
    logs, width = np.log(np.maximum(distance[order], 1e-12)), min(_ALIKE, n)
    step = max(1, width // 20)
    p = np.empty(n)
    for start in range(0, n, step):
        low = max(0, min(start + step // 2 - width // 2, n - width))
        middle, above = np.quantile(logs[low : low + width], [0.5, ndtr(1.0)])
        p[order[start : start + step]] = ndtr((middle - logs[start : start + step]) / max(above - middle, 1e-12))
    return p, benjamini_hochberg(p)


def benjamini_hochberg(p: Floats) -> Floats:
    """(n,) p-values corrected: what is below .05 has false alarms among it in a share of .05, as a mean."""
    order, n = np.argsort(-p), len(p)
    adjusted = np.empty(n)
    adjusted[order] = np.minimum.accumulate(p[order] * n / np.arange(n, 0, -1))
    return np.minimum(adjusted, 1)


def _rarity(counts: Sequence[NDArray[np.int64] | None], n: int) -> Floats:
    """(n,) how little is known of words: the noise of a mean grows as 1 / count, so that of two grows as the sum; by
    rank, where counts are not known."""
    first, last = counts[0], counts[-1]
    if first is None or last is None:
        return np.arange(n, dtype=np.float64)
    return 1 / np.maximum(first, 1) + 1 / np.maximum(last, 1)


def _counts(runs: Sequence[Any], words: Sequence[Any]) -> NDArray[np.int64] | None:
    if "count" not in runs[0].expandos:
        return None
    return np.asarray(runs[0].expandos["count"])[[runs[0].get_index(word) for word in words]]


def _place(words: list[Any], word: Any) -> int:
    if word not in words:
        raise ConfigError(f"{word!r} is not common enough in each of the texts to be compared; lower --min-count")
    return words.index(word)


def _unit(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def _distance(first: Floats, second: Floats) -> Floats:
    """(n,) cosine distances of rows of unit length."""
    return 1 - np.einsum("nd,nd->n", first, second)


def _between(first: Sequence[Floats], second: Sequence[Floats]) -> Floats:
    """(n,) the mean over pairs of runs of two periods."""
    return np.mean([_distance(a, b) for a in first for b in second], axis=0)


def _within(sides: Sequence[Sequence[Floats]]) -> Floats | None:
    """(n,) the mean over pairs of runs of one period; None where none has two."""
    found = [_distance(a, b) for side in sides for a, b in itertools.combinations(side, 2)]
    return np.mean(found, axis=0) if found else None


def _kept(
    first: Sequence[Floats], last: Sequence[Floats], rows: NDArray[np.int64], k: int
) -> tuple[Floats, Floats | None]:
    """(rows,) the overlap of the k nearest words, between periods and within."""
    near = [[nearest(units, rows, k) for units in side] for side in (first, last)]
    between = np.mean([overlap(a, b) for a in near[0] for b in near[1]], axis=0)
    within = [overlap(a, b) for side in near for a, b in itertools.combinations(side, 2)]
    return between, np.mean(within, axis=0) if within else None
