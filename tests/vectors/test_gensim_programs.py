"""What a gensim program does beside asking: the same under both libraries, row by row of what once differed."""

import copy
import inspect
import json
import pickle
import warnings

import numpy as np
import pytest

from w2v.cli.info import describe_file
from w2v.config import TextConfig, TrainConfig
from w2v.errors import W2VError
from w2v.formats.vector_files import VectorTable
from w2v.vectors.keyed_vectors import KeyedVectors

models = pytest.importorskip("gensim.models")
Theirs = models.KeyedVectors
BOTH = (KeyedVectors, Theirs)


def filled(kind, n=20, d=4, dtype=np.float32):
    kv = kind(d, dtype=dtype)
    kv.add_vectors([f"w{i}" for i in range(n)], np.random.default_rng(0).standard_normal((n, d)))
    return kv


@pytest.fixture
def text(tmp_path):
    """Writes a file and gives its name."""

    def write(data):
        (tmp_path / "file").write_bytes(data)
        return str(tmp_path / "file")

    return write


# ---- files


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("data", [
    b"2 2\na 1 2\nb 3 4", b"1 1\na 1", b"0 2\na 1 2\n",
    b"3 2\na\tb 1 2\nc\rd 3 4\n\ve\v 5 6\n", b"2 2\n 1 2\nb 3 4\n", b"1 2\na 1 2\nb 3 4\n",
    b"0 2\na 1 2\n", b"2 2\r\na 1 2\r\nb 3 4\r\n", b"2 2\na 1 2 \nb 3 4 \n",
])  # fmt: skip
def test_text_files_are_read_alike(text, data):
    ours, theirs = (kind.load_word2vec_format(text(data)) for kind in BOTH)
    assert ours.index_to_key == theirs.index_to_key
    np.testing.assert_array_equal(ours.vectors, theirs.vectors)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_binary_files_are_read_alike(text):
    one = np.float32([1, 2]).tobytes()
    for data in (
        b"2 2\n " + one + b"b " + one,
        b"1 2\na " + one + b"b " + one,
        b"2 2\na\t " + one + b"\nb\r " + one,
    ):
        ours, theirs = (kind.load_word2vec_format(text(data), binary=True) for kind in BOTH)
        assert ours.index_to_key == theirs.index_to_key
        np.testing.assert_array_equal(ours.vectors, theirs.vectors)


def test_a_program_that_tries_text_before_binary(tmp_path):
    for kind in BOTH:
        filled(kind).save_word2vec_format(str(tmp_path / "v.bin"), binary=True)
        with pytest.raises(UnicodeDecodeError):
            kind.load_word2vec_format(str(tmp_path / "v.bin"))
    with pytest.raises(UnicodeDecodeError, match="line 2 .*if the file is binary, read it with binary=True"):
        KeyedVectors.load_word2vec_format(str(tmp_path / "v.bin"))


@pytest.mark.parametrize("binary", [False, True])
def test_odd_words_are_written_alike(tmp_path, binary):
    words = ["a", "", "b\tc", "d\re", "\v"]
    for kind, name in zip(BOTH, ("ours", "theirs"), strict=True):
        kv = kind(2)
        kv.add_vectors(words, np.arange(10).reshape(5, 2) + 0.5)
        kv.save_word2vec_format(str(tmp_path / name), binary=binary)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    for kind in BOTH:
        assert kind.load_word2vec_format(str(tmp_path / "ours"), binary=binary).index_to_key == words


def test_double_precision_is_kept(tmp_path):
    for kind in BOTH:
        kv = kind(2, dtype=np.float64)
        kv.add_vectors(["a", "b"], [[1e39, 1 / 3], [1e-300, -2.5]])
        kv.save(str(tmp_path / "kv"))
        back = kind.load(str(tmp_path / "kv"))
        assert back.vectors.dtype == np.float64
        np.testing.assert_array_equal(back.vectors, kv.vectors)
        kv.save_word2vec_format(str(tmp_path / "kv.txt"))
        back = kind.load_word2vec_format(str(tmp_path / "kv.txt"), datatype=np.float64)
        np.testing.assert_array_equal(back.vectors, kv.vectors)


def test_made_up_counts_are_gensims_and_said_to_be(tmp_path):
    filled(KeyedVectors).save_word2vec_format(tmp_path / "v.txt")
    ours, theirs = (kind.load_word2vec_format(str(tmp_path / "v.txt"), limit=7) for kind in BOTH)
    assert ours.expandos["count"].tolist() == theirs.expandos["count"].tolist() == [7, 6, 5, 4, 3, 2, 1]
    assert ours.vectors_for_all(["w3", "w1"]).get_vecattr("w3", "count") == 2
    ours.save(tmp_path / "v.w2v")
    again = KeyedVectors.load(tmp_path / "v.w2v")
    assert again.get_vecattr("w0", "count") == 7 and again.counts_are_made_up
    assert "counts: none; there are numbers made up from the rank" in "\n".join(
        describe_file(str(tmp_path / "v.w2v"), TrainConfig(), TextConfig())
    )
    again.set_vecattr("w0", "count", 1000)
    assert not again.counts_are_made_up


def test_saving_and_loading_take_gensims_settings(tmp_path):
    kv = filled(KeyedVectors)
    kv.save(str(tmp_path / "v"), separately=["vectors"], sep_limit=1024, ignore=frozenset(["norms"]), pickle_protocol=4)
    for mmap in (None, "r", "c"):
        assert KeyedVectors.load(str(tmp_path / "v"), mmap=mmap).index_to_key == kv.index_to_key
    with pytest.raises(W2VError, match="give the name of a file"):
        kv.save(object())


def test_what_is_loaded_can_be_changed(tmp_path):
    for kind in BOTH:
        kv = filled(kind)
        kv.save(str(tmp_path / "v"))
        before = (tmp_path / "v").read_bytes()
        loaded = kind.load(str(tmp_path / "v"))
        loaded.vectors /= 2
        loaded.vectors[3] = 0
        np.testing.assert_array_equal(loaded.vectors[2], kv.vectors[2] / 2)
        assert loaded.similarity("w3", "w1") == 0
        assert (tmp_path / "v").read_bytes() == before


# ---- errors


ERRORS = {
    FileNotFoundError: [
        lambda kind, name: kind.load_word2vec_format(name + ".missing"),
        lambda kind, name: kind.load(name + "x"),
    ],
    IsADirectoryError: [lambda kind, name: kind.load_word2vec_format(name.removesuffix("file"))],
    OSError: [lambda kind, name: filled(kind).save_word2vec_format(name + "/no/such/folder")],
    UnicodeDecodeError: [
        lambda kind, name: kind.load_word2vec_format(write(name, b"1 2\n\xff 1 2\n")),
        lambda kind, name: kind.load_word2vec_format(write(name, b"1 2\n\xff " + bytes(8)), binary=True),
    ],
    EOFError: [
        lambda kind, name: kind.load_word2vec_format(write(name, b"3 2\naaaaaaaaaaaa 1 2\n")),
        lambda kind, name: kind.load_word2vec_format(write(name, b"2 2\naaaaaaaaaaaaaaaaa " + bytes(8)), binary=True),
    ],
    ValueError: [
        lambda kind, name: kind.load_word2vec_format(write(name, b"no header\n")),
        lambda kind, name: kind.load_word2vec_format(write(name, b"1 2\na 1 x\n")),
        lambda kind, name: kind.load_word2vec_format(write(name, b"1 2\na 1 2 3\n")),
        lambda kind, name: filled(kind).most_similar([]),
        lambda kind, name: filled(kind).add_vectors(["a"], np.ones((1, 9))),
        lambda kind, name: filled(kind).doesnt_match([]),
        lambda kind, name: filled(kind).get_mean_vector(["w1"], [1, 2]),
        lambda kind, name: filled(kind).save_word2vec_format(name, fvocab=name + "v"),
    ],
    KeyError: [
        lambda kind, name: filled(kind)["nobody"],
        lambda kind, name: filled(kind).most_similar("nobody"),
        lambda kind, name: filled(kind).similarity("nobody", "w1"),
        lambda kind, name: filled(kind).get_vecattr("w1", "colour"),
        lambda kind, name: filled(kind).sort_by_descending_frequency(),
        lambda kind, name: filled(kind).get_mean_vector(["nobody"], ignore_missing=False),
    ],
    ZeroDivisionError: [lambda kind, name: filled(kind).n_similarity([], ["w1"])],
    TypeError: [lambda kind, name: filled(kind).set_vecattr("w1", "count", 3) or fraction(kind)],
}  # fmt: skip


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


def fraction(kind):
    kv = filled(kind)
    kv.set_vecattr("w1", "count", 3)
    kv.set_vecattr("w1", "count", 0.5)


@pytest.mark.parametrize(
    ("error", "ask"), [(error, ask) for error, asked in ERRORS.items() for ask in asked],
    ids=[f"{error.__name__}{place}" for error, asked in ERRORS.items() for place in range(len(asked))],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_errors_are_what_gensim_raises(text, error, ask):
    for kind in BOTH:
        with pytest.raises(error) as caught:
            ask(kind, text(b""))
    with pytest.raises(error) as caught:
        ask(KeyedVectors, text(b""))
    if isinstance(caught.value, W2VError):
        sentence = str(caught.value)
        assert "[Errno" not in sentence and not sentence.startswith("'unk")
        assert str(pickle.loads(pickle.dumps(caught.value))) == sentence


@pytest.mark.parametrize("name", [name for name in vars(Theirs) if callable(getattr(Theirs, name)) and name[0] != "_"])
def test_arguments_stand_in_gensims_order(name):
    if name == "similarity_unseen_docs":  # raises in gensim
        return
    theirs, ours = (list(inspect.signature(getattr(kind, name)).parameters) for kind in (Theirs, KeyedVectors))
    theirs = [argument for argument in theirs if argument not in ("args", "kwargs", "self")]
    ours = [argument for argument in ours if argument not in ("store", "self")]
    assert ours[: len(theirs)] == theirs


# ---- types


def test_numbers_are_numpys():
    for dtype in (np.float32, np.float64):
        for name, arguments in {
            "similarity": ("w1", "w2"), "distance": ("w1", "w2"), "n_similarity": (["w1", "w3"], ["w2"]),
        }.items():  # fmt: skip
            # Vectors made anew: gensim's `similarity` scales float64 vectors in place.
            mine, other = (getattr(filled(kind, dtype=dtype), name)(*arguments) for kind in BOTH)
            assert mine.round(2) == other.round(2) and type(mine) is type(other), name


def test_keys_are_a_list(tmp_path):
    filled(KeyedVectors).save(tmp_path / "v.w2v")
    kv = KeyedVectors.load(tmp_path / "v.w2v")
    assert json.loads(json.dumps(kv.index_to_key)) == kv.index_to_key
    assert (["<pad>"] + kv.index_to_key)[1] == "w0" and kv.index_to_key.copy() == kv.index_to_key
    kv.index_to_key.append("more")
    kv.resize_vectors(seed=3)
    assert kv.vectors.shape == (21, 4) and KeyedVectors.load(tmp_path / "v.w2v").index_to_key[-1] == "w19"


def test_resized_vectors_are_gensims():
    found = []
    for kind in BOTH:
        kv = filled(kind)
        kv.set_vecattr("w1", "count", 5)
        kv.index_to_key += ["x", "y"]
        kv.key_to_index.update(x=20, y=21)
        kv.resize_vectors(seed=7)
        kv.fill_norms(force=True)
        found.append([kv.vectors, kv.expandos["count"], kv.most_similar("x", topn=3)])
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1].tolist() == found[1][1].tolist()
    assert [key for key, _ in found[0][2]] == [key for key, _ in found[1][2]]


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint64])
def test_small_integers_ask_for_few_neighbours(kind):
    keys, matrix = [f"w{i}" for i in range(20_000)], np.random.default_rng(0).standard_normal((20_000, 3)).astype("f")
    kv = KeyedVectors.from_table(VectorTable(keys, matrix))
    for ask in (kv.most_similar, kv.most_similar_cosmul, kv.similar_by_word):
        assert ask("w1", topn=kind(5)) == ask("w1", topn=5)
        assert ask("w1", topn=kind(0)) == []
    assert kv.most_similar_many(["w1"], topn=kind(5)) == [kv.most_similar("w1", topn=5)]


# ---- gensim's other classes over our vectors


def test_the_soft_cosine_tutorial():
    from gensim.corpora import Dictionary
    from gensim.models import TfidfModel
    from gensim.similarities import SoftCosineSimilarity, SparseTermSimilarityMatrix, WordEmbeddingSimilarityIndex

    documents = [[f"w{i}" for i in range(start, start + 9)] for start in range(0, 300, 7)]
    dictionary = Dictionary(documents)
    tfidf = TfidfModel(dictionary=dictionary)
    found = []
    for kind in BOTH:
        index = WordEmbeddingSimilarityIndex(filled(kind, n=400), threshold=0.1)
        matrix = SparseTermSimilarityMatrix(index, dictionary, tfidf, nonzero_limit=100)
        bags = [tfidf[dictionary.doc2bow(document)] for document in documents]
        similarity = matrix.inner_product(bags[0], bags[5], normalized=(True, True))
        found.append([similarity, *np.asarray(SoftCosineSimilarity(bags[:5], matrix)[bags[7]])])
    np.testing.assert_allclose(*found, atol=1e-5)


def test_word_movers_distance():
    pytest.importorskip("ot")
    ours, theirs = (filled(kind) for kind in BOTH)
    for first, second in [
        (["w1", "w2", "w2", "nobody"], ["w3", "w4"]), (["w1"], ["w2"]), (["w1"], ["w1"]), (["nobody"], ["w1"]),
        (["w1", "w2"], ["w2", "w3"]), ([], []),
    ]:  # fmt: skip
        for norm in (True, False):
            assert ours.wmdistance(first, second, norm) == pytest.approx(theirs.wmdistance(first, second, norm))


def test_word_movers_distance_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ot", None)
    with pytest.raises(ImportError, match=r"pip install 'w2v\[wmd\]'"):
        filled(KeyedVectors).wmdistance(["w1"], ["w2"])


def test_gensims_indexer_answers():
    """Its constructor knows gensim's classes only; what it does there are two lines."""
    pytest.importorskip("annoy")
    from gensim.similarities.annoy import AnnoyIndexer

    ours, theirs = (filled(kind, n=200) for kind in BOTH)
    indexer = AnnoyIndexer(num_trees=5)
    indexer.model = ours
    indexer._build_from_model(ours.get_normed_vectors(), ours.index_to_key, ours.vector_size)
    found, expected = (kv.most_similar("w3", topn=5, indexer=indexer) for kv in (ours, theirs))
    assert [key for key, _ in found] == [key for key, _ in expected]


def test_copies_are_apart():
    for kind in BOTH:
        kv = filled(kind)
        other = copy.deepcopy(kv)
        other.vectors[1] = 9
        other.index_to_key.append("x")
        assert kv.vectors[1, 0] != 9 and len(kv.index_to_key) == 20


def test_locks_and_other_vectors_by_file(tmp_path):
    filled(KeyedVectors, n=5).save_word2vec_format(tmp_path / "v.txt")
    for kind in BOTH:
        kv = kind(4)
        kv.add_vectors(["x", "w2", "w4"], np.ones((3, 4)))
        kv.vectors_lockf = np.ones(3, np.float32)
        kv.intersect_word2vec_format(str(tmp_path / "v.txt"), lockf=0.0)
        assert kv.vectors_lockf.tolist() == [1, 0, 0]
        np.testing.assert_array_equal(kv["w2"], filled(KeyedVectors, n=5)["w2"])
        assert kv["x"].tolist() == [1, 1, 1, 1]


def test_adding_one_by_one_and_many_at_once():
    found = []
    for kind in BOTH:
        kv = kind(2, count=2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # gensim: growing by one is slow
            rows = [kv.add_vector(key, [place, 1]) for place, key in enumerate("abcd")]
        kv.add_vectors(["e", "a"], [[7, 7], [8, 8]])  # gensim's `extras` ends in a ValueError
        kv["a"] = np.array([9, 9])
        found.append((rows, kv.index_to_key, kv.vectors.tolist(), kv.key_to_index))
    assert found[0] == found[1]
