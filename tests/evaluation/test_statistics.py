"""Weighted statistics: SciPy's with equal weights, and with whole weights those of the items copied out."""

import numpy as np
import pytest
from scipy import stats

from w2v.evaluation.statistics import mean_spearman, pearson, share, spearman

N = 60


def columns(seed, digits=None):
    """(fixed, values (N, 2)): correlated, with ties when `digits` are kept."""
    generator = np.random.default_rng(seed)
    fixed = generator.normal(size=N)
    values = fixed[:, None] + generator.normal(size=(N, 2))
    return (fixed, values) if digits is None else (fixed.round(digits), values.round(digits))


def copied(weights, *arrays):
    """Each item as often as its weight says."""
    return [np.repeat(array, weights, axis=0) for array in arrays]


@pytest.mark.parametrize("digits", [None, 0])
@pytest.mark.parametrize(("ours", "scipys"), [(spearman, stats.spearmanr), (pearson, stats.pearsonr)])
def test_correlations_are_scipys(ours, scipys, digits):
    groups = np.zeros(N, int)
    for seed in range(10):
        fixed, values = columns(seed, digits)
        weights = np.random.default_rng(seed).integers(0, 4, (5, N))
        found = ours(fixed, values, groups, np.concatenate([np.ones((1, N)), weights]))
        expected = [[scipys(fixed, column)[0] for column in values.T]]
        for row in weights:
            x, y = copied(row, fixed, values)
            expected.append([scipys(x, column)[0] for column in y.T])
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_what_a_run_skipped_is_left_out_of_its_correlation():
    fixed, values = columns(0, 1)
    values[:7, 1] = np.nan
    found = spearman(fixed, values, np.zeros(N, int), np.ones((1, N)))[0]
    np.testing.assert_allclose(
        found, [stats.spearmanr(fixed, values[:, 0])[0], stats.spearmanr(fixed[7:], values[7:, 1])[0]]
    )


@pytest.mark.parametrize("statistic", [spearman, pearson])
def test_a_correlation_that_is_not_defined_is_nan(statistic):
    ones = np.ones((1, 3))
    for fixed, values in (([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [0.1, 0.1, 0.1]), ([1, 2, 3], [np.nan, 1, np.nan])):
        assert np.isnan(statistic(np.array(fixed, float), np.array([values], float).T, np.zeros(3, int), ones)).all()


def test_share():
    values = np.array([[1, 0], [1, np.nan], [0, 1], [0.25, np.nan]])
    found = share(np.zeros(4), values, np.zeros(4, int), np.array([[1, 1, 1, 1], [2, 0, 0, 2], [0, 1, 0, 0]]))
    np.testing.assert_allclose(found, [[2.25 / 4, 0.5], [2.5 / 4, 0], [1, np.nan]])


def test_the_mean_of_correlations_leaves_out_those_not_defined():
    fixed, values = columns(3)
    groups = np.repeat([0, 1, 2], [30, 29, 1])
    expected = np.mean([stats.spearmanr(fixed[groups == g], values[groups == g, 0])[0] for g in (0, 1)])
    np.testing.assert_allclose(mean_spearman(fixed, values, groups, np.ones((1, N)))[0, 0], expected)
