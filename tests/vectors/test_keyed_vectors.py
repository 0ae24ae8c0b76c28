"""`KeyedVectors`: every method against gensim's, against the obvious definition, and at the edges."""

import csv
import inspect
import io
import pickle
import re
import unicodedata
import warnings

import numpy as np
import pytest

from w2v.errors import ConfigError, FormatError, UnknownWordError
from w2v.formats.vector_files import VectorTable
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.search import top_positions
from w2v.vectors.spelling import near_spellings

N, D = 300, 20
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def random_table(n=N, dim=D, seed=0, **fields):
    rng = np.random.default_rng(seed)
    vectors = (rng.standard_normal((n, dim)) * rng.uniform(0.2, 5, (n, 1))).astype("f")
    counts = np.sort(rng.permutation(10 * n)[:n])[::-1].astype(np.int64)  # distinct: gensim reverses ties
    return VectorTable([f"word{i}" for i in range(n)], vectors, counts, **fields)


@pytest.fixture
def kv():
    return KeyedVectors.from_table(random_table())


@pytest.fixture
def theirs(kv):
    """gensim's KeyedVectors with the same keys, vectors and counts."""
    models = pytest.importorskip("gensim.models")
    other = models.KeyedVectors(D)
    other.add_vectors(list(kv.index_to_key), kv.vectors.copy())
    for key, count in zip(kv.index_to_key, kv.expandos["count"], strict=True):
        other.set_vecattr(key, "count", int(count))
    return other


@pytest.fixture
def mapped(tmp_path):
    """Vectors that lie in a read-only memory map, and the path of their file."""
    path = tmp_path / "v.w2v"
    KeyedVectors.from_table(random_table()).save(path)
    return KeyedVectors.load(path, mmap="r"), path


def same_ranking(ours, expected):
    assert [key for key, _ in ours] == [key for key, _ in expected]
    np.testing.assert_allclose([s for _, s in ours], [s for _, s in expected], atol=2e-6)


QUERY = np.linspace(-1, 1, D).astype("f")
QUESTIONS = [
    {"positive": "word3"},
    {"positive": ["word3"], "topn": 3},
    {"positive": 7},
    {"positive": ["word1", 2], "negative": ["word5"]},
    {"positive": [("word1", 2.5), "word2"], "negative": [("word9", -0.3)]},
    {"positive": QUERY},
    {"positive": [QUERY, "word4"], "negative": [2 * QUERY]},
    {"positive": np.stack([QUERY, QUERY**2])},
    {"positive": [(QUERY, 0.5), "word8"]},
    {"negative": "word3"},
    {"positive": ["word1", "word1"]},
    {"positive": ["word3"], "restrict_vocab": 20},
    {"positive": ["word3"], "clip_start": 10, "clip_end": 50},
    {"positive": ["word30"], "clip_start": 290, "topn": 50},
    {"positive": ["word30"], "topn": 10_000},
    {"positive": ["word30"], "topn": 0},
    {"positive": ["word30"], "topn": -1},
]


# ---- agreement with gensim


def _token(token):
    try:
        return np.float32(token)
    except ValueError:
        return token


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
def test_most_similar_agrees_with_gensim(kv, theirs, question):
    same_ranking(kv.most_similar(**question), theirs.most_similar(**question))
    if question.get("topn", 1) >= 1:
        question = {**question, "topn": None}
        np.testing.assert_allclose(kv.most_similar(**question), theirs.most_similar(**question), atol=2e-6)


@pytest.mark.parametrize("question", [
    {"positive": "word3"},
    {"positive": ["word1", "word2"], "negative": ["word5"]},
    {"positive": ["word1", QUERY / np.linalg.norm(QUERY)], "negative": ["word5", "word6"], "topn": 4},
    {"positive": ["word1"], "topn": 0},
    {"positive": ["word1"], "topn": 1000},
], ids=range(5))  # fmt: skip
def test_cosmul_agrees_with_gensim(kv, theirs, question):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gensim calls its own deprecated init_sims
        same_ranking(kv.most_similar_cosmul(**question), theirs.most_similar_cosmul(**question))
        if question.get("topn") != 0:
            expected = theirs.most_similar_cosmul(**{**question, "topn": None})
            np.testing.assert_allclose(kv.most_similar_cosmul(**{**question, "topn": None}), expected, rtol=1e-4)


METHODS = [
    ("similarity", ("word1", "word2")),
    ("similarity", ("word1", "word1")),
    ("distance", ("word1", "word2")),
    ("distances", ("word1",)),
    ("distances", ("word1", ["word2", "word3"])),
    ("distances", (QUERY, ["word2", "word3"])),
    ("distances", (QUERY,)),
    ("n_similarity", (["word1", "word2"], ["word3"])),
    ("n_similarity", (["word1", "nobody"], ["word3", "word4"])),
    ("rank", ("word1", "word2")),
    ("closer_than", ("word1", "word2")),
    ("most_similar_to_given", ("word1", ["word2", "word3", "word4"])),
    ("relative_cosine_similarity", ("word1", "word2", 5)),
    ("doesnt_match", (["word1", "word2", "word3", "word4"],)),
    ("rank_by_centrality", (["word1", "word2", "word3"],)),
    ("rank_by_centrality", (["word1", "word2", "word3"], False)),
    ("get_mean_vector", (["word1", 2, QUERY],)),
    ("get_mean_vector", (["word1", "word2"], [0.5, -2.0])),
    ("get_mean_vector", (["word1", "nobody", "word2"], np.array([1.0, 5.0, 2.0]), False, True)),
    ("get_vector", ("word5",)),
    ("get_vector", (5, True)),
    ("get_index", ("word5",)),
    ("get_index", (17,)),
    ("get_index", ("nobody", -7)),
    ("has_index_for", ("nobody",)),
    ("has_index_for", (N,)),
    ("get_normed_vectors", ()),
    ("get_vecattr", ("word5", "count")),
    ("__getitem__", ("word5",)),
    ("__getitem__", (["word5", 6],)),
    ("__contains__", ("word5",)),
    ("__contains__", (5,)),
    ("__len__", ()),
    ("similar_by_vector", (QUERY, 3)),
    ("similar_by_word", ("word5", 3, 50)),
    ("similar_by_key", ("word5", None)),
    ("cosine_similarities", (QUERY, np.arange(2 * D).reshape(2, D).astype("f"))),
]


@pytest.mark.parametrize(("name", "arguments"), METHODS, ids=[f"{i}-{m[0]}" for i, m in enumerate(METHODS)])
def test_methods_agree_with_gensim(kv, theirs, name, arguments):
    ours, expected = getattr(kv, name)(*arguments), getattr(theirs, name)(*arguments)
    if isinstance(expected, list) and expected and isinstance(expected[0], tuple):
        flat = [x for pair in ours for x in pair]
        for found, wanted in zip(flat, [x for pair in expected for x in pair], strict=True):
            assert found == (wanted if isinstance(wanted, str) else pytest.approx(float(wanted), abs=2e-6))
    elif isinstance(expected, np.ndarray):
        assert ours.dtype == expected.dtype
        np.testing.assert_allclose(ours, expected, atol=2e-6)
    else:
        assert ours == (
            pytest.approx(float(expected), abs=2e-6) if isinstance(expected, float | np.floating) else expected
        )


def test_signatures_start_with_gensims():
    """A positional call written for gensim means the same here."""
    models = pytest.importorskip("gensim.models")
    shared = [name for name in dir(models.KeyedVectors) if not name.startswith("_") and hasattr(KeyedVectors, name)]
    assert len(shared) > 40
    for name in shared:
        member = inspect.getattr_static(models.KeyedVectors, name)
        if isinstance(member, property) or not callable(getattr(models.KeyedVectors, name)):
            continue
        if name in ("save", "load", "word_vec"):  # gensim's take *args; ours are spelled out
            continue
        wanted = [p for p in inspect.signature(getattr(models.KeyedVectors, name)).parameters if p != "self"]
        found = list(inspect.signature(getattr(KeyedVectors(1), name)).parameters)
        assert found[: len(wanted)] == wanted, name


def test_adding_agrees_with_gensim(kv, theirs):
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((3, D)).astype("f")
    for vectors in (kv, theirs):
        vectors.add_vectors(["new1", "word5", "new2"], rows)
        vectors["word6"] = rows[0]
        vectors[["word7", "new3"]] = rows[:2]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            vectors.add_vector("new4", rows[2])
        vectors.fill_norms(force=True)
    assert list(kv.index_to_key) == list(theirs.index_to_key)
    assert kv.key_to_index == theirs.key_to_index
    np.testing.assert_array_equal(kv.vectors, theirs.vectors)
    np.testing.assert_allclose(kv.norms, theirs.norms, rtol=1e-6)
    same_ranking(kv.most_similar("new2"), theirs.most_similar("new2"))


def test_sorting_normalising_and_choosing_agree_with_gensim(kv, theirs):
    for vectors in (kv, theirs):
        for n, key in enumerate(["word9", "word3", "word100"]):
            vectors.set_vecattr(key, "count", 10_000 - n)
        vectors.sort_by_descending_frequency()
        vectors.unit_normalize_all()
    assert list(kv.index_to_key) == list(theirs.index_to_key)
    np.testing.assert_allclose(kv.vectors, theirs.vectors, atol=1e-6)
    np.testing.assert_allclose(kv.norms, 1, atol=1e-6)
    wanted = ["word4", "nobody", "word1", "word4"]
    ours, expected = (v.vectors_for_all(wanted, copy_vecattrs=True) for v in (kv, theirs))
    assert list(ours.index_to_key) == list(expected.index_to_key) == ["word4", "word1"]
    np.testing.assert_allclose(ours.vectors, expected.vectors, atol=1e-6)
    assert ours.get_vecattr("word1", "count") == expected.get_vecattr("word1", "count")


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("options", [{}, {"write_header": False}, {"prefix": "p_"}, {"total_vec": 7}])
def test_files_are_gensims_files(kv, theirs, tmp_path, binary, options):
    kv.set_vecattr("word9", "count", 10_000)
    theirs.set_vecattr("word9", "count", 10_000)
    for vectors, name in ((kv, "ours"), (theirs, "theirs")):
        vectors.save_word2vec_format(tmp_path / name, tmp_path / f"{name}.vocab", binary=binary, **options)
        vectors.save_word2vec_format(tmp_path / name, binary=binary, append=True, write_header=False)
    assert (tmp_path / "ours.vocab").read_bytes() == (tmp_path / "theirs.vocab").read_bytes()
    files = [(tmp_path / name).read_bytes() for name in ("ours", "theirs")]
    if binary:
        assert files[0].replace(b"\n", b"") == files[1].replace(
            b"\n", b""
        )  # word2vec.c's line ends, which gensim skips
    else:  # the same words, and numbers that are the same float32
        ours, expected = ([_token(token) for token in data.split()] for data in files)
        assert ours == expected


def test_each_loads_the_others_files(kv, theirs, tmp_path):
    for binary in (False, True):
        kv.save_word2vec_format(tmp_path / "o", tmp_path / "o.vocab", binary=binary)
        back = type(theirs).load_word2vec_format(tmp_path / "o", tmp_path / "o.vocab", binary=binary)
        assert back.index_to_key == list(kv.index_to_key)
        np.testing.assert_array_equal(back.vectors, kv.vectors)
        theirs.save_word2vec_format(tmp_path / "t", tmp_path / "t.vocab", binary=binary)
        loaded = KeyedVectors.load_word2vec_format(
            tmp_path / "t", tmp_path / "t.vocab", binary=binary, limit=9, datatype=np.float64
        )
        assert (loaded.vectors.shape, loaded.vectors.dtype) == ((9, D), np.float64)
        np.testing.assert_array_equal(loaded.vectors.astype("f"), theirs.vectors[:9])
        assert loaded.get_vecattr("word3", "count") == theirs.get_vecattr("word3", "count")


def test_evaluations_have_gensims_shape(kv, theirs, tmp_path):
    questions = tmp_path / "q.txt"
    questions.write_text(": s\nword1 word2 word3 word4\nWORD1 word2 word3 nobody\n: gram t\nword5 word6 word7 word8\n")
    assert kv.evaluate_word_analogies(questions) == theirs.evaluate_word_analogies(str(questions))
    for dummy in (True, False):
        ours = kv.evaluate_word_analogies(questions, case_insensitive=False, dummy4unknown=dummy)
        assert ours == theirs.evaluate_word_analogies(str(questions), case_insensitive=False, dummy4unknown=dummy)
    assert kv.evaluate_word_analogies(questions, similarity_function="most_similar_cosmul")[1][-1]["section"]
    pairs = tmp_path / "p.tsv"
    pairs.write_text("".join(f"word{i}\tWord{3 * i % 50}\t{i % 7}\n" for i in range(40)) + "no\tword1\t3\n")
    for ours, expected in zip(kv.evaluate_word_pairs(pairs), theirs.evaluate_word_pairs(str(pairs)), strict=True):
        assert np.ravel(ours) == pytest.approx(np.ravel(tuple(np.atleast_1d(expected))), abs=1e-6)
    pairs.write_text("no\tnobody\t3\n")
    with pytest.raises(FormatError, match="no pair"):
        kv.evaluate_word_pairs(pairs)


# ---- what gensim has not


def test_filters(kv):
    everything = kv.most_similar("word1", topn=None)
    chosen = ["word9", "word1", "word4", "word9"]
    by_definition = sorted(((k, float(everything[kv.get_index(k)])) for k in ("word9", "word4")), key=lambda r: -r[1])
    same_ranking(kv.most_similar("word1", keys=chosen), by_definition)
    np.testing.assert_allclose(
        kv.most_similar("word1", topn=None, keys=["word9", "word4"]), everything[[9, 4]], atol=1e-6
    )
    ends7 = [(k, s) for k, s in kv.most_similar("word1", topn=N) if k.endswith("7")]
    for where in ("7$", re.compile("7$"), lambda key: key.endswith("7")):
        same_ranking(kv.most_similar("word1", topn=N, where=where), ends7)
        same_ranking(kv.most_similar_many(["word1"], topn=N, where=where)[0], ends7)
    both = kv.most_similar_cosmul("word1", topn=N, where="7$", keys=[f"word{i}" for i in range(30)], restrict_vocab=20)
    assert {k for k, _ in both} == {"word7", "word17"}
    assert kv.most_similar("word1", where="nothing") == []
    with pytest.raises(ConfigError, match="not a regular expression"):
        kv.most_similar("word1", where="(")


def test_many_queries_are_the_single_queries(kv, monkeypatch):
    queries = ["word1", 5, QUERY, {"positive": ["word1", "word2"], "negative": [("word3", -0.5)]}, "word1"]
    expected = [kv.most_similar(**q) if isinstance(q, dict) else kv.most_similar(q) for q in queries]
    for score_bytes in (64 << 20, 1):
        monkeypatch.setattr("w2v.vectors.queries.SCORE_BYTES", score_bytes)
        monkeypatch.setattr("w2v.vectors.queries.ROWS_FOR_MANY", 3)
        monkeypatch.setattr("w2v.vectors.search.ROWS_FOR_MANY", 3)
        for ours, single in zip(kv.most_similar_many(queries), expected, strict=True):
            same_ranking(ours, single)
    assert kv.most_similar_many([], topn=5) == []
    assert kv.most_similar_many(["word1"], topn=0) == [[]]
    assert [len(found) for found in kv.most_similar_many(["word1", "nobody"], missing="skip")] == [10, 0]


@pytest.mark.parametrize("rows_for_many", [3, 64, 4096])
@pytest.mark.parametrize("restrict_vocab", [None, 150])
def test_many_queries_among_many_rows_with_ties_and_nan(monkeypatch, rows_for_many, restrict_vocab):
    monkeypatch.setattr("w2v.vectors.queries.ROWS_FOR_MANY", rows_for_many)
    monkeypatch.setattr("w2v.vectors.search.ROWS_FOR_MANY", rows_for_many)
    vectors = KeyedVectors(2)  # whole numbers: products are exact, and many rows have the same cosine
    numbers = np.random.default_rng(0).integers(-2, 3, (700, 2)).astype(np.float32)
    numbers[::50] = np.nan
    vectors.add_vectors([f"w{row}" for row in range(700)], numbers)
    queries = ["w1", "w2", {"positive": ["w3"], "negative": ["w4"]}, numbers[7]]
    for topn in (1, 10, 900):
        for where in (None, "[02468]$"):
            found = vectors.most_similar_many(queries, topn, restrict_vocab, where=where)
            for query, ours in zip(queries, found, strict=True):
                asked = query if isinstance(query, dict) else {"positive": [query]}
                single = vectors.most_similar(**asked, topn=topn, restrict_vocab=restrict_vocab, where=where)
                assert [key for key, _ in ours] == [key for key, _ in single]
                np.testing.assert_array_equal([score for _, score in ours], [score for _, score in single])


@pytest.mark.parametrize("n_scores", [1, 63, 640, 5000])
@pytest.mark.parametrize("n_values", [3, 10**6])
def test_top_positions_are_those_of_a_full_sort(n_scores, n_values):
    rng = np.random.default_rng(n_scores)
    scores = (rng.integers(0, n_values, n_scores) / n_values).astype(np.float32)
    scores[rng.random(n_scores) < 0.1] = np.nan
    order = rng.permutation(n_scores)
    expected = sorted(range(n_scores), key=lambda i: (np.isnan(scores[i]), -scores[i], order[i]))
    expected = [i for i in expected if not np.isnan(scores[i])]
    for n in (1, 7, 70, 6000):
        found = top_positions(scores, order, n).tolist()
        assert found[: len(expected)] == expected[:n]
        assert len(found) == min(n, n_scores) and np.isnan(scores[found[len(expected) :]]).all()


def test_of_equal_keys_the_first_counts():
    vectors = KeyedVectors(1)
    vectors.index_to_key, vectors.vectors = ["a", "b", None, "a", "c", "b"], np.arange(6, dtype=np.float32)[:, None]
    assert vectors.key_to_index == {"a": 0, "b": 1, "c": 4}


def test_missing_policy(kv):
    known, both = ["word1", "word2"], ["word1", "nobody", "word2"]
    for ask in (kv.get_vectors, kv.most_similar, kv.most_similar_cosmul, kv.n_similarity, kv.get_mean_vector):
        arguments = (both, known) if ask == kv.n_similarity else (both,)
        with pytest.raises(UnknownWordError, match="nobody"):
            ask(*arguments, missing="raise")
        with pytest.raises(ConfigError, match="raise, skip or zero"):
            ask(*arguments, missing="ignore")
    np.testing.assert_array_equal(kv.get_vectors(both, missing="skip"), kv.vectors[[1, 2]])
    zeroed = kv.get_vectors(both, missing="zero", norm=True)
    np.testing.assert_allclose(np.linalg.norm(zeroed, axis=1), [1, 0, 1], atol=1e-6)
    same_ranking(kv.most_similar(both, missing="skip"), kv.most_similar(known))
    same_ranking(kv.most_similar(both, missing="zero"), kv.most_similar(known))
    np.testing.assert_allclose(kv.get_mean_vector(both, missing="zero"), kv.get_mean_vector(known) * 2 / 3, atol=1e-6)
    assert kv.most_similar("nobody", missing="skip") == []
    np.testing.assert_array_equal(kv.most_similar("nobody", topn=None, missing="skip"), np.zeros(N))
    assert not kv.get_mean_vector(["nobody"]).any()
    with pytest.warns(UserWarning, match="left out: nobody"):
        assert kv.doesnt_match(["word1", "nobody", "word2"]) in known
    with pytest.raises(UnknownWordError):
        kv.most_similar("word1", keys=["nobody"])
    assert kv.most_similar("word1", keys=["nobody", "word2"], missing="skip")[0][0] == "word2"


def test_unknown_words_get_suggestions():
    kv = KeyedVectors(2)
    words = ["Paris", "parish", "London", "queen", "queens", "king", "왕좌", "왕자"]
    kv.add_vectors(words, np.ones((8, 2)))
    for word, suggestion in (
        ("paris", "did you mean Paris, parish?"),
        ("quene", "queen"),
        ("Kng", "did you mean king?"),
        ("PARSI", "did you mean Paris, parish?"),
        (unicodedata.normalize("NFD", "왕자"), "did you mean 왕자?"),
        ("zzzz", "check the spelling"),
    ):
        with pytest.raises(UnknownWordError, match=re.escape(suggestion)) as caught:
            kv[word]
        assert isinstance(caught.value, KeyError)
        assert repr(word) in repr(caught.value)
    error = pickle.loads(pickle.dumps(caught.value))
    assert str(error) == str(caught.value)
    assert len(pickle.dumps(caught.value)) < 500  # the vectors do not travel with it
    assert near_spellings("", words, kv.key_to_index) == []
    with pytest.raises(UnknownWordError, match="99 is not among the 8 keys"):
        kv[99]


def test_suggestions_are_not_sought_until_read(kv, monkeypatch):
    monkeypatch.setattr("w2v.vectors.spelling.near_spellings", lambda *_: pytest.fail("searched without need"))
    with pytest.raises(KeyError):
        kv["nobody"]
    assert "nobody" not in kv


def test_records(kv, tmp_path):
    rows = list(kv.to_records(["word3", "word1"]))
    assert [row["key"] for row in rows] == ["word3", "word1"]
    assert rows[1]["count"] == kv.get_vecattr("word1", "count")
    assert [rows[1][f"v{i}"] for i in range(D)] == kv["word1"].tolist()
    assert len(list(kv.to_records())) == N
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writerows(rows)
    assert len(text.getvalue().splitlines()) == 2


def test_repr_says_where_it_comes_from(tmp_path):
    table = random_table(metadata={"config": {"model": "cbow", "epochs": 5}, "corpus": {"name": "text8"}, "seed": 1})
    KeyedVectors.from_table(table).save(tmp_path / "v.w2v")
    kv = KeyedVectors.load(tmp_path / "v.w2v")
    for part in ("300 keys x 20, float32", str(tmp_path / "v.w2v"), "model=cbow", "name=text8"):
        assert part in repr(kv)
    assert str(kv) == "KeyedVectors<vector_size=20, 300 keys>"


# ---- files and memory maps


def test_save_and_load_keep_everything(tmp_path):
    table = random_table(output_vectors=np.ones((4, D), "f"), metadata={"seed": 3})
    KeyedVectors.from_table(table).save(tmp_path / "any.name")
    kv = KeyedVectors.load(tmp_path / "any.name")
    assert list(kv.index_to_key) == table.keys
    np.testing.assert_array_equal(kv.vectors, table.vectors)
    np.testing.assert_array_equal(kv.expandos["count"], table.counts)
    np.testing.assert_array_equal(kv.output_vectors, table.output_vectors)
    assert kv.metadata["seed"] == 3
    same_ranking(kv.most_similar("word1"), KeyedVectors.from_table(table).most_similar("word1"))
    kv.set_vecattr("word1", "colour", "red")
    with pytest.warns(UserWarning, match="colour"):
        kv.save(tmp_path / "again.w2v")
    with pytest.raises(ConfigError, match="mmap is 'r\\+'"):
        KeyedVectors.load(tmp_path / "again.w2v", mmap="r+")


CHANGES = [
    lambda kv: kv.add_vectors(["word1", "new"], np.ones((2, D)), replace=True),
    lambda kv: kv.add_vector("new", np.ones(D)),
    lambda kv: kv.__setitem__("word1", np.ones(D)),
    lambda kv: kv.unit_normalize_all(),
    lambda kv: kv.set_vecattr("word1", "count", 99),
    lambda kv: kv.sort_by_descending_frequency(),
    lambda kv: kv.vectors.__itruediv__(2),
    lambda kv: kv.expandos["count"].__iadd__(1),
]


@pytest.mark.parametrize("change", CHANGES, ids=range(len(CHANGES)))
def test_a_change_leaves_the_mapped_file_as_it_is(mapped, change):
    kv, path = mapped
    before = path.read_bytes()
    change(kv)
    assert path.read_bytes() == before
    reference = KeyedVectors.from_table(random_table())
    change(reference)
    np.testing.assert_array_equal(kv.vectors, reference.vectors)
    assert kv.get_vecattr("word1", "count") == reference.get_vecattr("word1", "count")
    np.testing.assert_allclose(kv.norms, np.linalg.norm(kv.vectors, axis=1), rtol=1e-6)


def test_queries_do_not_copy_a_memory_map(mapped):
    kv, _ = mapped
    kv.most_similar("word1")
    kv.most_similar_cosmul("word1", "word2")
    kv.doesnt_match(["word1", "word2", "word3"])
    assert not kv.vectors.flags.owndata


def test_intersect(kv, tmp_path):
    other = KeyedVectors(D)
    other.add_vectors(["word3", "stranger"], np.stack([QUERY, QUERY]))
    for binary in (False, True):
        other.save_word2vec_format(tmp_path / "o", binary=binary)
        expected = random_table().vectors
        expected[3] = QUERY
        assert kv.intersect_word2vec_format(tmp_path / "o", lockf=0.5, binary=binary) == 1
        np.testing.assert_array_equal(kv.vectors, expected)
        assert len(kv) == N
        assert (kv.vectors_lockf[3], kv.vectors_lockf[4]) == (0.5, 1)
    narrow = KeyedVectors(3)
    with pytest.raises(ConfigError, match="give one with 3"):
        narrow.intersect_word2vec_format(tmp_path / "o", binary=True)


def test_fvocab_needs_counts(tmp_path):
    kv = KeyedVectors(2)
    kv.add_vectors(["a"], np.ones((1, 2)))
    with pytest.raises(ConfigError, match="'count'"):
        kv.save_word2vec_format(tmp_path / "v", tmp_path / "vocab")
    with pytest.raises(ConfigError, match="no counts"):
        kv.sort_by_descending_frequency()
    with pytest.raises(KeyError, match="not set"):
        kv.get_vecattr("a", "count")


# ---- edges


def test_zero_vectors_are_harmless():
    kv = KeyedVectors(3)
    kv.add_vectors(["a", "b", "zero"], np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]], "f"))
    assert kv.similarity("a", "zero") == 0
    assert kv.most_similar("a") == [("b", pytest.approx(0.5**0.5)), ("zero", 0.0)]
    assert kv.most_similar("zero") == [("a", 0.0), ("b", 0.0)]
    assert not kv.get_vector("zero", norm=True).any()
    assert kv.distances("a").tolist() == pytest.approx([0, 1 - 0.5**0.5, 1])
    np.testing.assert_array_equal(kv.cosine_similarities(kv["zero"], kv.vectors), np.zeros(3))
    kv.unit_normalize_all()
    np.testing.assert_allclose(kv.norms, [1, 1, 0], atol=1e-6)


def test_one_word_and_no_word():
    kv = KeyedVectors(3)
    assert (len(kv), kv.norms.shape, kv.key_to_index) == (0, (0,), {})
    assert kv.most_similar(np.ones(3)) == []
    assert kv.get_vectors(["x"], missing="zero").tolist() == [[0, 0, 0]]
    assert kv.get_vectors([]).shape == (0, 3)
    kv.add_vectors("only", [1, 2, 3])
    assert kv.most_similar("only") == []
    assert kv.most_similar("only", topn=None).tolist() == [pytest.approx(1)]
    assert kv.doesnt_match(["only"]) == "only"
    assert kv.rank("only", "only") == 1


@pytest.mark.parametrize("ask", [
    lambda kv: kv.most_similar(),
    lambda kv: kv.most_similar([]),
    lambda kv: kv.most_similar_cosmul(negative="word1"),
    lambda kv: kv.get_mean_vector([]),
    lambda kv: kv.get_mean_vector(["word1"], [1, 2]),
    lambda kv: kv.n_similarity([], ["word1"]),
    lambda kv: kv.doesnt_match([]),
    lambda kv: kv.most_similar_to_given("word1", []),
    lambda kv: kv.most_similar([0.5]),
    lambda kv: kv.most_similar(np.ones(D + 1)),
    lambda kv: kv.distances(np.ones(D + 1)),
    lambda kv: kv.add_vectors(["a"], np.ones((1, D + 1))),
], ids=range(12))  # fmt: skip
def test_unanswerable_questions(kv, ask):
    with pytest.raises(ConfigError):
        ask(kv)
    assert len(kv) == N


def test_equal_scores_rank_by_row():
    kv = KeyedVectors(2)
    rng = np.random.default_rng(0)
    kv.add_vectors([f"w{i}" for i in range(100)], np.repeat(rng.standard_normal((2, 2)), 50, axis=0))
    assert [key for key, _ in kv.most_similar("w0", topn=20)] == [f"w{i}" for i in range(1, 21)]
    assert [k for k, _ in kv.most_similar(kv["w0"].copy(), keys=["w9", "w3", "w5"], topn=2)] == ["w3", "w5"]


def test_duplicate_keys_when_adding():
    rows = np.arange(8, dtype="f").reshape(4, 2)
    first, last = KeyedVectors(2), KeyedVectors(2)
    first.add_vectors(["a", "b", "a", "c"], rows, extras={"count": np.array([1, 2, 3, 4])})
    last.add_vectors(["a", "b", "a", "c"], rows, extras={"count": np.array([1, 2, 3, 4])}, replace=True)
    assert first.index_to_key == last.index_to_key == ["a", "b", "c"]
    assert first.vectors.tolist() == [[0, 1], [2, 3], [6, 7]]
    assert last.vectors.tolist() == [[4, 5], [2, 3], [6, 7]]
    assert first.expandos["count"].tolist() == [1, 2, 4]
    assert last.expandos["count"].tolist() == [3, 2, 4]


def test_rows_laid_out_in_advance():
    kv = KeyedVectors(2, count=3)
    kv.add_vector("a", [1, 0])
    kv.add_vector("b", [1, 1])
    assert (len(kv), kv.index_to_key) == (3, ["a", "b", None])
    assert [key for key, _ in kv.most_similar("a")] == ["b"]  # the free row is no answer
    assert list(kv.to_table().keys) == ["a", "b"]
    assert (kv.add_vector("a", [5, 5]), kv.add_vector("c", [0, 1]), kv.add_vector("d", [2, 2])) == (0, 2, 3)
    assert kv["a"].tolist() == [1, 0]
    assert kv.to_table().vectors.tolist() == [[1, 0], [1, 1], [0, 1], [2, 2]]


def test_int_keys_are_keys():
    """Item 0 is not row 0."""
    kv = KeyedVectors.from_table(VectorTable([7, 3, 0], np.array([[1, 0], [1, 1], [0, 1]], "f")))
    assert kv[0].tolist() == [0, 1]
    assert kv.get_index(np.int64(3)) == 1
    assert 1 not in kv
    with pytest.raises(UnknownWordError):
        kv[2]
    assert [key for key, _ in kv.most_similar(7)] == [3, 0]
    assert kv.most_similar_cosmul([7], [0])[0][0] == 3
    assert kv[[0, 7]].tolist() == [[0, 1], [1, 0]]


def test_vectors_are_handed_out_read_only(kv):
    with pytest.raises(ValueError, match="read-only"):
        kv["word1"][0] = 1
    kv[["word1"]][0] = 1  # a copy
    assert kv["word1"].tolist() == random_table().vectors[1].tolist()


def test_norms_follow_the_matrix(kv):
    before = kv.norms
    kv.vectors = kv.vectors * 2
    np.testing.assert_allclose(kv.norms, 2 * before, rtol=1e-6)
    kv.vectors *= 2  # an assignment too
    np.testing.assert_allclose(kv.norms, 4 * before, rtol=1e-6)
    kv.vectors[0] = 0
    kv.fill_norms(force=True)
    assert kv.norms[0] == 0


def test_half_precision():
    table = random_table()
    kv = KeyedVectors.from_table(table._replace(vectors=table.vectors.astype(np.float16)))
    found, exact = (v.most_similar("word1", topn=None) for v in (kv, KeyedVectors.from_table(table)))
    np.testing.assert_allclose(found, exact, atol=2e-3)
    assert kv.norms.dtype == np.float32


def test_attributes():
    kv = KeyedVectors(2)
    kv.add_vectors(["a", "b"], np.ones((2, 2)))
    kv.set_vecattr("a", "count", 3)
    kv.set_vecattr("b", "name", "a long string")
    assert [kv.get_vecattr(k, "count") for k in "ab"] == [3, 0]
    assert kv.get_vecattr("b", "name") == "a long string"
    with pytest.raises(TypeError, match="convert the value"):
        kv.set_vecattr("a", "count", 0.5)
    kv.add_vectors(["c"], np.ones((1, 2)))
    assert kv.get_vecattr("c", "count") == 0


def test_old_names_warn_and_work(kv):
    names = {
        "vocab": lambda: kv.vocab["word3"].index == 3 and kv.vocab["word3"].count == kv.get_vecattr("word3", "count"),
        "index2word": lambda: kv.index2word[3] == "word3",
        "index2entity": lambda: kv.index2entity[3] == "word3",
        "word_vec": lambda: kv.word_vec("word3", use_norm=True).tolist() == kv.get_vector("word3", True).tolist(),
        "words_closer_than": lambda: kv.words_closer_than("word1", "word2") == kv.closer_than("word1", "word2"),
    }
    for name, works in names.items():
        with pytest.warns(DeprecationWarning, match=f"{name} is gensim 3's name; use ") as caught:
            assert works()
        assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="fill_norms"):
        kv.init_sims()
    with pytest.warns(DeprecationWarning, match="unit_normalize_all"):
        kv.init_sims(replace=True)
    np.testing.assert_allclose(kv.norms, 1, atol=1e-6)


def test_an_indexer_is_asked_instead(kv):
    class Indexer:
        def most_similar(self, vector, topn):
            return [("asked", round(float(np.linalg.norm(vector)), 5))] * topn

    assert kv.most_similar("word1", topn=2, indexer=Indexer()) == [("asked", 1.0)] * 2


@pytest.mark.parametrize("as_mask", [False, True])
def test_restricted_to_rows(kv, as_mask):
    rows = np.array([9, 3, 7, 3, 1])
    mask = np.isin(np.arange(len(kv)), rows)
    given, keys = (mask, [kv.index_to_key[row] for row in np.flatnonzero(mask)]) if as_mask else (
        rows, [kv.index_to_key[row] for row in (9, 3, 7, 1)])  # fmt: skip
    assert kv.most_similar("word1", restrict_to=given) == kv.most_similar("word1", keys=keys)
    assert kv.most_similar_cosmul("word1", restrict_to=given) == kv.most_similar_cosmul("word1", keys=keys)
    assert kv.most_similar_many(["word1"], restrict_to=given) == kv.most_similar_many(["word1"], keys=keys)
    assert kv.similar_by_word("word1", 3, restrict_to=given, where="[79]") == kv.most_similar(
        "word1", topn=3, keys=keys, where="[79]")  # fmt: skip
    assert kv.most_similar("word1", restrict_vocab=4, restrict_to=given)[0][0] == "word3"
    assert kv.most_similar("word1", restrict_to=given[:0] if not as_mask else np.zeros_like(mask)) == []


@pytest.mark.parametrize("wrong", [[-1], [10_000], [0.5], [True, False], [[1, 2]], ["word1"]])
def test_what_is_no_restriction(kv, wrong):
    with pytest.raises(ConfigError, match="restrict_to"):
        kv.most_similar("word1", restrict_to=wrong)
    with pytest.raises(ConfigError, match="leave one of them out"):
        kv.most_similar("word1", restrict_to=[1], keys=["word2"])
