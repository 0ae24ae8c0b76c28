"""Typical snippets on word vectors (tutorials, common answers), run under gensim and here.

Each is a function of the library's `KeyedVectors` class, of vectors of that class, and of a folder. Both give equal
answers; where one does not, `DIFFERENT` says what differs and why.
"""

import json
import pickle
import warnings

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


SNIPPETS = {
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


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("snippet", DIFFERENT, ids=lambda snippet: snippet.__name__)
def test_what_differs_still_does(snippet, tmp_path):
    """If one of these fails, take it out of `DIFFERENT` and of docs/gensim.md."""
    ours, theirs = (snippet(kind, made(kind), tmp_path) for kind in (KeyedVectors, models.KeyedVectors))
    with pytest.raises(AssertionError):
        same(ours, theirs)
