"""WEAT by hand, by a slow twin and by SciPy; axes; lists of words, and what of them is known."""

import itertools
import json

import numpy as np
import pytest
from asked import vectors_of, write
from scipy import stats

from w2v.errors import ConfigError, FormatError
from w2v.evaluation.association import associate, axis, places_on_axis, weat
from w2v.evaluation.permutation import MAX_EXACT, permutation_test
from w2v.evaluation.word_lists import WordList, list_vectors, read_word_lists

HAND = {
    "x1": [1, 0],
    "x2": [0.8, 0.6],
    "y1": [0, 1],
    "y2": [0.6, 0.8],
    "a": [2, 0],
    "A": [1, 0],
    "b": [0, 3],
    "B": [0, 1],
}
LISTS = [WordList("X", ("x1", "x2")), WordList("Y", ("y1", "y2")), WordList("P", ("a", "A")), WordList("N", ("b", "B"))]


def test_weat_by_hand():
    """s = 1, .2, -1, -.2; means .6 and -.6; deviation √(2.08 / 3). Of the six partings one is as large, and two are in
    size."""
    report = associate(vectors_of(HAND), LISTS)
    (test,) = report.tests
    assert report.kind == "WEAT" and test.name == "X / Y"
    assert test.difference == pytest.approx(1.2) and test.effect == pytest.approx(1.2 / np.sqrt(2.08 / 3))
    assert test.p == pytest.approx((1 / 6, 2 / 6, 6, True))


def test_single_words_by_hand():
    """x1 has cosines 1, 1 with P and 0, 0 with N: difference 1, deviation √(1 / 3); y1 the reverse; mean .5 each."""
    report = associate(vectors_of(HAND), [WordList("W", ("x1", "y1")), *LISTS[2:]])
    first, second, both = report.tests
    assert report.kind == "SC-WEAT" and [test.name for test in report.tests] == ["x1", "y1", "all W"]
    assert (first.difference, first.effect) == pytest.approx((1, np.sqrt(3))) and first.p.one_sided == pytest.approx(
        1 / 6
    )
    assert (second.difference, second.effect) == pytest.approx((-1, -np.sqrt(3))) and second.p.one_sided == 1
    assert both.effect == both.difference == 0 and both.p.two_sided == 1
    assert json.dumps(report.to_dict(), allow_nan=False)


def slow_weat(x, y, a, b):
    """The formulas of the paper, word by word: (effect, exact one-sided p)."""

    def cosine(v, w):
        return v @ w / np.linalg.norm(v) / np.linalg.norm(w)

    def s(w):
        return np.mean([cosine(w, v) for v in a]) - np.mean([cosine(w, v) for v in b])

    words = [*x, *y]
    values = [s(w) for w in words]
    effect = (np.mean(values[: len(x)]) - np.mean(values[len(x) :])) / np.std(values, ddof=1)
    sums = [sum(values[i] for i in some) for some in itertools.combinations(range(len(words)), len(x))]
    return effect, np.mean([total >= sum(values[: len(x)]) - 1e-12 for total in sums])


def groups(seed, sizes=(5, 5, 4, 6), shift=0.5):
    """Vectors of four lists, X shifted towards A; as given, and of unit length."""
    rng = np.random.default_rng(seed)
    raw = [rng.normal(size=(n, 8)) for n in sizes]
    raw[0][:, 0] += shift
    raw[2][:, 0] += shift
    return raw, [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in raw]


@pytest.mark.parametrize("sizes", [(5, 5, 4, 6), (3, 6, 5, 5)])
def test_weat_is_the_slow_twins(sizes):
    for seed in range(5):
        raw, unit = groups(seed, sizes)
        found = weat(*unit)
        assert (found.effect, found.p.one_sided) == pytest.approx(slow_weat(*raw)) and found.p.is_exact


def test_permutations_are_scipys():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 11)).round(1)  # with ties
    for row, p in zip(values, permutation_test(values, 5, 100, 1), strict=True):
        theirs = stats.permutation_test(
            (row[:5], row[5:]), lambda x, y: np.mean(x) - np.mean(y), n_resamples=np.inf, alternative="greater"
        )
        assert p.one_sided == pytest.approx(theirs.pvalue) and p.n == 462 and p.is_exact


def test_many_partings_are_drawn_and_give_about_the_same(monkeypatch):
    values = np.random.default_rng(1).normal(size=(2, 16)) + np.repeat([0.8, 0], 8)
    exact = permutation_test(values, 8, 100, 1)
    monkeypatch.setattr("w2v.evaluation.permutation.MAX_EXACT", 10)
    monkeypatch.setattr("w2v.evaluation.permutation._CHUNK_NUMBERS", 1000)
    drawn = permutation_test(values, 8, 20_000, 1)
    for one, other in zip(exact, drawn, strict=True):
        assert one.is_exact and not other.is_exact and other.n == 20_001
        assert other[:2] == pytest.approx(one[:2], abs=0.01)
    assert drawn == permutation_test(values, 8, 20_000, 1) != permutation_test(values, 8, 20_000, 2)
    assert MAX_EXACT >= 184_756  # two groups of ten


def test_error_rate_under_no_association():
    p = permutation_test(np.random.default_rng(2).normal(size=(1000, 12)), 6, 100, 1)
    assert 0.03 <= np.mean([one.one_sided <= 0.05 for one in p]) <= 0.07
    assert 0.03 <= np.mean([one.two_sided <= 0.05 for one in p]) <= 0.07


# ---- axes


def test_places_on_an_axis_by_hand():
    model = vectors_of(
        {"she": [1, 1], "he": [1, -1], "nurse": [3, 4], "smith": [0, -2], "woman": [0, 2], "man": [0, 1]}
    )
    np.testing.assert_allclose(axis(model, [("she", "he")]), [0, 1])
    places, words = places_on_axis([model], [("she", "he")], ["smith", "nurse", "x"], max_missing=0.5)
    assert [(p.word, p.interval, p.deviation) for p in places] == [("nurse", None, None), ("smith", None, None)]
    assert [(p.cosine, p.ripa) for p in places] == [pytest.approx((0.8, 4)), pytest.approx((-1, -2))]
    assert words.coverage == (3, 2, 0, 1) and words.missing == ("x",)
    np.testing.assert_allclose(axis(model, [("he", "she"), ("man", "woman")]), [0, -1], atol=1e-7)
    with pytest.raises(ConfigError, match="have the same vector"):
        axis(model, [("she", "she")])


def test_runs_give_an_interval():
    runs = [
        vectors_of({"a": [1, 0], "b": [-1, 0], "w": [c, np.sqrt(1 - c**2)], f"only{c}": [1, 1]})
        for c in (0.1, 0.2, 0.6)
    ]
    (place,), _ = places_on_axis(runs, [("a", "b")], ["w", "only0.1"], 0.5)
    expected = stats.t.interval(0.95, 2, np.mean([0.1, 0.2, 0.6]), stats.sem([0.1, 0.2, 0.6]))
    assert place.runs == pytest.approx((0.1, 0.2, 0.6)) and place.interval == pytest.approx(expected)
    assert place.deviation == pytest.approx(np.std([0.1, 0.2, 0.6], ddof=1))


# ---- lists


def test_lists_are_read(tmp_path):
    path = write(tmp_path / "w.txt", "# test\nflowers: rose, ice plant,tulip\nx: a b\n\nbad: c\td\n")
    assert read_word_lists(path) == [
        WordList("flowers", ("rose", "ice plant", "tulip")), WordList("x", ("a", "b")), WordList("bad", ("c", "d")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b c\nd e f\n", "line 2: expected a name, a colon and words"),
        ("a: b c\n: e f\n", "line 2"),
        ("a:\nb: e f\n", "line 1"),
        ("a: b c b\n", "line 1: 'b' comes twice"),
        ("a: b\na: c\n", "line 2: 'a' comes twice"),
        ("a: b c\nb: d e\n", "2 lists of words; a test has two"),
        ("a: b c\nb: c d\nc: e f\nd: g h\n", "'c' stands in 'a' and in 'b'"),
        ("a: b c\nb: d e\nc: f e\n", "'e' stands in 'b' and in 'c'"),
    ],
)
def test_bad_lists(tmp_path, text, said):
    with pytest.raises(FormatError) as error:
        read_word_lists(write(tmp_path / "w.txt", text))
    assert said in str(error.value)


def test_missing_words_are_refused_above_a_share():
    model = vectors_of(HAND)
    words = WordList("W", ("x1", "x2", "y1", "nothing", "y2"))
    found = list_vectors(model, words, 0.2)
    assert found.coverage == (5, 4, 0, 1) and str(found) == "W: 5 asked, 4 known, 0 composed, 1 skipped: nothing"
    np.testing.assert_allclose(np.linalg.norm(found.unit, axis=1), 1)
    with pytest.raises(ConfigError, match="1 of the 5 words of W are not in the vocabulary, more than 10 %: nothing"):
        list_vectors(model, words, 0.1)
    with pytest.raises(ConfigError, match="P has one known word; two at least"):
        associate(model, [*LISTS[:2], WordList("P", ("a", "nothing")), LISTS[3]], max_missing=0.9)
    for options, said in (
        ({"max_missing": 1.5}, "from 0 to below 1"),
        ({"partings": 3}, "100"),
        ({"seed": -1}, "seed"),
    ):
        with pytest.raises(ConfigError, match=said):
            associate(model, LISTS, **options)
    with pytest.raises(ConfigError, match="2 lists"):
        associate(model, LISTS[:2])


def test_composed_words_are_counted_so():
    model = vectors_of(HAND)

    class Composing(type(model)):
        """Makes a vector of any word that begins with x, as subwords do."""

        def has_index_for(self, key):
            return key.startswith("x") or super().has_index_for(key)

        def get_vector(self, key, norm=False):
            return super().get_vector(key, norm) if key in self.key_to_index else np.ones(2, np.float32)

    composing = Composing.from_table(model.to_table())
    found = list_vectors(composing, WordList("W", ("x1", "xyz", "q")), 0.5)
    assert found.coverage == (3, 1, 1, 1)
    np.testing.assert_allclose(found.raw, [[1, 0], [1, 1]])
