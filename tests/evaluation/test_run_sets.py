"""Neighbours over runs and their overlap, against slow twins and by hand."""

import numpy as np
import pytest
from asked import vectors_of

from w2v.errors import ConfigError
from w2v.evaluation.run_sets import nearest, neighbours, overlap, together
from w2v.evaluation.stability import stability

WORDS = [f"w{i}" for i in range(150)]


def runs(noise, n=3, words=WORDS, d=10, seed=0):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(len(words), d))
    return [vectors_of(dict(zip(words, base + noise * rng.normal(size=base.shape), strict=True))) for _ in range(n)]


def test_neighbours_by_hand():
    """b is nearest in both runs, at .8 and .6; c is second in one."""
    one = vectors_of({"a": [1, 0], "b": [0.8, 0.6], "c": [0.6, 0.8], "d": [0, 1]})
    two = vectors_of({"a": [1, 0], "b": [0.6, 0.8], "c": [-1, 0], "d": [0.5, -(0.75**0.5)], "only": [1, 0]})
    found = neighbours([one, two], ["a"], topn=2)
    assert [(n.word, n.n_runs) for n in found] == [("b", 2), ("d", 1)]
    assert [n.cosine for n in found] == pytest.approx([0.7, 0.25]) and found[0].deviation == pytest.approx(0.02**0.5)


def test_neighbours_are_the_mean_of_what_single_runs_say():
    some = runs(0.4)
    found = neighbours(some, ["w1", "w2"], ["w3"], topn=5, restrict_vocab=100)
    said = [dict(run.most_similar(["w1", "w2"], ["w3"], topn=100, restrict_vocab=100)) for run in some]
    assert not {"w1", "w2", "w3"} & set(said[0])
    expected = sorted(said[0], key=lambda word: -np.mean([one[word] for one in said]))[:5]
    assert [n.word for n in found] == expected
    for n in found:
        assert n.cosine == pytest.approx(np.mean([one[n.word] for one in said]), abs=1e-6)
        assert n.n_runs == sum(n.word in sorted(one, key=lambda w: -one[w])[:5] for one in said)


def test_nearest_and_overlap_are_the_slow_twins():
    first, second = (together([run]).units[0] for run in runs(0.3, 2))
    rows = np.array([0, 7, 149])
    found = [nearest(units, rows, 4) for units in (first, second)]
    for units, some in zip((first, second), found, strict=True):
        for row, near in zip(rows, some, strict=True):
            order = sorted(set(range(150)) - {row}, key=lambda other: -float(units[row] @ units[other]))
            assert near.tolist() == order[:4]
    expected = [len(set(a) & set(b)) / 4 for a, b in zip(*(some.tolist() for some in found), strict=True)]
    assert overlap(*found).tolist() == expected


def test_stability_by_bands():
    same, noisy = stability(runs(0), (1, 5), 60), stability(runs(0.5), (1, 5), 60)
    assert [(band.first, band.last, band.n_asked) for band in same] == [(1, 100, 60), (101, 150, 50)]
    assert all(band.overlaps == {1: 1, 5: 1} for band in same)
    for band in noisy:
        low, high = band.intervals[5]
        assert 0.1 < low < band.overlaps[5] < high < 0.9
    assert noisy == stability(runs(0.5), (1, 5), 60) and noisy != stability(runs(0.5), (1, 5), 60, seed=2)
    for models, ks, said in ((runs(0, 1), (1,), "two or more"), (runs(0), (150,), "150 words"), (runs(0), (), "-k")):
        with pytest.raises(ConfigError, match=said):
            stability(models, ks)


def test_what_has_nothing_in_common():
    for other in (runs(0, 1, words=["x", "y"]), runs(0, 1, d=5)):
        with pytest.raises(ConfigError, match="no word in common, or vectors of other lengths"):
            together([*runs(0, 1), *other])
