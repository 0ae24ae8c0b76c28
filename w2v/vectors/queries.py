"""Questions to the vectors: neighbours, similarities, odd one out, with gensim 4's names and meaning.

Every ranking is by score, highest first, and of equal scores the lower row first.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from w2v.errors import ConfigError
from w2v.evaluation.analogy_search import COSMUL_EPSILON
from w2v.vectors.search import ROWS_FOR_MANY, VECTOR_KINDS, Neighbours, SearchableVectors, Where, as_list, unit
from w2v.vectors.store import KEY_TYPES, Key, check_missing

SCORE_BYTES = 16 << 20  # bound on the scores held at once by `most_similar_many`


class QueryableVectors(SearchableVectors):
    """Vectors that answer questions.

    Where a method takes `keys` or `where`, only these rows may be answers: an iterable of keys, a predicate
    on a key, or a regular expression that is searched in it. `missing` is what happens to unknown words:
    "raise", "skip" or "zero".
    """

    # ---- neighbours

    def most_similar(
        self,
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
    ) -> Any:
        """The `topn` keys nearest, by cosine, to the mean of the unit vectors asked for (3CosAdd).

        `positive` and `negative` take a word, a vector, or a list of words, vectors and (word or vector,
        weight). Words asked for are never answers. `topn=None` gives the cosines of all candidate rows as an
        array; `topn` below 1 gives []. Raises `UnknownWordError`, `ConfigError`.
        """
        if topn is not None and topn < 1:
            return []
        query, used = self._query(positive, negative, missing)
        if query is None and topn is not None:
            return []
        if indexer is not None and topn is not None:
            return indexer.most_similar(query, topn)
        clip = slice(0, restrict_vocab) if restrict_vocab else slice(clip_start, clip_end or None)
        candidates = self._candidates(clip, keys, where, missing)
        scores = self._cosines(query if query is not None else np.zeros(self.vector_size, np.float32), candidates)
        return scores if topn is None else self._ranked(scores, candidates, used, topn)

    def most_similar_many(
        self,
        queries: Iterable[Any],
        topn: int = 10,
        restrict_vocab: int | None = None,
        *,
        keys: Iterable[Key] | None = None,
        where: Where | None = None,
        missing: str = "raise",
    ) -> list[Neighbours]:
        """`most_similar` for many queries, one matrix product for each block of them.

        A query is a word, a vector, or a mapping with "positive" and "negative". Under missing="skip" a query
        without a known word gets [].
        """
        candidates = self._candidates(slice(0, restrict_vocab or None), keys, where, missing)
        parsed = []
        for query in queries:
            asked = query if isinstance(query, Mapping) else {"positive": [query]}
            parsed.append(self._query(asked.get("positive"), asked.get("negative"), missing))
        results: list[Neighbours] = [[] for _ in parsed]
        answerable = [position for position, (query, _) in enumerate(parsed) if query is not None and topn > 0]
        block = max(1, SCORE_BYTES // (4 * ROWS_FOR_MANY))
        for start in range(0, len(answerable), block):
            positions = answerable[start : start + block]
            stacked = np.array([parsed[position][0] for position in positions])
            n_best = [topn + len(set(parsed[position][1])) for position in positions]
            for position, (rows, scores) in zip(positions, self._best(stacked, candidates, n_best), strict=True):
                results[position] = self._ranked(scores, rows, parsed[position][1], topn)
        return results

    def most_similar_cosmul(
        self,
        positive: Any = None,
        negative: Any = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
        *,
        keys: Iterable[Key] | None = None,
        where: Where | None = None,
        missing: str = "raise",
    ) -> Any:
        """3CosMul: product of the positive cosines over that of the negative ones, cosines moved to 0..1.

        Levy and Goldberg 2014, equation 4 and footnote 7. Unlike gensim's it does honour `restrict_vocab`.
        Under missing="zero" an unknown word counts as a cosine of 0. Raises `UnknownWordError`,
        `ConfigError`.
        """
        if topn is not None and topn < 1:
            return []
        check_missing(missing)
        candidates = self._candidates(slice(0, restrict_vocab or None), keys, where, missing)
        used: list[int] = []
        products = []
        for items in (as_list(positive, VECTOR_KINDS), as_list(negative, VECTOR_KINDS)):
            vectors = [item for item in items if isinstance(item, np.ndarray)]
            indices = self.indices_of([item for item in items if not isinstance(item, np.ndarray)], missing)
            used += [index for index in indices.tolist() if index >= 0]
            terms = [
                *(self._unit_or_zero(index) for index in indices.tolist()),
                *(self._checked(v) for v in vectors),
            ]
            products.append(terms)
        if not products[0]:
            raise ConfigError("most_similar_cosmul has no known positive word; give at least one")
        above, below = ([(1 + self._cosines(term, candidates)) / 2 for term in terms] for terms in products)
        scores = np.prod(above, axis=0)
        scores /= (np.prod(below, axis=0) if below else scores.dtype.type(1)) + scores.dtype.type(COSMUL_EPSILON)
        return scores if topn is None else self._ranked(scores, candidates, used, topn)

    def similar_by_key(self, key: Key, topn: int | None = 10, restrict_vocab: int | None = None, **options: Any) -> Any:
        """`most_similar` to one key; `options` are its `keys`, `where` and `missing`."""
        return self.most_similar(positive=[key], topn=topn, restrict_vocab=restrict_vocab, **options)

    def similar_by_word(
        self, word: Key, topn: int | None = 10, restrict_vocab: int | None = None, **options: Any
    ) -> Any:
        """The same as `similar_by_key`."""
        return self.similar_by_key(word, topn, restrict_vocab, **options)

    def similar_by_vector(
        self, vector: np.ndarray, topn: int | None = 10, restrict_vocab: int | None = None, **options: Any
    ) -> Any:
        """`most_similar` to a vector (d,)."""
        return self.most_similar(positive=[np.asarray(vector)], topn=topn, restrict_vocab=restrict_vocab, **options)

    # ---- pairs and sets

    @staticmethod
    def cosine_similarities(vector_1: np.ndarray, vectors_all: np.ndarray) -> np.ndarray:
        """(n,) cosines of a vector (d,) with the rows of a matrix (n, d); 0 where either is zero."""
        norms = np.linalg.norm(vector_1) * np.linalg.norm(vectors_all, axis=1)
        products = np.dot(vectors_all, vector_1)
        return np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)

    def similarity(self, w1: Key, w2: Key) -> float:
        """Cosine of two keys."""
        return float(np.dot(self.get_vector(w1, norm=True), self.get_vector(w2, norm=True)))

    def distance(self, w1: Key, w2: Key) -> float:
        """1 - cosine."""
        return 1 - self.similarity(w1, w2)

    def distances(self, word_or_vector: Any, other_words: Sequence[Key] = (), missing: str = "raise") -> np.ndarray:
        """(n,) distances (1 - cosine) to `other_words`, or to every key when there are none."""
        if isinstance(word_or_vector, KEY_TYPES):
            vector = self.get_vector(word_or_vector)
        else:
            vector = self._checked(word_or_vector)
        if len(other_words):
            return 1 - self.cosine_similarities(vector, self.get_vectors(other_words, missing))
        norm = float(np.linalg.norm(vector))
        return 1 - self._cosines(vector / norm if norm > 0 else vector, slice(0, len(self)))

    def closer_than(self, key1: Key, key2: Key) -> list[Any]:
        """The keys nearer to `key1` than `key2` is, in row order."""
        distances = self.distances(key1)
        own = self.get_index(key1)
        closer = np.flatnonzero(distances < distances[self.get_index(key2)])
        return [self.index_to_key[index] for index in closer.tolist() if index != own]

    def rank(self, key1: Key, key2: Key) -> int:
        """1 when `key2` is the nearest neighbour of `key1`, 2 when it is the second, ..."""
        return len(self.closer_than(key1, key2)) + 1

    def most_similar_to_given(self, key1: Key, keys_list: Sequence[Key]) -> Any:
        """The key of `keys_list` nearest to `key1`."""
        if not len(keys_list):
            raise ConfigError("keys_list is empty; give at least one key to choose from")
        return keys_list[int(np.argmax([self.similarity(key1, key) for key in keys_list]))]

    def n_similarity(self, ws1: Sequence[Key], ws2: Sequence[Key], missing: str = "skip") -> float:
        """Cosine of the means of two sets of keys; 0 when one has no known key."""
        if not (len(ws1) and len(ws2)):
            raise ConfigError("n_similarity has an empty list; give at least one word in each")
        means = [self.get_mean_vector(words, pre_normalize=False, missing=missing) for words in (ws1, ws2)]
        return float(np.dot(unit(means[0]), unit(means[1])))

    def relative_cosine_similarity(self, wa: Key, wb: Key, topn: int = 10) -> float:
        """Cosine of the pair over the summed cosines of the `topn` neighbours of `wa` (Leeuwenberg et al.
        2016, eq. 1).
        """
        neighbours = self.similar_by_key(wa, topn)
        if not neighbours:
            raise ConfigError("relative_cosine_similarity has no neighbours to compare with; raise topn")
        return self.similarity(wa, wb) / sum(score for _, score in neighbours)

    def rank_by_centrality(
        self, words: Sequence[Key], use_norm: bool = True, missing: str = "skip"
    ) -> list[tuple[float, Any]]:
        """(cosine with the mean of all, word), the most central first. Unknown words are left out with a
        warning.
        """
        check_missing(missing)
        known = list(words) if missing != "skip" else [word for word in words if word in self]
        if len(known) < len(words):
            unknown = [word for word in words if word not in self]
            warnings.warn(f"not in the vocabulary, left out: {', '.join(map(str, unknown))}", stacklevel=3)
        if not known:
            raise ConfigError("no known word to choose from; give at least one word of the vocabulary")
        vectors = self.get_vectors(known, missing, norm=use_norm).astype(np.float32)
        scores = np.dot(vectors, self.get_mean_vector(vectors, post_normalize=True))
        return sorted(zip(scores.tolist(), known, strict=True), reverse=True)

    def doesnt_match(self, words: Sequence[Key], missing: str = "skip") -> Any:
        """The word furthest from the mean of all."""
        return self.rank_by_centrality(words, missing=missing)[-1][1]
