"""A first look at bytes gives what exact search gives, bit for bit."""

import copy
import pickle

import numpy as np
import pytest

from w2v.formats.vector_files import VectorTable
from w2v.vectors import byte_rows, search
from w2v.vectors.byte_rows import ByteRows
from w2v.vectors.keyed_vectors import KeyedVectors

D = 19


def ordinary(generator, n):
    return generator.standard_normal((n, D))


def nearly_equal(generator, n):
    """Few directions; rows of one differ by the last digits, or in length only."""
    rows = ordinary(generator, 5)[generator.integers(5, size=n)]
    rows[::3] *= 1 + 1e-7 * generator.standard_normal((len(rows[::3]), D))
    return rows * np.where(np.arange(n) % 2, 1, 3)[:, None]


def on_the_border(generator, n):
    """Cosines with row 0 a little more or less than a byte's step apart, so that bytes rank them wrongly."""
    first, others = np.eye(D)[0], ordinary(generator, n)
    others[:, 0] = 0
    others /= np.linalg.norm(others, axis=1)[:, None]
    cosines = 0.7 + generator.integers(-2, 3, size=n) * 0.003 + generator.standard_normal(n) * 1e-6
    rows = cosines[:, None] * first + np.sqrt(1 - cosines**2)[:, None] * others
    rows[0] = first
    return rows


def of_all_lengths(generator, n):
    """Long and short rows, zeros, and rows of one number beside small ones, which bytes lose."""
    rows = ordinary(generator, n) * 10 ** generator.uniform(-12, 12, size=(n, 1))
    rows[::7] = 0
    rows[3::7, 1:] *= 1e-4
    return rows


ROWS = [ordinary, nearly_equal, on_the_border, of_all_lengths]


def vectors(rows):
    return KeyedVectors.from_table(VectorTable([f"w{row}" for row in range(len(rows))], rows.astype(np.float32)))


@pytest.fixture
def at_once(monkeypatch):
    """Bytes from the first question on."""
    monkeypatch.setattr("w2v.vectors.normed._READ_BEFORE", 0)


@pytest.mark.parametrize("make", ROWS)
def test_the_bounds_hold(make):
    generator = np.random.default_rng(1)
    kv = vectors(make(generator, 300))
    kept = ByteRows.of(kv.matrix)
    unit = kv.matrix.astype(np.float64)
    unit /= np.maximum(np.linalg.norm(unit, axis=1), 1e-30)[:, None]
    steps, misses = kept.steps.astype(np.float64)[:, None], kept.misses.astype(np.float64)
    assert np.all(np.linalg.norm(unit - steps * kept.numbers, axis=1) <= misses)
    assert np.all(misses <= 0.5001 * np.sqrt(D) * steps[:, 0])
    for query in [*unit[:9], *ordinary(generator, 9)]:
        query = (query / max(np.linalg.norm(query), 1e-30)).astype(np.float32)
        if query.any():
            least, most = kept.cosine_bounds(query, 0, 300, 3)
            found = search.cosines(kv, query, slice(0, 300))
            parts = kept.cosine_bounds(query, 7, 250, 1)
            assert np.array_equal(parts[0], least[7:250]) and np.array_equal(parts[1], most[7:250])
            assert np.all((least <= found) & (found <= most))
            assert np.all(most - least <= 2 * misses + 1e-3)


@pytest.mark.parametrize("make", ROWS)
def test_the_same_words_and_cosines_as_plain_search(make, at_once, monkeypatch):
    generator = np.random.default_rng(2)
    rows = make(generator, 400)
    quick, plain = vectors(rows), vectors(rows)
    monkeypatch.setattr(plain._rows, "as_bytes", lambda n_rows: None)
    looked_at = []
    cosines = search.cosines
    monkeypatch.setattr(
        "w2v.vectors.queries.cosines", lambda store, *rest: looked_at.append((store, rest[1])) or cosines(store, *rest)
    )
    for word in generator.integers(400, size=5).tolist():
        for topn in (1, 2, 10, 45, 400):
            for options in (
                {},
                {"clip_start": 30, "clip_end": 380},
                {"restrict_vocab": 200},
                {"negative": ["w5", "w7"]},
            ):
                ours = quick.most_similar(f"w{word}", topn=topn, **options)
                assert ours == plain.most_similar(f"w{word}", topn=topn, **options)
    if make is not nearly_equal:  # where a fifth of all rows are alike, bytes cannot tell
        assert sum(store is quick and not isinstance(rows, slice) for store, rows in looked_at) > 20
    for query in (rows[3] * 1e-20, np.zeros(D), np.full(D, np.nan)):
        ours, theirs = (kv.most_similar(query.astype(np.float32)) for kv in (quick, plain))
        assert [key for key, _ in ours] == [key for key, _ in theirs]


def test_bytes_are_those_of_the_kernels_in_python():
    rows = of_all_lengths(np.random.default_rng(3), 40).astype(np.float32)
    kept = ByteRows.of(rows)
    twin = ByteRows(np.empty((40, D), np.int8), *np.empty((2, 40), np.float32))
    in_python = getattr(byte_rows.to_bytes, "py_func", byte_rows.to_bytes)
    assert in_python(rows, twin.numbers, twin.steps, twin.misses, byte_rows.MIN_LENGTH, byte_rows.MAX_LENGTH)
    assert np.array_equal(kept.numbers, twin.numbers)
    np.testing.assert_allclose(kept.steps, twin.steps, rtol=1e-6)
    np.testing.assert_allclose(kept.misses, twin.misses, rtol=1e-5, atol=3e-7)


@pytest.mark.filterwarnings("ignore:.*encountered in")
@pytest.mark.parametrize("number", [np.nan, np.inf, 1e-20, 1e20])
def test_rows_that_bytes_do_not_serve_are_searched_plainly(number, at_once):
    rows = ordinary(np.random.default_rng(4), 100)
    rows[50] = number
    kv = vectors(rows)
    for _ in range(2):
        assert len(kv.most_similar("w1")) == 10
    assert kv._rows._bytes is None


def test_they_are_made_after_many_questions_and_thrown_away_with_a_change(monkeypatch):
    monkeypatch.setattr("w2v.vectors.normed._READ_BEFORE", 3 * 200 * D)
    rows = ordinary(np.random.default_rng(5), 200)
    kv = vectors(rows)
    made = []
    for _ in range(4):
        kv.most_similar("w1")
        made.append(kv._rows._bytes is not None)
    assert made == [False, False, True, True]
    for twin in (copy.deepcopy(kv), pickle.loads(pickle.dumps(kv))):
        assert twin._rows._bytes is None and twin.most_similar("w1") == kv.most_similar("w1")
    kv["w9"] = kv["w1"] * 2
    assert kv._rows._bytes is None
    for _ in range(3):
        assert kv.most_similar("w1", topn=1)[0][0] == "w9"
    assert kv._rows._bytes is not None
    kv.vectors[8] = kv["w1"]  # whoever has the matrix may write again
    for _ in range(5):
        assert [key for key, _ in kv.most_similar("w1", topn=2)] == ["w8", "w9"]
    assert kv._rows._bytes is None
