"""Texts as vectors: the weighted mean of the vectors of their words (`w2v.documents.means` has the weights).

`encode`, `text_similarity` are functions of a `VectorStore`; `KeyedVectors` binds them as its methods.
"""

import contextlib
import logging
from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from w2v.documents.lists import DROPPED, Lists, inverse_document_frequencies
from w2v.documents.means import check_weights, common_component, sif_weights, take_off, weighted_means
from w2v.documents.texts import Cutter, Text, numbered
from w2v.errors import UnknownWordError
from w2v.system.parallel import ordered_map
from w2v.system.wording import quantity
from w2v.vectors.recipe import phrase_model, text_config
from w2v.vectors.store import VectorStore, as_keys

logger = logging.getLogger("w2v")

BATCH = 4096  # texts whose means are made at once
_NAMED = 5  # unknown words that are told by name


class Words(NamedTuple):
    """The words of texts that have a vector, and which of them each text has."""

    words: list[str]
    rows: NDArray[np.int64]  # (U,) of each in the store; −1 for one that is composed
    matrix: NDArray[np.floating]  # (U, d)
    lists: Lists  # of each text, places in `words`
    unknown: dict[str, int]  # word → how often it occurs

    def note(self) -> str:
        """What became of the texts, in a sentence."""
        n_unknown, n_empty = sum(self.unknown.values()), int((self.lists.lengths == 0).sum())
        n_words = n_unknown + len(self.lists.ids)
        facts = f"{quantity(len(self.lists), 'text')} with {quantity(n_words, 'word')}"
        if n_unknown:
            commonest = sorted(self.unknown, key=lambda word: -self.unknown[word])[:_NAMED]
            named = f"{', '.join(commonest)}{', ...' * (len(self.unknown) > _NAMED)}"
            facts += f", {n_unknown:,} of them unknown ({100 * n_unknown / n_words:.1f} %: {named})"
        return facts + f"; {quantity(n_empty, 'text')} without a known word: zeros" * (n_empty > 0)


class Encoder:
    """Texts to vectors by one rule of weights.

    `fit` learns from texts what the rule needs of them: `tfidf` in how many each word occurs, `sif` the component that
    they have in common, and how often words occur where the vectors carry no counts.
    """

    def __init__(self, vectors: VectorStore, weights: str = "uniform", threads: int | None = None) -> None:
        """threads: None for one per processor. Raises `ConfigError` for weights that there are not."""
        check_weights(weights)
        self.vectors, self.weights, self.threads = vectors, weights, threads
        self._cut = Cutter(text_config(vectors), phrase_model(vectors))
        self._weight_of: dict[str, float] = {}
        self._other_weight = 1.0  # of words that `fit` did not meet
        self.component = np.zeros(vectors.vector_size, np.float32)

    def read(self, texts: Iterable[Text]) -> Words:
        """Texts, cut as the text of training was, or lists of tokens. Raises `CorpusError` for what is neither."""
        store, found = self.vectors, numbered(texts, self._cut, self.threads)
        words = found.words
        rows = store.indices_of(as_keys(store, words), "zero")
        composed = _composed(store, words, np.flatnonzero(rows < 0).tolist())
        has_vector = rows >= 0
        has_vector[list(composed)] = True
        new_ids = np.where(has_vector, np.cumsum(has_vector) - 1, DROPPED).astype(np.int32)
        matrix = store.matrix[rows[has_vector]]  # of composed ones any row, for now
        for place, vector in composed.items():
            matrix[new_ids[place]] = vector
        each = list(zip(words, found.counts.tolist(), has_vector.tolist(), strict=True))
        unknown, known = {word: n for word, n, is_known in each if not is_known}, [word for word, _, ok in each if ok]
        return Words(known, rows[has_vector], matrix, found.lists(new_ids), unknown)

    def fit(self, found: Words) -> Self:
        """Learn from texts that were read."""
        lists, n_words = found.lists, len(found.words)
        if self.weights == "tfidf":
            weights = inverse_document_frequencies(lists, n_words)
            self._other_weight = float(np.log(1 + len(lists)) + 1)
        elif self.weights == "sif":
            weights = sif_weights(np.bincount(lists.ids, minlength=n_words), len(lists.ids))
        else:
            return self
        self._weight_of = dict(zip(found.words, weights.tolist(), strict=True))
        if self.weights == "sif" and len(lists.ids):
            self.component[:] = 0
            means = self.means(found)
            self.component = common_component(means[lists.lengths > 0])
        return self

    def means(self, found: Words) -> NDArray[np.float32]:
        """(n, d) of texts that were read; zeros for one without a known word."""
        weights, lists = self._word_weights(found), found.lists
        result = np.empty((len(lists), self.vectors.vector_size), np.float32)
        has_component = self.component.any()

        def fill(start: int) -> None:
            rows = slice(start, min(start + BATCH, len(lists)))
            part = weighted_means(found.matrix, lists.part(rows.start, rows.stop), weights, self.weights)
            if has_component:
                take_off(part, self.component)
            result[rows] = part

        for _ in ordered_map(fill, range(0, len(lists), BATCH), self.threads):
            pass
        return result

    def _word_weights(self, found: Words) -> NDArray[np.float32]:
        """(U,)"""
        if self.weights == "uniform":
            return np.ones(len(found.words), np.float32)
        store = self.vectors
        counts = None if store.counts_are_made_up else store.expandos.get("count")
        if self.weights == "sif" and counts is not None:
            return sif_weights(np.where(found.rows >= 0, counts[found.rows], 0), counts.sum())
        return np.array([self._weight_of.get(word, self._other_weight) for word in found.words], np.float32)


def encode(
    store: VectorStore,
    texts: Any,
    weights: str = "uniform",
    *,
    normalize: bool = False,
    threads: int | None = None,
    show_progress: bool = False,
) -> NDArray[np.float32]:
    """(n, d) vectors of n texts, or (d,) of one: weighted means of the vectors of their words.

    texts: str, which are cut as the model's own text was, or lists of tokens; of any iterable. weights: "uniform";
    "tfidf" (rare words count more; counted in these texts); "sif", which also takes off what these texts have in common
    (Arora, Liang & Ma 2017): give all of them in one call, or use `Encoder`. normalize: to length 1. threads: None for
    one per processor. Unknown words are left out, or composed where the model has n-grams; how many there were is
    logged, and a text without a known word gives zeros. Raises `ConfigError`, `CorpusError`.
    """
    encoder, is_one = Encoder(store, weights, threads), isinstance(texts, str)
    found = encoder.read(_shown([texts] if is_one else texts, show_progress))
    result = encoder.fit(found).means(found)
    if found.unknown or not len(found.lists.ids):
        logger.info(found.note())
    if normalize:
        unit_rows(result)
    return result[0] if is_one else result


def text_similarity(store: VectorStore, text1: Text, text2: Text) -> float:
    """Cosine of the vectors of two texts, each the mean of its words'; 0 for one without a known word."""
    one, other = encode(store, [text1, text2], normalize=True)
    return float(np.dot(one, other))


def unit_rows(rows: NDArray[np.float32]) -> None:
    """Scale rows (n, d) to length 1, in place; zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.where(lengths > 0, lengths, 1)


def _shown(texts: Iterable[Text], show_progress: bool) -> Iterable[Text]:
    """The texts, counted on standard error if that is asked for."""
    if not show_progress:
        return texts
    from tqdm import tqdm

    return tqdm(texts, unit=" texts", unit_scale=True, leave=False)


def _composed(store: VectorStore, words: list[str], places: list[int]) -> dict[int, NDArray[np.floating]]:
    """place → the vector of a word without a row, where the store makes one."""
    if type(store).has_index_for is VectorStore.has_index_for:
        return {}
    found = {}
    for place in places:
        with contextlib.suppress(UnknownWordError):
            found[place] = store.get_vector(words[place])
    return found
