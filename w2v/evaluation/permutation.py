"""Permutation tests of a difference of two groups: all ways of parting them where these are few, else a sample."""

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_EXACT = 200_000  # ways that are all gone through: two groups of ten have 184,756
_CHUNK_NUMBERS = 1 << 21
_TOLERANCE = 1e-12  # by which equal sums of other order differ


class PValues(NamedTuple):
    """How often a parting has a difference at least as large as the groups: in the direction of the first being larger,
    and in either. The groups as they are count as one, so that no p-value is 0 (Phipson & Smyth 2010)."""

    one_sided: float
    two_sided: float
    n: int  # partings
    is_exact: bool

    def __str__(self) -> str:
        how = f"all {self.n:,} partings" if self.is_exact else f"{self.n:,} partings"
        return f"p = {self.one_sided:.2g} one-sided, {self.two_sided:.2g} two-sided, {how}"


def permutation_test(values: NDArray[np.floating], n_first: int, n_random: int, seed: int) -> list[PValues]:
    """Test for each row of values (m, n) whether the mean of its first `n_first` is larger than that of the others, by
    parting the columns at random into groups of these sizes; all rows have the same partings.

    All C(n, n_first) partings are taken if they are no more than `MAX_EXACT`, else `n_random` of them, and the groups
    as they are.
    """
    is_exact, masks = partings(values.shape[1], n_first, n_random, seed)
    observed = _difference(values, values[:, :n_first].sum(axis=1), n_first)
    slack = _TOLERANCE * (1 + np.abs(values).sum(axis=1))
    n_partings, above, beyond = 0, np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
    for chosen in masks:
        drawn = _difference(values, values @ chosen.T, n_first)
        above += (drawn >= (observed - slack)[:, None]).sum(axis=1)
        beyond += (np.abs(drawn) >= (np.abs(observed) - slack)[:, None]).sum(axis=1)
        n_partings += len(chosen)
    if not is_exact:
        above, beyond, n_partings = above + 1, beyond + 1, n_partings + 1
    return [
        PValues(float(one / n_partings), float(two / n_partings), n_partings, is_exact)
        for one, two in zip(above, beyond, strict=True)
    ]


def partings(n: int, n_first: int, n_random: int, seed: int) -> tuple[bool, Iterator[NDArray[np.float64]]]:
    """Ways to choose `n_first` of n items, as masks (chunk, n) of ones and zeros: whether they are all there are, which
    is where these are no more than `MAX_EXACT`, and the masks; else `n_random` of them."""
    if math.comb(n, n_first) <= MAX_EXACT:
        return True, _all(n, n_first)
    return False, _some(n, n_first, n_random, seed)


def _difference(values: NDArray[np.floating], first_sums: NDArray[np.floating], n_first: int) -> NDArray[np.floating]:
    """The mean of the first group less that of the second; first_sums: (m,) or (m, partings)."""
    total = values.sum(axis=1)
    total = total if first_sums.ndim == 1 else total[:, None]
    return first_sums / n_first - (total - first_sums) / (values.shape[1] - n_first)


def _all(n: int, n_first: int) -> Iterator[NDArray[np.float64]]:
    """Every choice of the first group, as masks (chunk, n)."""
    choices = itertools.combinations(range(n), n_first)
    while some := list(itertools.islice(choices, max(1, _CHUNK_NUMBERS // n))):
        mask = np.zeros((len(some), n))
        mask[np.arange(len(some))[:, None], np.array(some)] = 1
        yield mask


def _some(n: int, n_first: int, n_random: int, seed: int) -> Iterator[NDArray[np.float64]]:
    generator, at_once = np.random.default_rng(seed), max(1, _CHUNK_NUMBERS // n)
    for start in range(0, n_random, at_once):
        size = min(at_once, n_random - start)
        places = np.argpartition(generator.random((size, n)), n_first - 1, axis=1)[:, :n_first]
        mask = np.zeros((size, n))
        mask[np.arange(size)[:, None], places] = 1
        yield mask
