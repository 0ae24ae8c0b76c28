"""How `KeyedVectors` is put together: a store, and functions of a store that are bound as its methods."""

import ast
import copy
import inspect
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import w2v.vectors
from w2v.errors import UnknownWordError
from w2v.formats.vector_files import VectorTable
from w2v.vectors import (
    files,
    gensim_evaluation,
    gensim_names,
    legacy,
    postprocessing,
    queries,
    recipe,
    search,
    transport,
)  # fmt: skip
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.store import VectorStore

# The files of the room; each imports only from those before it.
FILES = [
    "spelling", "byte_rows", "normed", "store", "recipe", "postprocessing", "steps", "search", "ann", "queries",
    "transport", "encoding", "legacy", "files", "gensim_names", "gensim_evaluation", "keyed_vectors", "subword_vectors",
    "text_search",
]  # fmt: skip
LATE = {"keyed_vectors": {"subword_vectors"}}  # `load` gives vectors of that class where a file has n-grams

PARTS = ("text_config",)  # functions that are no method

# What callers may rely on: names of parameters, their order, their defaults.
SIGNATURES = """
add_lifecycle_event(event_name, log_level=20, **event)
add_output(weight=1.0)
add_vector(key, vector)
add_vectors(keys, weights, extras=None, replace=False)
all_but_the_top(n=None)
allocate_vecattrs(attrs=None, types=None)
as_trained(text)
build_index(threads=None)
center()
closer_than(key1, key2)
cosine_similarities(vector_1, vectors_all)
counts_are_made_up property
distance(w1, w2)
distances(word_or_vector, other_words=(), missing='raise')
divisors(rows=slice(None, None, None))
doesnt_match(words, missing='skip')
encode(texts, weights='uniform', *, normalize=False, threads=None, show_progress=False)
evaluate_word_analogies(analogies, restrict_vocab=300000, case_insensitive=True, dummy4unknown=False,
    similarity_function='most_similar')
evaluate_word_pairs(pairs, delimiter=None, encoding='utf8', restrict_vocab=300000, case_insensitive=True,
    dummy4unknown=False)
fill_norms(force=False)
from_table(table, source=None)
get_index(key, default=None)
get_mean_vector(keys, weights=None, pre_normalize=True, post_normalize=False, ignore_missing=True, missing=None)
get_normed_vectors()
get_vecattr(key, attr)
get_vector(key, norm=False)
get_vectors(keys, missing='raise', norm=False)
has_index_for(key)
has_int_keys property
hold(matrix)
index2entity property
index2word property
index_to_key property
indices_of(keys, missing='raise')
init_sims(replace=False)
intersect_word2vec_format(fname, lockf=0.0, binary=False, encoding='utf8', unicode_errors='strict')
key_to_index property
load(fname, mmap=None)
load_word2vec_format(fname, fvocab=None, binary=False, encoding='utf8', unicode_errors='strict', limit=None,
    datatype=<class 'numpy.float32'>, no_header=False)
log_accuracy(section)
log_evaluate_word_pairs(pearson, spearman, oov, pairs)
make_up_counts()
matrix property
most_similar(positive=None, negative=None, topn=10, clip_start=0, clip_end=None, restrict_vocab=None, indexer=None,
    *, keys=None, where=None, missing='raise', restrict_to=None)
most_similar_cosmul(positive=None, negative=None, topn=10, restrict_vocab=None, *, keys=None, where=None,
    missing='raise', restrict_to=None)
most_similar_many(queries, topn=10, restrict_vocab=None, *, keys=None, where=None, missing='raise', restrict_to=None)
most_similar_to_given(key1, keys_list)
n_similarity(ws1, ws2, missing='skip')
norms property
own_keys()
own_vectors()
pca(n)
phrase_model()
postprocess(steps)
rank(key1, key2)
rank_by_centrality(words, use_norm=True, missing='skip')
relative_cosine_similarity(wa, wb, topn=10)
resize_vectors(seed=0)
save(fname, separately=None, sep_limit=10485760, ignore=frozenset(), pickle_protocol=4, *, dtype=None, max_words=None,
    prune_buckets=None)
save_word2vec_format(fname, fvocab=None, binary=False, total_vec=None, write_header=True, prefix='', append=False,
    sort_attr='count')
set_vecattr(key, attr, val)
similar_by_key(key, topn=10, restrict_vocab=None, **options)
similar_by_vector(vector, topn=10, restrict_vocab=None, **options)
similar_by_word(word, topn=10, restrict_vocab=None, **options)
similarity(w1, w2)
sort_by_descending_frequency()
text_similarity(text1, text2)
to_records(keys=None)
to_table()
trained()
unit_length()
unit_normalize_all()
vectors property
vectors_for_all(keys, allow_inference=True, copy_vecattrs=False)
vocab property
whiten()
wmdistance(document1, document2, norm=True)
word_vec(word, use_norm=False, norm=False)
words_closer_than(word1, word2)
zipf_center()
zipf_whiten()
"""


def table():
    rng = np.random.default_rng(0)
    return VectorTable([f"word{i}" for i in range(40)], rng.standard_normal((40, 5)).astype("f"), np.arange(40, 0, -1))


@pytest.fixture
def kv():
    return KeyedVectors.from_table(table())


def public_members(cls):
    return sorted(name for name in dir(cls) if not name.startswith("_"))


def signature(vectors, name):
    """The signature that a caller sees, without annotations; "property" for one."""
    if isinstance(inspect.getattr_static(type(vectors), name), property):
        return f"{name} property"
    found = inspect.signature(getattr(vectors, name))
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in found.parameters.values()]
    return f"{name}{found.replace(parameters=bare, return_annotation=inspect.Signature.empty)}"


def test_one_class_stands_on_the_store():
    assert KeyedVectors.__mro__ == (KeyedVectors, VectorStore, object)


def test_a_file_knows_only_the_files_before_it():
    folder = Path(w2v.vectors.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} == {*FILES, "__init__"}
    for place, name in enumerate(FILES):
        nodes = [n for n in ast.walk(ast.parse((folder / f"{name}.py").read_text())) if isinstance(n, ast.ImportFrom)]
        known = {node.module.removeprefix("w2v.vectors.") for node in nodes if node.module.startswith("w2v.vectors.")}
        known |= {alias.name for node in nodes if node.module == "w2v.vectors" for alias in node.names}
        assert known - LATE.get(name, set()) <= set(FILES[:place]), name


def test_signatures_are_kept(kv):
    expected = re.sub(r"\n +", " ", SIGNATURES.strip()).splitlines()
    assert [signature(kv, name) for name in public_members(KeyedVectors)] == expected


@pytest.mark.parametrize("name", public_members(KeyedVectors))
def test_every_public_name_says_what_it_is(name):
    assert (getattr(KeyedVectors, name).__doc__ or "").strip()


def test_every_function_of_a_store_is_a_method_or_a_part_of_one():
    """None is forgotten: what these modules offer is what is bound."""
    for module in (recipe, postprocessing, queries, transport, files, legacy, gensim_names, gensim_evaluation):
        own = inspect.getmembers(module, lambda f, m=module: inspect.isfunction(f) and f.__module__ == m.__name__)
        for name, function in own:
            bound = inspect.getattr_static(KeyedVectors, name, None)
            bound = bound.fget if isinstance(bound, property) else getattr(bound, "__func__", bound)
            assert name.startswith("_") or name in PARTS or bound is function, name


def test_the_functions_need_no_more_than_a_store(kv, tmp_path):
    store = VectorStore.from_table(table())
    assert queries.most_similar(store, "word1") == kv.most_similar("word1")
    assert queries.most_similar_many(store, ["word1"]) == kv.most_similar_many(["word1"])
    assert queries.doesnt_match(store, ["word1", "word2", "word3"]) == kv.doesnt_match(["word1", "word2", "word3"])
    np.testing.assert_array_equal(
        search.get_mean_vector(store, ["word1", "word2"]), kv.get_mean_vector(["word1", "word2"])
    )
    assert list(files.to_records(store)) == list(kv.to_records())
    files.save(store, tmp_path / "store.w2v")
    kv.save(tmp_path / "kv.w2v")
    assert (tmp_path / "store.w2v").read_bytes() == (tmp_path / "kv.w2v").read_bytes()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda kv: pickle.loads(pickle.dumps(kv))])
def test_copies_answer_alike(kv, copied):
    kv.metadata = {"config": {"epochs": 3}}
    other = copied(kv)
    assert type(other) is KeyedVectors and other.metadata == kv.metadata
    assert other.most_similar("word1") == kv.most_similar("word1")
    assert pickle.loads(pickle.dumps(kv.most_similar))("word1") == kv.most_similar("word1")
    assert other.vectors_for_all(["word3"]).index_to_key == ["word3"]


def test_warnings_name_the_line_of_the_caller(kv, tmp_path):
    with pytest.warns(UserWarning, match="left out: nobody") as caught:
        kv.doesnt_match(["word1", "word2", "nobody"])
        kv.rank_by_centrality(["word1", "word2", "nobody"])
    kv.set_vecattr("word1", "colour", 3)
    with pytest.warns(UserWarning, match="not stored") as saved:
        kv.save(tmp_path / "v.w2v")
    kv.save_word2vec_format(tmp_path / "v.txt", tmp_path / "counts")
    (tmp_path / "counts").write_text("word1 7\n")
    with pytest.warns(UserWarning, match="their count is 0") as loaded:
        KeyedVectors.load_word2vec_format(tmp_path / "v.txt", tmp_path / "counts")
    assert {w.filename for w in [*caught, *saved, *loaded]} == {__file__} and len(caught) == 2


class AnyCase(KeyedVectors):
    """Words are looked up in lower case."""

    def get_index(self, key, default=None):
        return super().get_index(key.lower() if isinstance(key, str) else key, default)


def test_an_override_of_get_index_is_honoured_everywhere(kv):
    mine = AnyCase.from_table(table())
    for method, *arguments in [
        ("most_similar", ["word1", ("word2", 0.5)], ["word3"]),
        ("most_similar_many", ["word1", {"positive": ["word2"], "negative": ["word4"]}]),
        ("most_similar_cosmul", ["word1", "word2"], ["word3"]),
        ("similar_by_key", "word1"),
        ("similar_by_word", "word1"),
        ("similarity", "word1", "word2"),
        ("distance", "word1", "word2"),
        ("distances", "word1"),
        ("distances", "word1", ["word2", "word3"]),
        ("closer_than", "word1", "word2"),
        ("rank", "word1", "word2"),
        ("n_similarity", ["word1", "word2"], ["word3"]),
        ("relative_cosine_similarity", "word1", "word2"),
        ("get_mean_vector", ["word1", "word2"]),
        ("get_vectors", ["word1", "word2"]),
        ("get_vector", "word1"),
    ]:
        shouted = [shout(argument) for argument in arguments]
        assert shouted != arguments
        np.testing.assert_equal(getattr(mine, method)(*shouted), getattr(kv, method)(*arguments))
    assert mine.doesnt_match(["WORD1", "word2", "Word3"]).lower() == kv.doesnt_match(["word1", "word2", "word3"])
    assert mine.most_similar_to_given("WORD1", ["WORD2", "word3"]).lower() == kv.most_similar_to_given(
        "word1", ["word2", "word3"]
    )
    assert type(mine.vectors_for_all(["WORD1"])) is AnyCase and "WORD1" in mine
    assert mine.most_similar("WORD1", keys=["WORD2", "WORD3"]) == kv.most_similar("word1", keys=["word2", "word3"])


class Summed(KeyedVectors):
    """A word with "+" is the sum of others, as one with n-grams would be."""

    def has_index_for(self, key):
        return super().has_index_for(key) or (isinstance(key, str) and "+" in key)

    def get_vector(self, key, norm=False):
        if not isinstance(key, str) or "+" not in key:
            return super().get_vector(key, norm)
        total = sum(super(Summed, self).get_vector(part) for part in key.split("+"))
        return search.unit(total) if norm else total


@pytest.mark.parametrize("missing", ["raise", "skip", "zero"])
def test_vectors_that_a_subclass_makes_are_honoured_everywhere(kv, missing):
    """The twin has the same vectors in rows, at the end; rows are no answers where `restrict_vocab` shuts them out."""
    mine = Summed.from_table(table())
    sums = ["word1+word2", "word3+word4"]
    kv.add_vectors(sums, [mine.get_vector(word) for word in sums], {"count": np.zeros(2, np.int64)})
    asked, other = [*sums, "word5"], {"missing": missing, "restrict_vocab": 40}
    options = {"missing": missing}
    for method, arguments, named in [
        ("most_similar", (sums[0],), other),
        ("most_similar", ([sums[0], (sums[1], 0.5)], ["word3"]), other),
        ("most_similar_many", ([sums[0], {"positive": ["word2"], "negative": [sums[1]]}],), other),
        ("most_similar_cosmul", ([sums[0], "word2"], [sums[1]]), other),
        ("get_mean_vector", (asked,), options),
        ("get_mean_vector", (asked,), {**options, "pre_normalize": False}),
        ("get_vectors", (asked,), options),
        ("get_vectors", (asked,), {**options, "norm": True}),
        ("n_similarity", (asked, ["word1"]), options),
        ("distances", (sums[0], asked), options),
        ("rank_by_centrality", ([*asked, "word7"],), options),
        ("doesnt_match", ([*asked, "word7"],), options),
        ("similarity", tuple(sums), {}),
        ("most_similar_to_given", ("word1", asked), {}),
        ("closer_than", (sums[0], "word3"), {}),
    ]:
        found, expected = (getattr(vectors, method)(*arguments, **named) for vectors in (mine, kv))
        assert flat(found) == pytest.approx([x for x in flat(expected) if x not in sums or x in flat(found)], abs=1e-6)
    chosen = mine.vectors_for_all([*asked, "nobody"], copy_vecattrs=True)
    assert chosen.index_to_key == asked and chosen.expandos["count"].tolist() == [0, 0, 35]
    np.testing.assert_array_equal(chosen.vectors, kv.get_vectors(asked))
    assert mine.vectors_for_all(asked, allow_inference=False).index_to_key == ["word5"]


def test_an_unknown_word_is_still_unknown_to_a_subclass_that_makes_vectors():
    mine = Summed.from_table(table())
    for ask in (mine.most_similar, mine.most_similar_cosmul, mine.get_vector, lambda word: mine.get_vectors([word])):
        with pytest.raises(UnknownWordError, match="'nobody'"):
            ask("nobody")
    assert mine.most_similar("nobody", missing="skip") == []
    assert mine.get_vectors(["nobody", "word1+word2"], "skip").shape == (1, 5)
    assert not mine.get_vectors(["nobody", "word1+word2"], "zero")[0].any()


def flat(found):
    """The words and numbers of an answer, in order."""
    if isinstance(found, np.ndarray):
        return found.ravel().tolist()
    return [x for item in found for x in flat(item)] if isinstance(found, list | tuple) else [found]


def shout(argument):
    """The same argument with its words in upper case."""
    if isinstance(argument, str):
        return argument.upper()
    if isinstance(argument, dict):
        return {name: shout(value) for name, value in argument.items()}
    return type(argument)(shout(item) for item in argument) if isinstance(argument, list | tuple) else argument
