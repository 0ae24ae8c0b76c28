"""Words that were moved are found again, nothing is found where nothing was; the parts against twins."""

import json

import numpy as np
import pytest
from scipy import stats
from scipy.stats import ortho_group

from w2v.errors import ConfigError
from w2v.evaluation.comparing import benjamini_hochberg, compare, p_values
from w2v.vectors.keyed_vectors import KeyedVectors

N, D = 1000, 20
WORDS = [f"w{i}" for i in range(N)]
MOVED = [f"w{i}" for i in range(30, 900, 90)]  # 10
COUNTS = (30_000 / np.arange(1, N + 1)).astype(np.int64) + 20


def periods(moved=(), seed=0, n_runs=2, n_periods=2, turned=True):
    """Runs of periods: noise of the text and of the seed, larger for rare words; moved ones get new places in the last
    period."""
    rng = np.random.default_rng(seed)
    true, noise = rng.normal(size=(N, D)), 2.5 / np.sqrt(COUNTS)[:, None]
    found = []
    for period in range(n_periods):
        own = true + noise * rng.normal(size=true.shape)
        if period == n_periods - 1:
            own[[WORDS.index(word) for word in moved]] = rng.normal(size=(len(moved), D))
        rows = [own + noise / 2 * rng.normal(size=true.shape) for _ in range(n_runs)]
        turns = [ortho_group.rvs(D, random_state=rng) if turned else np.eye(D) for _ in rows]
        found.append([model(some @ turn) for some, turn in zip(rows, turns, strict=True)])
    return found


def model(rows, words=WORDS, counts=COUNTS):
    vectors = KeyedVectors(rows.shape[1])
    vectors.add_vectors(words, rows.astype(np.float32))
    vectors.expandos["count"] = counts
    return vectors


def test_moved_words_are_found_and_no_others():
    found = compare(periods(MOVED), 10)
    assert {word.word for word in found.words} == set(MOVED) and found.n_compared == N and found.n_found == 10
    one = found.words[0]
    assert one.adjusted < 0.05 and one.p <= one.adjusted and one.steps == (one.distance,) and one.kept < one.kept_floor
    assert 0 < one.floor < one.distance and one.counts[0] == COUNTS[WORDS.index(one.word)]
    assert json.dumps(one.to_dict(), allow_nan=False) and [len(path) for path in found.paths] == [2, 2]
    assert np.mean(found.paths[1]) > 3 * np.mean(found.paths[0])


def test_where_nothing_moved_nothing_is_found():
    """In one list of twenty at most; of single words 5 % have an uncorrected p below .05."""
    lists = [compare(periods(seed=seed, n_runs=1), N) for seed in range(1, 4)]
    assert sum(found.n_found > 0 for found in lists) <= 1
    assert 0.03 < np.mean([word.p < 0.05 for found in lists for word in found.words]) < 0.07
    assert lists[0].words[0].floor is None and lists[0].words[0].kept_floor is None


def test_p_values_are_those_of_the_formula():
    """Words of one kind: the empirical null of all; the correction is SciPy's."""
    distance = np.exp(np.random.default_rng(0).normal(size=400))
    p, adjusted = p_values(distance, np.ones(400))
    logs = np.log(distance)
    middle, above = np.quantile(logs, [0.5, stats.norm.cdf(1)])
    np.testing.assert_allclose(p, stats.norm.sf((logs - middle) / (above - middle)))
    np.testing.assert_allclose(adjusted, stats.false_discovery_control(p))
    assert benjamini_hochberg(np.array([0.04, 0.01, 0.02, 0.9])).tolist() == pytest.approx([0.16 / 3, 0.04, 0.04, 0.9])


def test_distances_by_hand_in_one_space():
    """Aligned models are taken as they are: the mean over pairs of runs of 1 less the cosine."""
    (first, second), (third, fourth) = periods(n_periods=2, turned=False)
    found = compare([[first, second], [third, fourth]], words=["w3", "w700"], is_aligned=True, k=3)

    def away(a, b, word):
        return 1 - float(a.get_vector(word, norm=True) @ b.get_vector(word, norm=True))

    for word in found.words:
        pairs = [away(a, b, word.word) for a in (first, second) for b in (third, fourth)]
        within = [away(first, second, word.word), away(third, fourth, word.word)]
        assert word.distance == pytest.approx(np.mean(pairs), abs=1e-5)
        assert word.floor == pytest.approx(np.mean(within), abs=1e-5)
    assert [word.word for word in found.words] == ["w3", "w700"]


def test_several_periods_show_their_steps():
    found = compare(periods(MOVED, n_periods=3), 5)
    for word in found.words:
        assert word.word in MOVED and word.steps[0] < word.steps[1] and len(word.counts) == 3
    assert [path.shape for path in found.paths] == [(2, 5)] * 3


def test_what_cannot_be_compared():
    some = periods(n_runs=1)
    turned = model(some[0][0].vectors @ ortho_group.rvs(D, random_state=1))
    for asked, options, said in (
        (some[:1], {}, "give OLD and NEW"),
        ([some[0], [turned]], {}, "have the same vectors, at most turned"),
        (some, {"min_count": 10_000}, "words occur 10000 times in each text, and 100 are the least"),
        (some, {"words": ["none"]}, "'none' is not common enough"),
    ):
        with pytest.raises(ConfigError, match=said):
            compare(asked, **options)
    without = [[KeyedVectors.from_table(runs[0].to_table()._replace(counts=None))] for runs in some]
    assert compare(without, 3).words[0].counts == (None, None)
