"""Questions to the vectors: neighbours, similarities, odd one out, with gensim 4's names and meaning.

These are functions of a `VectorStore`; `KeyedVectors` binds them as its methods. They see the store through its methods
(`get_index`, `get_vector`, ...), so what a subclass of it overrides holds here too.

Every ranking is by score, highest first, and of equal scores the lower row first. Where a function takes `keys`,
`where` or `restrict_to`, only these rows may be answers: an iterable of keys, a predicate on a key or a regular
expression that is searched in it, row numbers or a mask (V,). `missing` is what happens to unknown words: "raise",
"skip" or "zero".
"""

import math
import operator
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v.errors import ConfigError, EmptyListError
from w2v.evaluation.analogy_search import COSMUL_EPSILON
from w2v.vectors.ann import NeighbourIndex
from w2v.vectors.search import (
    ROWS_FOR_MANY,
    VECTOR_KINDS,
    Neighbours,
    Where,
    as_list,
    best_rows,
    candidate_rows,
    checked,
    cosines,
    get_mean_vector,
    promising,
    query_vector,
    ranked,
    unit_vectors,
)
from w2v.vectors.store import KEY_TYPES, Key, VectorStore, check_missing

SCORE_BYTES = 16 << 20  # bound on the scores held at once by `most_similar_many`


# ---- neighbours


def most_similar(
    store: VectorStore,
    positive: Any = None,
    negative: Any = None,
    topn: int | None = 10,
    clip_start: int = 0,
    clip_end: int | None = None,
    restrict_vocab: int | None = None,
    indexer: Any = None,
    *,
    keys: Iterable[Key] | None = None,
    where: Where | None = None,
    missing: str = "raise",
    restrict_to: npt.ArrayLike | None = None,
) -> Any:
    """The `topn` keys nearest, by cosine, to the mean of the unit vectors asked for (3CosAdd).

    `positive` and `negative` take a word, a vector, or a list of words, vectors and (word or vector,
    weight). Words asked for are never answers. `topn=None` gives the cosines of all candidate rows as an
    array; `topn` below 1 gives []. indexer: what `build_index` made, or anything with gensim's `most_similar(vector,
    topn)`. Raises `UnknownWordError`, `ConfigError`.
    """
    if topn is not None and (topn := operator.index(topn)) < 1:  # a NumPy integer of few bits overflows
        return []
    query, used = query_vector(store, positive, negative, missing)
    if query is None:
        if topn is not None:
            return []
        query = np.zeros(store.vector_size, np.float32)
    if indexer is not None and topn is not None:
        if not isinstance(indexer, NeighbourIndex):
            return indexer.most_similar(query, topn)
        if restrict_vocab or clip_start or clip_end or any(part is not None for part in (keys, where, restrict_to)):
            raise ConfigError("an index answers from all rows; leave the index out, or what says which rows may answer")
        return indexer.nearest(query, topn, used)
    clip = slice(0, restrict_vocab) if restrict_vocab else slice(clip_start, clip_end or None)
    candidates = candidate_rows(store, clip, keys, where, missing, restrict_to)
    if topn is None:
        return cosines(store, query, candidates)
    candidates = promising(store, query, candidates, topn + len(set(used)))
    return ranked(store, cosines(store, query, candidates), candidates, used, topn)


def most_similar_many(
    store: VectorStore,
    queries: Iterable[Any],
    topn: int = 10,
    restrict_vocab: int | None = None,
    *,
    keys: Iterable[Key] | None = None,
    where: Where | None = None,
    missing: str = "raise",
    restrict_to: npt.ArrayLike | None = None,
) -> list[Neighbours]:
    """`most_similar` for many queries, one matrix product for each batch of them.

    A query is a word, a vector, or a mapping with "positive" and "negative". Under missing="skip" a query
    without a known word gets [].
    """
    topn = operator.index(topn)
    candidates = candidate_rows(store, slice(0, restrict_vocab or None), keys, where, missing, restrict_to)
    parsed = []
    for query in queries:
        asked = query if isinstance(query, Mapping) else {"positive": [query]}
        parsed.append(query_vector(store, asked.get("positive"), asked.get("negative"), missing))
    results: list[Neighbours] = [[] for _ in parsed]
    answerable = [position for position, (query, _) in enumerate(parsed) if query is not None and topn > 0]
    n_queries = max(1, SCORE_BYTES // (4 * ROWS_FOR_MANY))  # of one batch
    for start in range(0, len(answerable), n_queries):
        positions = answerable[start : start + n_queries]
        stacked = np.array([parsed[position][0] for position in positions])
        n_best = [topn + len(set(parsed[position][1])) for position in positions]
        for position, (rows, scores) in zip(positions, best_rows(store, stacked, candidates, n_best), strict=True):
            results[position] = ranked(store, scores, rows, parsed[position][1], topn)
    return results


def most_similar_cosmul(
    store: VectorStore,
    positive: Any = None,
    negative: Any = None,
    topn: int | None = 10,
    restrict_vocab: int | None = None,
    *,
    keys: Iterable[Key] | None = None,
    where: Where | None = None,
    missing: str = "raise",
    restrict_to: npt.ArrayLike | None = None,
) -> Any:
    """3CosMul: product of the positive cosines over that of the negative ones, cosines moved to 0..1.

    Levy and Goldberg 2014, equation 4 and footnote 7. Unlike gensim's it does honour `restrict_vocab`.
    Under missing="zero" an unknown word counts as a cosine of 0. Raises `UnknownWordError`,
    `ConfigError`.
    """
    if topn is not None and (topn := operator.index(topn)) < 1:
        return []
    check_missing(missing)
    candidates = candidate_rows(store, slice(0, restrict_vocab or None), keys, where, missing, restrict_to)
    used: list[int] = []
    products = []
    for items in (as_list(positive, VECTOR_KINDS), as_list(negative, VECTOR_KINDS)):
        words = [item for item in items if not isinstance(item, np.ndarray)]
        terms, rows = unit_vectors(store, words, missing)
        products.append(terms + [checked(store, item) for item in items if isinstance(item, np.ndarray)])
        used += rows
    if not products[0]:
        raise ConfigError("most_similar_cosmul has no known positive word; give at least one")
    above, below = ([(1 + cosines(store, term, candidates)) / 2 for term in terms] for terms in products)
    scores = np.prod(above, axis=0)
    scores /= (np.prod(below, axis=0) if below else scores.dtype.type(1)) + scores.dtype.type(COSMUL_EPSILON)
    return scores if topn is None else ranked(store, scores, candidates, used, topn)


def similar_by_key(
    store: VectorStore, key: Key, topn: int | None = 10, restrict_vocab: int | None = None, **options: Any
) -> Any:
    """`most_similar` to one key; `options` are its `keys`, `where` and `missing`."""
    return most_similar(store, positive=[key], topn=topn, restrict_vocab=restrict_vocab, **options)


def similar_by_word(
    store: VectorStore, word: Key, topn: int | None = 10, restrict_vocab: int | None = None, **options: Any
) -> Any:
    """`most_similar` to one word: gensim's other name of `similar_by_key`."""
    return similar_by_key(store, word, topn, restrict_vocab, **options)


def similar_by_vector(
    store: VectorStore, vector: np.ndarray, topn: int | None = 10, restrict_vocab: int | None = None, **options: Any
) -> Any:
    """`most_similar` to a vector (d,)."""
    return most_similar(store, positive=[np.asarray(vector)], topn=topn, restrict_vocab=restrict_vocab, **options)


# ---- pairs and sets


def cosine_similarities(vector_1: np.ndarray, vectors_all: np.ndarray) -> np.ndarray:
    """(n,) cosines of a vector (d,) with the rows of a matrix (n, d); 0 where either is zero."""
    norms = np.linalg.norm(vector_1) * np.linalg.norm(vectors_all, axis=1)
    products = np.dot(vectors_all, vector_1)
    return np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)


def similarity(store: VectorStore, w1: Key, w2: Key) -> np.floating[Any]:
    """Cosine of two keys, a NumPy number of the vectors' type (at least float32); exactly 1 for a key with itself."""
    return _cosine(store.get_vector(w1), store.get_vector(w2))


def distance(store: VectorStore, w1: Key, w2: Key) -> np.floating[Any]:
    """1 - cosine."""
    cosine = similarity(store, w1, w2)
    return cosine.dtype.type(1) - cosine


def _cosine(a: np.ndarray, b: np.ndarray) -> np.floating[Any]:
    """Cosine of two vectors (d,), computed in float64; 0 where either is zero."""
    dtype = np.result_type(a.dtype, np.float32)
    largest_a, largest_b = np.abs(a).max(), np.abs(b).max()
    if not (largest_a and largest_b):
        return dtype.type(0)
    a, b = a.astype(np.float64) / largest_a, b.astype(np.float64) / largest_b  # squares neither overflow nor vanish
    return dtype.type(np.dot(a, b) / math.sqrt(np.dot(a, a) * np.dot(b, b)))  # one root: of x * x it is x


def distances(
    store: VectorStore, word_or_vector: Any, other_words: Sequence[Key] = (), missing: str = "raise"
) -> np.ndarray:
    """(n,) distances (1 - cosine) to `other_words`, or to every key when there are none."""
    if isinstance(word_or_vector, KEY_TYPES):
        vector = store.get_vector(word_or_vector)
    else:
        vector = checked(store, word_or_vector)
    if len(other_words):
        return 1 - cosine_similarities(vector, store.get_vectors(other_words, missing))
    norm = float(np.linalg.norm(vector))
    return 1 - cosines(store, vector / norm if norm > 0 else vector, slice(0, len(store)))


def closer_than(store: VectorStore, key1: Key, key2: Key) -> list[Any]:
    """The keys nearer to `key1` than `key2` is, in row order."""
    to_all = distances(store, key1)
    own = store.get_index(key1, -1)  # -1: its vector is made by a subclass, and it is no row
    closer = np.flatnonzero(to_all < to_all[store.get_index(key2)])
    return [store.index_to_key[index] for index in closer.tolist() if index != own]


def rank(store: VectorStore, key1: Key, key2: Key) -> int:
    """1 when `key2` is the nearest neighbour of `key1`, 2 when it is the second, ..."""
    return len(closer_than(store, key1, key2)) + 1


def most_similar_to_given(store: VectorStore, key1: Key, keys_list: Sequence[Key]) -> Any:
    """The key of `keys_list` nearest to `key1`."""
    if not len(keys_list):
        raise ConfigError("keys_list is empty; give at least one key to choose from")
    return keys_list[int(np.argmax([similarity(store, key1, key) for key in keys_list]))]


def n_similarity(store: VectorStore, ws1: Sequence[Key], ws2: Sequence[Key], missing: str = "skip") -> np.floating[Any]:
    """Cosine of the means of two sets of keys; 0 when one has no known key."""
    if not (len(ws1) and len(ws2)):
        raise EmptyListError("n_similarity has an empty list; give at least one word in each")
    means = [get_mean_vector(store, words, pre_normalize=False, missing=missing) for words in (ws1, ws2)]
    return _cosine(means[0], means[1])


def relative_cosine_similarity(store: VectorStore, wa: Key, wb: Key, topn: int = 10) -> np.floating[Any]:
    """Cosine of the pair over the summed cosines of the `topn` neighbours of `wa` (Leeuwenberg et al.
    2016, eq. 1).
    """
    neighbours = similar_by_key(store, wa, topn)
    if not neighbours:
        raise ConfigError("relative_cosine_similarity has no neighbours to compare with; raise topn")
    return similarity(store, wa, wb) / sum(score for _, score in neighbours)


def rank_by_centrality(
    store: VectorStore, words: Sequence[Key], use_norm: bool = True, missing: str = "skip"
) -> list[tuple[float, Any]]:
    """(cosine with the mean of all, word), the most central first. Unknown words are left out with a
    warning.
    """
    return _by_centrality(store, words, use_norm, missing)


def doesnt_match(store: VectorStore, words: Sequence[Key], missing: str = "skip") -> Any:
    """The word furthest from the mean of all."""
    return _by_centrality(store, words, True, missing)[-1][1]


def _by_centrality(store: VectorStore, words: Sequence[Key], use_norm: bool, missing: str) -> list[tuple[float, Any]]:
    """What the two functions above share, so that the warning names the line that called either."""
    check_missing(missing)
    known = list(words) if missing != "skip" else [word for word in words if word in store]
    if len(known) < len(words):
        unknown = [word for word in words if word not in store]
        warnings.warn(f"not in the vocabulary, left out: {', '.join(map(str, unknown))}", stacklevel=3)
    if not known:
        raise ConfigError("no known word to choose from; give at least one word of the vocabulary")
    vectors = store.get_vectors(known, missing, norm=use_norm).astype(np.float32)
    scores = np.dot(vectors, get_mean_vector(store, vectors, post_normalize=True))
    return sorted(zip(scores.tolist(), known, strict=True), reverse=True)
