"""Intervals hold what they should, as often as they say; resamples are those of a slow twin that draws item by item."""

import numpy as np
import pytest

from w2v.errors import ConfigError
from w2v.evaluation.resampling import Resampling, Sample, difference, interval, score_interval
from w2v.evaluation.statistics import share, spearman


def answers(rates, n, seed):
    """A sample of right and wrong answers, a column for each rate; all columns are right together as often as they
    can."""
    uniform = np.random.default_rng(seed).random((n, 1))
    return Sample(np.zeros(n), (uniform < np.array(rates)).astype(float), np.zeros(n, int), share)


def slow_resampled(sample, n, seed):
    """The twin: places drawn within each group, one resample at a time."""
    generator, found = np.random.default_rng(seed), []
    for _ in range(n):
        places = [
            generator.choice(np.flatnonzero(sample.groups == group), (sample.groups == group).sum())
            for group in np.unique(sample.groups)
        ]
        found.append(sample.take(np.concatenate(places)).observed())
    return np.array(found)


@pytest.mark.parametrize("statistic", [share, spearman])
def test_resamples_are_those_of_the_slow_twin(statistic):
    generator = np.random.default_rng(1)
    fixed, groups = generator.normal(size=90), np.repeat([0, 1, 2], [50, 30, 10])
    values = np.column_stack([fixed + generator.normal(size=90), generator.normal(size=90)])
    if statistic is share:
        values = (values > [[0], [0.5], [-0.5]][0]).astype(float)
        values[groups == 2] = 1  # a group that does not vary does not widen the interval
    sample = Sample(fixed, values, groups, statistic)
    fast, slow = sample.resampled(Resampling(4000, 1)), slow_resampled(sample, 2000, 2)
    np.testing.assert_allclose(fast.mean(axis=0), slow.mean(axis=0), atol=0.01)
    np.testing.assert_allclose(np.cov(fast.T), np.cov(slow.T), atol=1e-3, rtol=0.12)
    for fast_ends, slow_ends in zip(map(interval, fast.T), map(interval, slow.T), strict=True):
        np.testing.assert_allclose(fast_ends, slow_ends, atol=0.02)


def test_the_same_seed_gives_the_same_interval_and_chunks_do_not_matter(monkeypatch):
    sample = answers([0.3], 200, 0)
    first = score_interval(sample, Resampling(500, 7))
    assert first == score_interval(sample, Resampling(500, 7)) != score_interval(sample, Resampling(500, 8))
    monkeypatch.setattr("w2v.evaluation.resampling._CHUNK_NUMBERS", 50)
    low, high = score_interval(sample, Resampling(500, 7))
    assert low < np.mean(sample.values) < high


def test_items_that_nobody_answered_are_not_drawn():
    sample = answers([0.4], 100, 0)
    more = Sample(np.zeros(300), np.concatenate([sample.values, np.full((200, 1), np.nan)]), np.zeros(300, int), share)
    assert score_interval(sample, Resampling(500)) == score_interval(more, Resampling(500))
    nothing = Sample(np.zeros(3), np.full((3, 1), np.nan), np.zeros(3, int), share)
    assert np.isnan(score_interval(nothing, Resampling(500))).all() and np.isnan(nothing.observed()).all()


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.8])
def test_intervals_of_shares_cover(rate):
    """300 files of 150 questions; 95 % of the intervals hold the rate, and 300 of them show that to ±2.5 %."""
    held = [
        low <= rate <= high
        for low, high in (score_interval(answers([rate], 150, i), Resampling(400, i)) for i in range(300))
    ]
    assert 0.92 <= np.mean(held) <= 0.98


def test_intervals_of_correlations_cover():
    held, rho = [], 0.5
    for seed in range(200):
        x, noise = np.random.default_rng(seed).normal(size=(2, 150))
        y = rho * x + np.sqrt(1 - rho**2) * noise
        low, high = score_interval(Sample(x, y[:, None], np.zeros(150, int), spearman), Resampling(300, seed))
        held.append(low <= 6 / np.pi * np.arcsin(rho / 2) <= high)  # Spearman's of a normal pair
    assert 0.91 <= np.mean(held) <= 0.985


def test_all_right_is_not_sure():
    """The exact interval of a share: 10 of 10 right are likely at any rate above .69."""
    low, high = score_interval(answers([1.0], 10, 0), Resampling(500))
    assert (round(low, 4), high) == (0.6915, 1.0)
    low, high = score_interval(answers([0.0], 10, 0), Resampling(500))
    assert (low, round(high, 4)) == (0.0, 0.3085)


def test_a_comparison_sees_what_two_intervals_do_not():
    """2 points on the same 2,000 questions, where single intervals are 4 points wide."""
    sample = answers([0.42, 0.40], 2000, 3)
    by, (low, high), n = difference(sample, 1, Resampling(2000))
    assert n == 2000 and 0 < low < by < high < 0.04
    assert (
        score_interval(sample.columns([1]), Resampling(2000)).high
        > score_interval(sample.columns([0]), Resampling(2000)).low
    )


def test_models_are_compared_on_what_both_answered():
    sample = answers([0.5, 0.5], 100, 0)
    sample.values[:40, 0] = np.nan
    sample.values[90:, 1] = np.nan
    by, _, n = difference(sample, 1, Resampling(200))
    assert n == 50 and by == np.mean(sample.values[40:90, 0]) - np.mean(sample.values[40:90, 1])
    sample.values[:, 1] = np.nan
    assert difference(sample, 1, Resampling(200))[2] == 0


def test_error_rate_of_a_comparison_under_no_difference():
    """Labels of the models are permuted question by question: 5 % of the comparisons see a difference."""
    told = []
    for seed in range(300):
        generator = np.random.default_rng(seed)
        values = answers([0.45, 0.40], 400, seed + 1000).values
        swapped = np.where(generator.random((400, 1)) < 0.5, values[:, ::-1], values)
        _, (low, high), _ = difference(
            Sample(np.zeros(400), swapped, np.zeros(400, int), share), 1, Resampling(400, seed)
        )
        told.append(low > 0 or high < 0)
    assert 0.02 <= np.mean(told) <= 0.09


def test_several_comparisons_have_wider_intervals_and_runs_are_drawn_too():
    sample = answers([0.42, 0.40], 2000, 3)
    (_, one, _), (_, three, _) = (difference(sample, 1, Resampling(2000), n) for n in (1, 3))
    assert three.low < one.low and three.high > one.high
    runs = answers([0.5, 0.4, 0.3, 0.6, 0.4, 0.2], 2000, 3)
    by, (low, high), _ = difference(runs, 3, Resampling(2000))
    fixed = Sample(
        runs.fixed, np.column_stack([runs.values[:, :3].mean(1), runs.values[:, 3:].mean(1)]), runs.groups, share
    )
    _, narrow, _ = difference(fixed, 1, Resampling(2000))
    assert low < narrow.low < by < narrow.high < high


def test_bad_settings():
    for how, said in ((Resampling(50), "100"), (Resampling(1000, -1), "seed"), (Resampling(over="x"), "pairs")):
        with pytest.raises(ConfigError, match=said):
            how.check()


def slow_pair_resampled(sample, n, seed):
    """The twin: pairs are drawn within each group, and a question is there once for each way to have both its pairs."""
    generator, found = np.random.default_rng(seed), []
    for _ in range(n):
        places = []
        for group in np.unique(sample.groups):
            rows = np.flatnonzero(sample.groups == group)
            own = np.unique(sample.pairs[rows])
            drawn = generator.choice(own, len(own)).tolist()
            places += [row for row in rows for _ in range(np.prod([drawn.count(p) for p in sample.pairs[row]]))]
        found.append(sample.take(places).observed() if places else [np.nan])
    return np.array(found)


def test_resamples_over_pairs_are_those_of_the_slow_twin():
    generator = np.random.default_rng(0)
    pairs = np.array([(i, j) for half in (range(7), range(7, 12)) for i in half for j in half if i != j])
    hard = generator.random(12)
    right = (generator.random(len(pairs)) < hard[pairs[:, 0]] * hard[pairs[:, 1]]).astype(float)
    right[3] = np.nan
    sample = Sample(np.zeros(len(pairs)), right[:, None], (pairs[:, 0] >= 7).astype(int), share, pairs)
    how = Resampling(4000, 1, "pairs")
    fast, slow = sample.resampled(how)[:, 0], slow_pair_resampled(sample, 1500, 2)[:, 0]
    np.testing.assert_allclose(np.nanmean(fast), np.nanmean(slow), atol=0.01)
    np.testing.assert_allclose(interval(fast), interval(slow), atol=0.03)
    wide, narrow = score_interval(sample, how), score_interval(sample, Resampling(4000, 1, "questions"))
    assert wide.low < narrow.low < narrow.high < wide.high
    sample.values[:] = 1
    assert score_interval(sample, how).low == pytest.approx(0.025 ** (1 / 12))  # twelve pairs, not 62 questions
