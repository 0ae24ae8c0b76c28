"""Statistics of weighted items, for many weightings at once: a resample of the items is a weight for each.

All take `fixed` (n,), what the file says of each item (a human score), `values` (n, c), what each of c runs
says (NaN where it skipped the item), `groups` (n,) and `weights` (R, n). All give (R, c): a value for each weighting
and run, NaN where it is not defined. Equal weights give what SciPy and gensim give.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Statistic = Callable[[Floats, Floats, NDArray[np.integer], Floats], Floats]


def share(fixed: Floats, values: Floats, groups: NDArray[np.integer], weights: Floats) -> Floats:
    """The mean of the values: of ones and zeros, the share of ones."""
    known = ~np.isnan(values)
    return _ratio(weights @ np.where(known, values, 0.0), weights @ known)


def pearson(fixed: Floats, values: Floats, groups: NDArray[np.integer], weights: Floats) -> Floats:
    """Pearson's correlation of `fixed` and each column of values."""
    return _by_column(_pearson, fixed, values, weights)


def spearman(fixed: Floats, values: Floats, groups: NDArray[np.integer], weights: Floats) -> Floats:
    """Spearman's correlation, equal values having the mean of their ranks."""
    return _by_column(_spearman, fixed, values, weights)


def mean_spearman(fixed: Floats, values: Floats, groups: NDArray[np.integer], weights: Floats) -> Floats:
    """The mean over the groups of Spearman's correlation within each; groups in which it is not defined are left
    out."""
    found = [
        spearman(fixed[inside], values[inside], groups[inside], weights[:, inside])
        for inside in (groups == group for group in np.unique(groups))
    ]
    defined = ~np.isnan(found)
    return _ratio(np.where(defined, found, 0.0).sum(axis=0), defined.sum(axis=0))


def _by_column(
    one: Callable[[Floats, Floats, Floats], Floats], fixed: Floats, values: Floats, weights: Floats
) -> Floats:
    known = ~np.isnan(values)
    return np.stack([one(fixed[k], column[k], weights[:, k]) for column, k in zip(values.T, known.T, strict=True)], 1)


def _pearson(x: Floats, y: Floats, weights: Floats) -> Floats:
    return _correlation(np.broadcast_to(x, weights.shape), np.broadcast_to(y, weights.shape), weights)


def _spearman(x: Floats, y: Floats, weights: Floats) -> Floats:
    return _correlation(_ranks(x, weights), _ranks(y, weights), weights)


def _correlation(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Of two variables (R, n), each weighting having its own."""
    if weights.shape[1] < 2:
        return np.full(len(weights), np.nan)
    total = weights.sum(axis=1, keepdims=True)
    x, y = (side - _ratio((weights * side).sum(axis=1, keepdims=True), total) for side in (x, y))
    xy, xx, yy = (np.einsum("rn,rn,rn->r", weights, a, b) for a, b in ((x, y), (x, x), (y, y)))
    is_flat = np.minimum(xx, yy) <= 1e-24 * total[:, 0]  # what rounding leaves of a constant side is no variance
    return np.where(is_flat, np.nan, _ratio(xy, np.sqrt(xx * yy)))


def _ranks(side: Floats, weights: Floats) -> Floats:
    """The rank of each item (R, n) among as many copies as its weight says, from .5 on: the weight of all that is less,
    and half of that of its equals. Only the distinct values are sorted, and once."""
    _, places = np.unique(side, return_inverse=True)
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    at_value = np.add.reduceat(weights[:, order], starts, axis=1) if len(starts) else weights
    return (np.cumsum(at_value, axis=1) - at_value / 2)[:, places]


def _ratio(above: Floats, below: Floats) -> Floats:
    """Their ratio, NaN where nothing stands below."""
    below = np.asarray(below, dtype=np.float64)
    return np.divide(above, below, out=np.full(np.broadcast_shapes(above.shape, below.shape), np.nan), where=below > 0)


def deviation(runs: Sequence[float]) -> float | None:
    """Standard deviation over runs, n - 1 below; None for one."""
    return float(np.std(runs, ddof=1)) if len(runs) > 1 else None
