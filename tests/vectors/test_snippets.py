"""Typical snippets on word vectors (tutorials, common answers), run under gensim and here.

Each is a function of the library's `KeyedVectors` class, of vectors of that class, and of a folder. Both give equal
answers; where one does not, `DIFFERENT` says what differs and why.
"""

import json
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from w2v.vectors.keyed_vectors import KeyedVectors

models = pytest.importorskip("gensim.models")
WORDS = ["king", "queen", "man", "woman", "prince", "apple", "pear", "fruit", "paris", "france", "rome", "italy", "cat"]
MATRIX = np.random.default_rng(4).standard_normal((len(WORDS), 8)).astype(np.float32)


def made(kind):
    kv = kind(8)
    kv.add_vectors(list(WORDS), MATRIX.copy())
    for place, word in enumerate(WORDS):
        kv.set_vecattr(word, "count", 100 - place)
    return kv


def restrict(K, kv, folder):  # the usual answer to "restrict word2vec vocabulary"
    kept = [word for word in kv.index_to_key if word in {"cat", "king", "paris"}]
    kv.vectors = np.array([kv[word] for word in kept])
    kv.index_to_key, kv.key_to_index = kept, {word: place for place, word in enumerate(kept)}
    return kv.most_similar("cat")


def debias(K, kv, folder):
    direction = kv.get_vector("king", norm=True) - kv.get_vector("queen", norm=True)
    direction /= np.linalg.norm(direction)
    for place in range(len(kv)):
        kv.vectors[place] -= kv.vectors[place] @ direction * direction
    kv.fill_norms(force=True)
    return kv.similarity("king", "queen"), kv.most_similar("king", topn=3)


def merge(K, kv, folder):
    other = K(8)
    other.add_vectors(["dog", "cat"], np.ones((2, 8), np.float32))
    kv.add_vectors(other.index_to_key, other.vectors)
    return len(kv), kv["dog"], kv["cat"]


def embedding_layer(K, kv, folder):
    table = np.zeros((len(kv) + 1, kv.vector_size), np.float32)
    for word, place in kv.key_to_index.items():
        table[place + 1] = kv[word]
    return table


def document_vector(K, kv, folder):
    known = [kv[word] for word in ["the", "king", "ate", "an", "apple"] if word in kv]
    return np.mean(known, axis=0)


def saved(save, load):
    def snippet(K, kv, folder):
        save(kv, folder)
        back = load(K, folder)
        return back.index_to_key, back.vectors, back.similarity("king", "cat")

    return snippet


def lookup_loop(K, kv, folder):
    found = []
    for word in ["king", "kang", "cat"]:
        try:
            found.append(kv[word][0])
        except KeyError:
            found.append(0)
    return found


def rescaled(K, kv, folder):
    kv.vectors = kv.vectors / np.linalg.norm(kv.vectors, axis=1, keepdims=True)
    return kv.vectors @ kv.vectors[0], kv.most_similar("king", topn=2)


def normalised(K, kv, folder):
    kv.unit_normalize_all()
    return kv.vectors, kv.similarity("cat", "apple")


def chosen(K, kv, folder):
    some = kv.vectors_for_all(["cat", "dog", "king"])
    return some.index_to_key, some.vectors, some.get_vecattr("cat", "count")


def attributes(K, kv, folder):
    kv.set_vecattr("cat", "animal", True)
    return kv.get_vecattr("cat", "animal"), kv.get_vecattr("king", "animal"), kv.get_vecattr("king", "count")


def by_frequency(K, kv, folder):
    kv.set_vecattr("cat", "count", 1000)
    kv.sort_by_descending_frequency()
    return kv.index_to_key[0], kv["cat"]


def laid_out(K, kv, folder):
    new = K(8, count=2)
    return new.add_vector("a", MATRIX[0]), new.add_vector("b", MATRIX[1]), new.index_to_key, new.most_similar("a")


def analogy_file(K, kv, folder):
    (folder / "q").write_text(": capital\nparis france rome italy\nking queen man woman\n: other\ncat dog man woman\n")
    return kv.evaluate_word_analogies(str(folder / "q"))


def pairs_file(K, kv, folder):
    (folder / "p").write_text("king\tqueen\t8\ncat\tapple\t2\nparis\tfrance\t7\nman\tdog\t3\nman\twoman\t6\n")
    pearson, spearman, unknown = kv.evaluate_word_pairs(str(folder / "p"))
    return tuple(pearson), tuple(spearman), unknown


def duplicates(K, kv, folder):
    (folder / "v").write_text("3 2\na 1 2\na 3 4\nb 5 6\n")
    return K.load_word2vec_format(str(folder / "v"), binary=False).index_to_key


def double_in_place(K, kv, folder):
    kv = K(2, dtype=np.float64)
    kv.add_vectors(["a", "b"], np.array([[3.0, 0], [0, 2]]))
    kv.similarity("a", "b")
    return kv.vectors


def stale_norms(K, kv, folder):
    kv.most_similar("king")
    kv.vectors[1] = 9 * kv.vectors[0]
    return kv.most_similar("king", topn=1)


def kept_attributes(K, kv, folder):
    kv.set_vecattr("cat", "animal", 1)
    kv.save(str(folder / "kv"))
    return "animal" in K.load(str(folder / "kv")).expandos


def tutorial_of_words(K, kv, folder):  # the loop over the first words that every tutorial has
    return [word for index, word in enumerate(kv.index_to_key) if index < 3], kv[kv.key_to_index].shape


def without_a_word(K, kv, folder):
    place = kv.key_to_index["queen"]
    kv.vectors = np.delete(kv.vectors, place, 0)
    kv.index_to_key.pop(place)
    kv.key_to_index = {word: place for place, word in enumerate(kv.index_to_key)}
    kv.fill_norms(force=True)
    return kv.most_similar("king", topn=3), kv.doesnt_match(["king", "man", "apple"])


def another_name(K, kv, folder):
    place = kv.key_to_index.pop("cat")
    kv.key_to_index["tiger"], kv.index_to_key[place] = place, "tiger"
    return kv["tiger"], kv.most_similar("tiger", topn=2), "cat" in kv


def fewer_dimensions(K, kv, folder):
    kv.vectors = kv.vectors[:, :3].copy()
    kv.vector_size = 3
    kv.fill_norms(force=True)
    return kv.most_similar("king", topn=3), kv.get_mean_vector(["king", "cat"])


def beside_each_other(K, kv, folder):
    both = K(16)
    both.add_vectors(kv.index_to_key, np.hstack([kv.vectors, kv.vectors[:, ::-1]]))
    return both.most_similar("king", topn=3)


def histwords(K, kv, folder):  # the usual alignment of two periods
    other = K(8)
    other.add_vectors(["dog", *WORDS[4:]], np.ones((10, 8), np.float32) + np.eye(10, 8, dtype=np.float32))
    common = [word for word in WORDS if word in other.key_to_index]
    for one in (kv, other):
        one.vectors = np.array([one.vectors[one.key_to_index[word]] for word in common])
        one.index_to_key, one.key_to_index = common, {word: place for place, word in enumerate(common)}
        one.fill_norms(force=True)
    u, _, v = np.linalg.svd(other.get_normed_vectors().T @ kv.get_normed_vectors())
    other.vectors = other.vectors @ (u @ v)
    return len(other), other.similarity("cat", "rome"), kv.most_similar("cat", topn=2)


def in_threads(K, kv, folder):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda word: kv.most_similar(word, topn=2), WORDS))


class Nearest:
    """An approximate index of one's own."""

    def most_similar(self, vector, topn):
        return [("cat", float(vector @ vector)), ("pear", 0.5)][:topn]


SNIPPETS = {
    "first words of a tutorial": tutorial_of_words,
    "a word taken out": without_a_word,
    "a word renamed": another_name,
    "fewer dimensions": fewer_dimensions,
    "two models side by side": beside_each_other,
    "periods aligned": histwords,
    "many threads": in_threads,
    "an indexer": lambda K, kv, folder: kv.most_similar("king", topn=2, indexer=Nearest()),
    "a mixture of everything": lambda K, kv, folder: kv.most_similar(
        positive=[("king", 1.5), 3, kv["cat"]], negative=["man", ("pear", 0.5)], topn=4
    ),
    "only negatives": lambda K, kv, folder: kv.most_similar(negative=["man"], topn=2),
    "no neighbours": lambda K, kv, folder: (kv.most_similar("king", topn=0), kv.most_similar("king", topn=False)),
    "NumPy's strings": lambda K, kv, folder: (kv[np.str_("cat")], kv[np.array(["cat", "king"])]),
    "a list of names": lambda K, kv, folder: sorted(set(kv.key_to_index) & {"cat", "dog"}),
    "a matrix of cosines": lambda K, kv, folder: kv.get_normed_vectors() @ kv.get_normed_vectors().T,
    "most_similar by pickle": lambda K, kv, folder: pickle.loads(pickle.dumps(kv.most_similar))("cat", topn=1),
    "words in an order": lambda K, kv, folder: [kv.get_vecattr(w, "count") for w in sorted(kv.index_to_key)],
    "most_similar": lambda K, kv, folder: kv.most_similar("king"),
    "most_similar topn": lambda K, kv, folder: kv.most_similar(positive=["king"], topn=3),
    "king - man + woman": lambda K, kv, folder: kv.most_similar(positive=["king", "woman"], negative=["man"], topn=1),
    "cosmul": lambda K, kv, folder: kv.most_similar_cosmul(positive=["king", "woman"], negative=["man"]),
    "weights": lambda K, kv, folder: kv.most_similar(positive=[("king", 0.7), ("cat", 0.3)]),
    "a sum of vectors": lambda K, kv, folder: kv.most_similar(positive=[kv["king"] - kv["man"] + kv["woman"]], topn=4),
    "similar_by_vector": lambda K, kv, folder: kv.similar_by_vector(kv["king"] + kv["cat"], topn=5),
    "similar_by_word": lambda K, kv, folder: kv.similar_by_word("cat", 4),
    "similar_by_key, all": lambda K, kv, folder: kv.similar_by_key("cat", topn=None),
    "restrict_vocab": lambda K, kv, folder: kv.most_similar("king", restrict_vocab=5),
    "clip": lambda K, kv, folder: kv.most_similar("king", clip_start=3, clip_end=9, topn=3),
    "similarity": lambda K, kv, folder: kv.similarity("king", "queen"),
    "similarity, rounded": lambda K, kv, folder: str(kv.similarity("king", "queen").round(2)),
    "similarity formatted": lambda K, kv, folder: f"{kv.similarity('king', 'queen'):.4f}",
    "distance": lambda K, kv, folder: kv.distance("cat", "pear"),
    "distance from itself": lambda K, kv, folder: kv.distance("cat", "cat"),
    "distances": lambda K, kv, folder: kv.distances("cat", ["king", "apple"]),
    "distances to all": lambda K, kv, folder: kv.distances("cat"),
    "sorted by distance": lambda K, kv, folder: np.argsort(kv.distances("cat"))[1:4],
    "matrix of similarities": lambda K, kv, folder: [[kv.similarity(a, b) for a in WORDS[:4]] for b in WORDS[:4]],
    "n_similarity": lambda K, kv, folder: kv.n_similarity(["king", "man"], ["queen", "woman"]),
    "doesnt_match": lambda K, kv, folder: kv.doesnt_match(["apple", "pear", "fruit", "cat"]),
    "rank": lambda K, kv, folder: (kv.rank("king", "queen"), kv.closer_than("king", "queen")),
    "most_similar_to_given": lambda K, kv, folder: kv.most_similar_to_given("rome", ["paris", "cat", "italy"]),
    "relative_cosine_similarity": lambda K, kv, folder: kv.relative_cosine_similarity("king", "queen", 5),
    "cosine_similarities": lambda K, kv, folder: K.cosine_similarities(kv["cat"], kv.vectors),
    "get_mean_vector": lambda K, kv, folder: kv.get_mean_vector(["king", "dog", "cat"], pre_normalize=False),
    "in": lambda K, kv, folder: ("king" in kv, "dog" in kv, kv.has_index_for("cat")),
    "len and size": lambda K, kv, folder: (len(kv), kv.vector_size, kv.vectors.shape, str(kv.vectors.dtype)),
    "key_to_index": lambda K, kv, folder: (kv.key_to_index["cat"], kv.get_index("dog", default=-1)),
    "first words": lambda K, kv, folder: (kv.index_to_key[:3], list(kv.key_to_index)[:3]),
    "padding": lambda K, kv, folder: ["<pad>"] + kv.index_to_key,
    "json of the words": lambda K, kv, folder: json.dumps(kv.index_to_key),
    "by row": lambda K, kv, folder: (kv[0], kv.get_vector(3), kv[kv.index_to_key[4]]),
    "several": lambda K, kv, folder: kv[["king", "cat"]],
    "norm": lambda K, kv, folder: (kv.get_vector("cat", norm=True), np.linalg.norm(kv["cat"])),
    "all normed": lambda K, kv, folder: kv.get_normed_vectors(),
    "norms": lambda K, kv, folder: (kv.fill_norms(), kv.norms)[1],
    "counts": lambda K, kv, folder: [kv.get_vecattr(word, "count") for word in ("king", "cat")],
    "dictionary of vectors": lambda K, kv, folder: {word: kv[word].tolist() for word in kv.index_to_key},
    "pickle": lambda K, kv, folder: pickle.loads(pickle.dumps(kv)).most_similar("cat", topn=2),
    "set one": lambda K, kv, folder: (kv.__setitem__("cat", np.ones(8, np.float32)), kv.most_similar("cat", topn=2))[1],
    "loop with except": lookup_loop,
    "restrict": restrict,
    "debias": debias,
    "merge": merge,
    "embedding layer": embedding_layer,
    "document vector": document_vector,
    "rescale": rescaled,
    "unit_normalize_all": normalised,
    "vectors_for_all": chosen,
    "attributes": attributes,
    "sort": by_frequency,
    "laid out in advance": laid_out,
    "analogy file": analogy_file,
    "pairs file": pairs_file,
    "save and load": saved(lambda kv, f: kv.save(str(f / "kv")), lambda K, f: K.load(str(f / "kv"))),
    "save and map": saved(lambda kv, f: kv.save(str(f / "kv")), lambda K, f: K.load(str(f / "kv"), mmap="r")),
    "text file": saved(
        lambda kv, f: kv.save_word2vec_format(str(f / "t")), lambda K, f: K.load_word2vec_format(str(f / "t"))
    ),
    "binary file": saved(
        lambda kv, f: kv.save_word2vec_format(str(f / "b"), binary=True),
        lambda K, f: K.load_word2vec_format(str(f / "b"), binary=True, limit=13),
    ),
    "GloVe file": saved(
        lambda kv, f: kv.save_word2vec_format(str(f / "g"), write_header=False),
        lambda K, f: K.load_word2vec_format(str(f / "g"), binary=False, no_header=True),
    ),
    "with a file of counts": saved(
        lambda kv, f: kv.save_word2vec_format(str(f / "c.gz"), fvocab=str(f / "vocab")),
        lambda K, f: K.load_word2vec_format(str(f / "c.gz"), fvocab=str(f / "vocab"), unicode_errors="ignore"),
    ),
}

DIFFERENT = {
    duplicates: "gensim leaves a key None for each row that it dropped",
    double_in_place: "gensim's `similarity` scales float64 vectors in place (a slip: float32 ones are copied)",
    stale_norms: "gensim searches with norms from before the change until `fill_norms(force=True)`",
    kept_attributes: "attributes other than the count are not in a .w2v file, and `save` warns of it",
}


def same(ours, theirs):
    """Equal, numbers to six digits, whatever kind of number or sequence holds them."""
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        ours, theirs = list(ours.values()), list(theirs.values())
    if isinstance(theirs, np.ndarray) and theirs.dtype.kind == "f":
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    elif isinstance(theirs, list | tuple | np.ndarray):
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            same(mine, other)
    elif isinstance(theirs, float | np.floating):
        assert ours == pytest.approx(float(theirs), abs=1e-6)
    else:
        assert ours == theirs


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
def test_the_answer_is_gensims(snippet, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gensim's own
        theirs = snippet(models.KeyedVectors, made(models.KeyedVectors), tmp_path)
    same(snippet(KeyedVectors, made(KeyedVectors), tmp_path), theirs)


def tried(call):
    try:
        return call()
    except ValueError:
        return "refused"


def small(K, keys="ab", rows=((1, 2), (3, 4)), **settings):
    kv = K(len(rows[0]), **settings)
    kv.add_vectors(list(keys), np.array(rows))
    return kv


def one_zero(K, kv, folder):
    kv.vectors[3] = 0
    kv.fill_norms(force=True)
    return bool(np.isnan(kv.distances("cat")[3])), kv.similarity("cat", WORDS[3])


def equal_counts(K, kv, folder):
    for word, count in zip(WORDS, [5, 7, 7, *[1] * 10], strict=True):
        kv.set_vecattr(word, "count", count)
    kv.sort_by_descending_frequency()
    return kv.index_to_key[:3]


def writing_map(K, kv, folder):
    kv.save(str(folder / "kv"))
    return tried(lambda: len(K.load(str(folder / "kv"), mmap="r+")))


def text_with_nan(K, kv, folder):
    (folder / "v").write_text("1 2\na nan 1\n")
    return tried(lambda: len(K.load_word2vec_format(str(folder / "v"))))


def no_float32(K, kv, folder):
    small(K, "a", [[1e39, 1]], dtype=np.float64).save_word2vec_format(str(folder / "v"), binary=True)
    return "written"


def event(K, kv, folder):
    kv.lifecycle_events = []
    kv.add_lifecycle_event("published")
    return len(kv.lifecycle_events)


# What docs/gensim.md says that both do: gensim's, and ours.
STATED = {
    one_zero: ((True, 0), (False, 0)),
    equal_counts: (["man", "queen", "king"], ["queen", "man", "king"]),
    writing_map: (13, "refused"),
    text_with_nan: (1, "refused"),
    event: (1, 0),
    lambda K, kv, folder: len(small(K, "aa")): (2, 1),
    lambda K, kv, folder: 0 in small(K, [7, 8]): (True, False),
    lambda K, kv, folder: tried(lambda: kv.save(str(folder / "kv.gz"))): (None, "refused"),
    lambda K, kv, folder: int(small(K, "ab").add_vector("a", [9, 9])): (2, 0),
    lambda K, kv, folder: tried(lambda: no_float32(K, kv, folder)): ("written", "refused"),
    lambda K, kv, folder: len(kv.most_similar_cosmul("king", topn=9, restrict_vocab=3)): (9, 2),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("snippet", STATED)
def test_what_the_page_says_of_both(snippet, tmp_path):
    theirs, ours = (snippet(kind, made(kind), tmp_path) for kind in (models.KeyedVectors, KeyedVectors))
    assert (theirs, ours) == STATED[snippet]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("snippet", DIFFERENT, ids=lambda snippet: snippet.__name__)
def test_what_differs_still_does(snippet, tmp_path):
    """If one of these fails, take it out of `DIFFERENT` and of docs/gensim.md."""
    ours, theirs = (snippet(kind, made(kind), tmp_path) for kind in (KeyedVectors, models.KeyedVectors))
    with pytest.raises(AssertionError):
        same(ours, theirs)
