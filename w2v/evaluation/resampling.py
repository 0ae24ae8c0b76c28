"""What a score would be with other questions: the bootstrap (Efron & Tibshirani 1993), and the paired one for two
models (Berg-Kirkpatrick, Burkett & Klein 2012; Dror et al. 2018).

Questions are drawn with replacement within their category, so that each category keeps its size. All models answer the
same draws, which is what makes a comparison of two much sharper than two intervals side by side.

Analogy questions are not independent: 23 pairs of words make the 506 questions of a category. Their intervals draw the
pairs, and a question as often as its two pairs are drawn together (the pigeonhole bootstrap; Owen 2007): what other
pairs of words would give. Those over questions say what other questions about these pairs would give; as an interval
of the true score they are far too narrow (`bench.intervals`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.evaluation.statistics import Floats, Statistic, share

LEVEL = 0.95
OVER = ("pairs", "questions")
_CHUNK_NUMBERS = 1 << 21  # weights held at a time


class Interval(NamedTuple):
    """The ends of an interval; NaN where it is not defined."""

    low: float
    high: float


class Resampling(NamedTuple):
    """How intervals are made: how many resamples, and the seed that they are drawn with."""

    n: int = 10_000
    seed: int = 1
    over: str = OVER[0]  # what is drawn

    def check(self) -> None:
        """Raises `ConfigError` for numbers that make no interval."""
        if self.n < 100:
            raise ConfigError(f"{self.n} resamples do not make an interval; take at least 100")
        if self.seed < 0:
            raise ConfigError(f"the seed of the resamples is {self.seed}; take 0 or more")
        if self.over not in OVER:
            raise ConfigError(f"resamples are drawn over {' or '.join(OVER)}, not over {self.over!r}")


@dataclass(frozen=True)
class Sample:
    """The items of a file with all that was said of them.

    fixed: (n,), what the file says. values: (n, c), what c runs say, NaN where skipped. groups: (n,), the category of
    each item, within which it is drawn. statistic: what is made of them. pairs: (n, 2), numbers of the pairs of words
    that an item is made of, where it is of two; None where not.
    """

    fixed: Floats
    values: Floats
    groups: NDArray[np.integer]
    statistic: Statistic
    pairs: NDArray[np.integer] | None = None

    def take(self, rows: Any) -> "Sample":
        """The items at these rows, or where a mask is true."""
        pairs = None if self.pairs is None else self.pairs[rows]
        return Sample(self.fixed[rows], self.values[rows], self.groups[rows], self.statistic, pairs)

    def columns(self, columns: slice | list[int]) -> "Sample":
        """What these runs say."""
        return replace(self, values=self.values[:, columns])

    def of_weights(self, weights: Floats) -> Floats:
        """The statistic (R, c) for weights (R, n)."""
        return self.statistic(self.fixed, self.values, self.groups, weights)

    def observed(self) -> Floats:
        """The statistic (c,) of the items as they are; NaN where nothing was answered."""
        if not len(self.fixed):
            return np.full(self.values.shape[1], np.nan)
        return self.of_weights(np.ones((1, len(self.fixed))))[0]

    def resampled(self, how: Resampling) -> Floats:
        """The statistic (R, c) of R resamples; all columns have the same ones. Items that nobody answered are not
        drawn."""
        answered = self.take(~np.isnan(self.values).all(axis=1))
        if not len(answered.fixed):
            return np.full((how.n, self.values.shape[1]), np.nan)
        if how.over == "pairs" and answered.pairs is not None:
            draws = _pair_draws(answered.groups, answered.pairs, how)
            return np.concatenate([answered.of_weights(weights) for weights in draws])
        kinds, counts = answered._kinds()
        return np.concatenate([kinds.of_weights(weights) for weights in _draws(kinds.groups, counts, how)])

    def _kinds(self) -> tuple["Sample", NDArray[np.int64]]:
        """The distinct items, and how many there are of each. A thousand right and a thousand wrong answers are two
        kinds: to draw how many there are of each is to draw the answers one by one."""
        rows = np.column_stack([self.groups, self.fixed, self.values])
        rows[np.isnan(rows)] = -np.inf  # NaN would not equal itself
        _, first, counts = np.unique(rows, axis=0, return_index=True, return_counts=True)
        return self.take(first), counts


def interval(resampled: Floats, level: float = LEVEL) -> Interval:
    """The percentile interval of values (R,); those that are not defined are left out."""
    defined = resampled[~np.isnan(resampled)]
    if not len(defined):
        return Interval(np.nan, np.nan)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def t_interval(values: Sequence[float]) -> Interval | None:
    """Student's interval of the mean of values that vary as if normal, such as those of runs; None for one value."""
    if len(values) < 2:
        return None
    from scipy.special import stdtrit

    half = float(stdtrit(len(values) - 1, (1 + LEVEL) / 2)) * float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return Interval(float(np.mean(values)) - half, float(np.mean(values)) + half)


def score_interval(sample: Sample, how: Resampling) -> Interval:
    """The interval of the mean of the columns.

    Where all answers are the same, all right say, no resample differs, and the bootstrap would be sure of what 3
    questions tell; there it is the exact interval of a share (Clopper & Pearson 1934).
    """
    answered = sample.take((~np.isnan(sample.values)).any(axis=1))
    observed, n = sample.observed(), len(answered.fixed)
    if how.over == "pairs" and answered.pairs is not None:
        n = len(np.unique(answered.pairs))
    if sample.statistic is share and n:
        if (observed == 1).all():
            return Interval(float(((1 - LEVEL) / 2) ** (1 / n)), 1.0)
        if (observed == 0).all():
            return Interval(0.0, float(1 - ((1 - LEVEL) / 2) ** (1 / n)))
    return interval(_mean(sample.resampled(how)))


def difference(sample: Sample, n_first: int, how: Resampling, n_comparisons: int = 1) -> tuple[float, Interval, int]:
    """How much better the first `n_first` columns are than the others on the items that all of them answered: the
    difference of their means, its interval, and the number of items.

    Of a model with several runs the runs are drawn, too: the interval is then one over questions and seeds.
    n_comparisons: of how many it is one; the intervals hold all of them together 95 % of the time (Bonferroni).
    """
    common = sample.take(~np.isnan(sample.values).any(axis=1))
    if not len(common.fixed):
        return np.nan, Interval(np.nan, np.nan), 0
    sides = slice(0, n_first), slice(n_first, None)
    first, second = (float(np.mean(common.observed()[side])) for side in sides)
    values, generator = common.resampled(how), np.random.default_rng([how.seed, 1])
    drawn = []
    for side in sides:
        columns = values[:, side]
        weights = generator.multinomial(columns.shape[1], np.full(columns.shape[1], 1 / columns.shape[1]), len(columns))
        drawn.append(np.where(weights > 0, weights * columns, 0.0).sum(axis=1) / columns.shape[1])
    return first - second, interval(drawn[0] - drawn[1], 1 - (1 - LEVEL) / n_comparisons), len(common.fixed)


def _draws(groups: NDArray[np.integer], counts: NDArray[np.int64], how: Resampling) -> Iterator[Floats]:
    """Weights (up to how.n, n): within each group as many items as it has are drawn with replacement."""
    generator = np.random.default_rng(how.seed)
    at_once = max(1, _CHUNK_NUMBERS // len(counts))
    for start in range(0, how.n, at_once):
        n = min(at_once, how.n - start)
        weights = np.empty((n, len(counts)))
        for group in np.unique(groups):
            inside = np.flatnonzero(groups == group)
            weights[:, inside] = _drawn(counts[inside], n, generator)
        yield weights


def _pair_draws(groups: NDArray[np.integer], pairs: NDArray[np.integer], how: Resampling) -> Iterator[Floats]:
    """Weights (up to how.n, n): within each group as many pairs as it has are drawn with replacement, and an item
    counts as often as both of its are."""
    generator = np.random.default_rng(how.seed)
    at_once = max(1, _CHUNK_NUMBERS // len(groups))
    inside = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    places = [np.unique(pairs[rows], return_inverse=True)[1].reshape(-1, 2) for rows in inside]
    for start in range(0, how.n, at_once):
        n = min(at_once, how.n - start)
        weights = np.empty((n, len(groups)))
        for rows, (first, second) in zip(inside, (p.T for p in places), strict=True):
            drawn = _drawn(np.ones(max(first.max(), second.max()) + 1, np.int64), n, generator)
            weights[:, rows] = drawn[:, first] * drawn[:, second]
        yield weights


def _drawn(counts: NDArray[np.int64], n: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """How often each of several kinds is drawn (n, kinds), when all `counts.sum()` items are."""
    total = int(counts.sum())
    if total > 4 * len(counts):
        return generator.multinomial(total, counts / total, n)
    # One by one, which is faster where nearly every item is a kind of its own.
    kinds = np.repeat(np.arange(len(counts)), counts)[generator.integers(0, total, (n, total))]
    kinds += len(counts) * np.arange(n)[:, None]
    return np.bincount(kinds.ravel(), minlength=n * len(counts)).reshape(n, len(counts))


def _mean(values: Floats) -> Floats:
    """Of the columns that are defined; NaN where none is."""
    defined = ~np.isnan(values)
    n = defined.sum(axis=1)
    return np.divide(np.where(defined, values, 0.0).sum(axis=1), n, out=np.full(len(n), np.nan), where=n > 0)
