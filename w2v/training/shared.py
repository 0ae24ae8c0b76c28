"""The words of a model, their counts and its two matrices: one store for training and for whoever asks.

Words, counts and input vectors are those of the store `wv`, as in gensim: its `vectors` are a view of the rows that
training moves, without their padding. So there is no copy that could be stale. What a user does to the store (other
vectors, more words, other counts) is taken in when somebody asks for `vocab` or `weights`.
"""

import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.matrix import matrix
from w2v.config import TrainConfig
from w2v.corpus.ngrams import ngrams_of
from w2v.corpus.tokens import plain_keys
from w2v.corpus.vocabulary import Vocabulary
from w2v.documents.lists import Lists
from w2v.errors import ConfigError, ModelStateError
from w2v.kernel.layout import Weights, WordRows
from w2v.kernel.word_vectors import lists_of, word_vectors
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.subword_vectors import SubwordVectors

logger = logging.getLogger("w2v")


class Shared:
    """What `TrainingState` trains. Output vectors go with the words: where words change, those that stay keep
    theirs."""

    config: TrainConfig
    word_rows: WordRows | None = None  # the input rows of each word; None: each has its own
    ngram_buckets: NDArray[np.int32] | None = None  # (G,), where the last G input rows are those of n-grams
    frozen: NDArray[np.bool_] | None = None  # (R,): which input rows stay as they are
    _vocab: Vocabulary | None = None  # as it was taken in last
    _weights: Weights | None = None
    _shown: NDArray[np.floating]  # (V, d): `wv.vectors` as they are trained

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self._wv = (SubwordVectors if ngrams_of(config) else KeyedVectors)(config.vector_size)

    # ---- what there is

    @property
    def wv(self) -> KeyedVectors:
        """The input vectors: (V, d), a view of the weights that further training moves (where words have rows in
        common: made of them, and made again). Without words as long as the model has none; of a model with n-grams
        `SubwordVectors`."""
        return self._wv

    @wv.setter
    def wv(self, store: KeyedVectors) -> None:
        self._wv = store

    @property
    def vocab(self) -> Vocabulary | None:
        """Words and counts; None as long as there are no weights for them."""
        return None if self._vocab is None else self._trained()[0]

    @property
    def weights(self) -> Weights | None:
        """Both matrices, as they are trained."""
        return None if self._weights is None else self._trained()[1]

    def _trained(self) -> tuple[Vocabulary, Weights]:
        """Vocabulary and weights, with all that was done to the store. Raises `ConfigError` for a store that no weights
        can be made of, `ModelStateError` if there is no vocabulary."""
        if self._vocab is None or self._weights is None:
            what = "no output vectors, which further training needs" if len(self._wv) else "no vocabulary"
            raise ModelStateError(f"the model has {what} and was not trained yet; train it first, or call build_vocab")
        self._take_in(self._vocab, self._weights)
        return self._vocab, self._weights

    # ---- new words and weights

    def take(
        self,
        vocab: Vocabulary,
        weights: Weights,
        rows: WordRows | None = None,
        ngram_buckets: NDArray[np.int32] | None = None,
    ) -> None:
        """Other words and weights than before."""
        self._vocab, self.word_rows, self.ngram_buckets, self.frozen = vocab, rows, ngram_buckets, None
        store = self._wv
        store.vector_size = self.config.vector_size
        store.index_to_key, store.key_to_index = vocab.words[:], None
        store.expandos = {"count": vocab.counts.copy()}
        self._show(weights)

    def extend_by(
        self,
        vocab: Vocabulary,
        inputs: NDArray[np.floating],
        kept: NDArray[np.int64],
        rows: WordRows | None = None,
        ngram_buckets: NDArray[np.int32] | None = None,
    ) -> None:
        """More words, behind those that are there, and other counts. inputs: all input rows, drawn anew. kept: the
        places among these of the rows that are there, which stay as they are."""
        old, before = self._trained()
        n_old, store = len(old), self._wv
        store.expandos["count"] = vocab.counts.copy()
        if len(vocab) > n_old:
            inputs[kept] = before.inputs
            before = before._replace(inputs=inputs)
            self._keep_frozen(kept, slice(None), len(inputs))
            self.word_rows, self.ngram_buckets = rows, ngram_buckets
            locks = np.asarray(getattr(store, "vectors_lockf", 1), np.float32).ravel()
            if len(locks) == n_old > 1:
                store.vectors_lockf = np.concatenate([locks, np.ones(len(vocab) - n_old, np.float32)])
            store.own_keys().extend(vocab.words[n_old:])
            store.key_to_index.update(zip(vocab.words[n_old:], range(n_old, len(vocab)), strict=True))
            store.allocate_vecattrs()
            store.expandos["count"] = vocab.counts.copy()
        self._show(self._with_words(old, before))

    # ---- what was done to the store

    def _take_in(self, vocab: Vocabulary, weights: Weights) -> None:
        store, n_words = self._wv, len(self._wv.index_to_key)
        if self.word_rows is not None and store.index_to_key != vocab.words:
            self._take_order(vocab, weights, self.word_rows)
            return
        same_words, same_vectors = store.index_to_key == vocab.words, _same_memory(store.matrix, self._shown)
        if not (same_words and same_vectors):
            self.check_own_rows()
            if store.matrix.shape != (n_words, self.config.vector_size):
                raise ConfigError(
                    f"wv.vectors has the shape {store.matrix.shape}, and the model {n_words} words x "
                    f"{self.config.vector_size}; give it a row of that size for each word"
                )
        # The tree is that of the counts that it was built from, whatever is said of a word later.
        same_counts = self.config.objective.uses_tree or np.array_equal(self._counts(), vocab.counts)
        taken = weights if same_words and same_counts else self._with_words(vocab, weights)
        if not same_words and self.frozen is not None:
            old_ids = np.array([vocab.ids.get(word, -1) for word in store.index_to_key])
            self._keep_frozen(old_ids >= 0, old_ids[old_ids >= 0], n_words)
        if not same_vectors:
            inputs = weights.inputs if len(weights.inputs) == n_words else matrix(n_words, self.config.vector_size)
            self._columns(inputs)[:] = store.matrix
            taken = taken._replace(inputs=inputs)
        if taken is not weights:
            self._show(taken)

    def _take_order(self, vocab: Vocabulary, weights: Weights, rows: WordRows) -> None:
        """Take the order of the store's words, whose vectors are made of rows: no more than that may have changed."""
        store = self._wv
        old_ids = np.array([vocab.ids.get(word, -1) for word in store.index_to_key])
        if not np.array_equal(np.sort(old_ids), np.arange(len(vocab))) or not np.array_equal(
            store.matrix, self._shown[old_ids]
        ):
            self.check_own_rows()  # which they have not
        lists = Lists(rows.row_ids, rows.offsets).chosen(old_ids)
        places = np.arange(len(weights.inputs), dtype=np.int32)
        if self.ngram_buckets is not None and len(self.ngram_buckets) < len(places):  # before them, words' own rows
            places[old_ids] = np.arange(len(old_ids))
            weights.inputs[: len(old_ids)] = weights.inputs[old_ids]
        self._keep_frozen(places, slice(None), len(places))
        self.word_rows = WordRows(lists.offsets, places[lists.ids], rows.shares[old_ids], rows.change_shares[old_ids])
        self._show(self._with_words(vocab, weights))

    def _counts(self) -> NDArray[np.int64]:
        """(V,) those of the store; zeros where it has none."""
        counts = self._wv.expandos.get("count", np.zeros(0))
        n_words = len(self._wv.index_to_key)
        return np.asarray(counts, np.int64) if len(counts) == n_words else np.zeros(n_words, np.int64)

    def _with_words(self, old: Vocabulary, weights: Weights) -> Weights:
        """Take the words and counts of the store; returns the weights with output vectors for these words."""
        objective = self.config.objective
        vocab = Vocabulary(plain_keys(self._wv.index_to_key), self._counts())
        if len(vocab.ids) < len(vocab):
            raise ConfigError("wv has a word twice; give each word one row before you train or save")
        if vocab.words == old.words and not objective.uses_tree:
            self._vocab = vocab
            return weights
        objective.check_size(len(vocab))
        outputs = matrix(objective.n_output_rows(len(vocab)), self.config.vector_size)
        old_ids = np.array([old.ids.get(word, -1) for word in vocab.words])
        stays = np.flatnonzero(old_ids >= 0)
        if objective.predicts_words:
            outputs[stays] = weights.outputs[old_ids[stays]]
        if objective.uses_tree:
            logger.warning(
                "the Huffman tree is another one with these words: the vectors of its inner nodes begin at zero again, "
                "and the words keep theirs; negative sampling (hs=0) keeps both"
            )
        self._vocab = vocab
        return weights._replace(outputs=outputs)

    def _keep_frozen(self, new_rows: Any, old_rows: Any, n_rows: int) -> None:
        """Frozen rows stay so in other places."""
        if self.frozen is not None:
            frozen = np.zeros(n_rows, bool)
            frozen[new_rows] = self.frozen[old_rows]
            self.frozen = frozen

    def _show(self, weights: Weights) -> None:
        """Train these weights from now on, and let the store have the vectors."""
        self._weights = weights
        self._shown = word_vectors(self._columns(weights.inputs), self.word_rows)
        self._shown.setflags(write=self.word_rows is None)  # what is made of rows cannot be changed
        ngrams = ngrams_of(self.config)
        if ngrams is None or self.word_rows is None or self.ngram_buckets is None:
            self._wv.hold(self._shown)
        elif isinstance(self._wv, SubwordVectors):
            rows, lists = self._columns(weights.inputs), lists_of(self.word_rows)
            self._wv.hold_rows(self._shown, ngrams, self.ngram_buckets, rows, lists)
        self._wv.output_vectors = self._columns(weights.outputs)

    def check_own_rows(self) -> None:
        """Raise `ConfigError` where words have no row of their own."""
        if self.word_rows is not None:
            raise ConfigError(
                "the words of this model share input rows, so single vectors cannot be set, kept or added; do so with "
                "a copy of the vectors, wv.vectors_for_all(wv.index_to_key)"
            )

    # ---- results

    @property
    def input_vectors(self) -> NDArray[np.floating]:
        """(V, d), of all words: a view of the weights, or made of them where words have several rows."""
        self._trained()
        return self._shown

    def _columns(self, rows: NDArray[np.floating]) -> NDArray[np.floating]:
        """A matrix without its padding."""
        return rows[:, : self.config.vector_size]

    # ---- copies

    def __getstate__(self) -> dict[str, Any]:
        """For `copy` and `pickle`: the matrices without their padding, and the input vectors once."""
        if self._weights is None:
            return self.__dict__.copy()
        inputs, outputs = self._trained()[1]
        # An n-gram model's store has its rows, too: the same array is copied once.
        own = None if self.word_rows is None else getattr(self._wv, "input_rows", self._columns(inputs))
        return {**self.__dict__, "_weights": (own, self._columns(outputs)), "_shown": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self._weights is not None:
            inputs, outputs = self._weights
            inputs = self._wv.matrix if inputs is None else inputs
            self._show(Weights(_with_padding(inputs), _with_padding(outputs)))


def _same_memory(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two arrays are the same numbers in the same place."""
    return one.dtype == other.dtype and one.__array_interface__ == other.__array_interface__


def _with_padding(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    padded = matrix(*rows.shape)
    padded[:, : rows.shape[1]] = rows
    return padded
