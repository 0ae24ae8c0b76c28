"""Norms that are right after every change, whoever made it."""

import numpy as np
import pytest

from w2v.formats.vector_files import VectorTable
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.normed import NormedMatrix

KEYS = [f"w{i}" for i in range(50)]


def matrix(dtype=np.float32):
    return np.random.default_rng(0).standard_normal((50, 6)).astype(dtype)


CHANGES = {
    "a row": lambda kv: kv.vectors.__setitem__(1, [5, 0, 0, 0, 0, 0]),
    "a view that was kept": lambda kv: kv.kept.__setitem__(1, [5, 0, 0, 0, 0, 0]),
    "in place": lambda kv: np.multiply(kv.vectors, np.arange(50)[:, None], out=kv.vectors),
    "the caller's own matrix": lambda kv: kv.given.__setitem__((slice(None), 0), 9),
    "another matrix": lambda kv: setattr(kv, "vectors", kv.vectors[::-1].copy()),
    "a key": lambda kv: kv.__setitem__("w1", np.ones(6)),
    "unit length": lambda kv: kv.unit_normalize_all(),
    "more keys": lambda kv: kv.add_vectors(["x", "y"], np.ones((2, 6))),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("asked_before", [True, False])
def test_every_question_sees_the_vectors_as_they_are(change, asked_before):
    kv = KeyedVectors(6)
    kv.given = matrix()
    kv.index_to_key, kv.vectors = list(KEYS), kv.given
    kv.kept = kv.vectors[:10]
    if asked_before:
        kv.most_similar("w1"), kv.distances("w1"), kv.norms
    change(kv)
    fresh = KeyedVectors.from_table(VectorTable(list(kv.index_to_key), kv.vectors.copy()))
    for name, arguments in {
        "similarity": ("w1", "w2"), "distance": ("w1", "w2"), "distances": ("w3",), "most_similar": ("w3",),
        "most_similar_cosmul": (["w1", "w3"], ["w2"]), "get_mean_vector": (["w1", "w2"],), "rank": ("w3", "w1"),
        "most_similar_many": (["w1", "w4"],), "get_vector": ("w1", True), "get_normed_vectors": (),
        "n_similarity": (["w1"], ["w2", "w3"]), "doesnt_match": (["w1", "w2", "w3"],),
    }.items():  # fmt: skip
        ours, expected = getattr(kv, name)(*arguments), getattr(fresh, name)(*arguments)
        if isinstance(ours, np.ndarray):
            np.testing.assert_allclose(ours, expected, atol=1e-6, err_msg=name)
        elif name == "most_similar_many":
            assert [[key for key, _ in answer] for answer in ours] == [[key for key, _ in a] for a in expected]
        elif isinstance(ours, list):
            assert [key for key, _ in ours] == [key for key, _ in expected], name
            assert [score for _, score in ours] == pytest.approx([score for _, score in expected], abs=1e-6)
        else:
            assert ours == (expected if isinstance(ours, str) else pytest.approx(expected, abs=1e-6)), name
    np.testing.assert_allclose(kv.norms, np.linalg.norm(kv.vectors, axis=1), rtol=1e-6)


def test_debiasing_gives_gensims_similarities():
    models = pytest.importorskip("gensim.models")
    found = []
    for kind in (KeyedVectors, models.KeyedVectors):
        kv = kind(2)
        kv.add_vectors(["a", "b", "c"], np.array([[1, 0], [1, 1], [0, 2]], "f"))
        kv.similarity("a", "b")
        kv.vectors[1] = [5, 0]
        found.append((kv.similarity("a", "b"), kv.distance("b", "c"), kv.distances("a").tolist()))
        direction = kv["c"] / np.linalg.norm(kv["c"])
        kv.vectors -= np.outer(kv.vectors @ direction, direction)
        found[-1] += (kv.similarity("a", "b"), kv.n_similarity(["a", "b"], ["b"]))
    for ours, expected in zip(*found, strict=True):
        assert ours == pytest.approx(expected, abs=1e-6)
    assert found[0][0] == 1


def test_lengths_are_kept_only_while_nobody_else_has_the_matrix(monkeypatch):
    measured = []
    real = NormedMatrix._measured
    monkeypatch.setattr(NormedMatrix, "_measured", staticmethod(lambda rows: measured.append(rows.shape) or real(rows)))
    kv = KeyedVectors.from_table(VectorTable(list(KEYS), matrix()))
    for _ in range(3):
        kv.most_similar("w1")
    assert measured == [(50, 6)]
    assert kv.matrix.shape == (50, 6)
    kv.most_similar("w1")
    assert measured == [(50, 6)]
    kv.vectors  # noqa: B018 - from now on somebody may have it
    measured.clear()
    kv.similarity("w1", "w2")
    assert measured == []
    kv.most_similar("w1")
    kv.most_similar("w1")
    assert measured.count((50, 6)) == 2
    kv.add_vectors(["new"], np.ones((1, 6)))  # a new matrix, which nobody has
    measured.clear()
    kv.most_similar("w1"), kv.most_similar("w2")
    assert measured == [(51, 6)]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_lengths_of_any_kind_of_rows(dtype, monkeypatch):
    monkeypatch.setattr("w2v.vectors.normed._NUMBERS", 40)
    rows = matrix(dtype)
    rows[7] = 0
    expected = np.linalg.norm(rows.astype(np.float64), axis=1)
    for normed in (NormedMatrix(rows), NormedMatrix(rows, shared=True)):
        for chosen in (slice(None), slice(3, 9), np.array([4, 7, 1]), 5):
            np.testing.assert_allclose(normed.lengths(chosen), expected[chosen], rtol=1e-6)
        assert normed.divisors()[7] == 1 and normed.divisors(7) == 1
        assert normed.lengths().dtype == np.result_type(dtype, np.float32)
    assert NormedMatrix(np.zeros((0, 3))).lengths().shape == (0,)


def test_a_key_has_no_distance_from_itself():
    for dtype in (np.float16, np.float32, np.float64):
        kv = KeyedVectors(6, dtype=dtype)
        kv.add_vectors(KEYS, matrix(dtype) * np.logspace(-3, 3, 50)[:, None])
        assert {kv.distance(key, key) for key in KEYS} == {0}
    kv = KeyedVectors(2, dtype=np.float64)
    kv.add_vectors(["a", "b", "zero"], [[1e200, 1e200], [1e-200, 0], [0, 0]])
    assert (kv.similarity("a", "b"), kv.similarity("a", "zero")) == (pytest.approx(0.5**0.5), 0)
