"""`Word2Vec`: gensim 4's class over this package's stops. The training state is separate from the vectors."""

import dataclasses
import logging
import platform
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from w2v import __version__
from w2v.config import TextConfig, TrainConfig, check_number
from w2v.corpus import EncodedCorpus, encode_corpus, is_paths, plain_keys
from w2v.errors import ConfigError, CorpusError, FormatError
from w2v.files import PathLike
from w2v.formats import VectorTable, read_vectors, write_vectors
from w2v.keywords import GENSIM_SETTINGS, changed_setting, configs_from, describe, plain, stored_config
from w2v.layout import Weights, n_output_rows
from w2v.likelihood import sentence_scores
from w2v.memory import check_memory, memory_parts
from w2v.preparation import check_softmax_size, initial_weights, matrix
from w2v.records import History, Progress, Schedule, Statistics
from w2v.trainer import train
from w2v.vectors import KeyedVectors
from w2v.vocab import Vocabulary

logger = logging.getLogger("w2v")


class Callback:
    """Called during training; override what you need. gensim's `CallbackAny2Vec` works as well."""

    def on_train_begin(self, model: "Word2Vec") -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, model: "Word2Vec") -> None:
        """Before each epoch."""

    def on_epoch_end(self, model: "Word2Vec") -> None:
        """After each epoch; no thread is at work."""

    def on_train_end(self, model: "Word2Vec") -> None:
        """After the last epoch."""


class Word2Vec:
    """Train word vectors and keep all that further training needs.

    Takes gensim 4's keywords, and `loss`, `negative_sharing`, `cbow_update`, `lower`, `nfc`, `tokenize`, `encoding`,
    `errors` beside them. With `sentences` (an iterable of token lists or of integer-id arrays, or a path) or
    `corpus_file` it trains at once, as gensim does. The default model is CBOW; `alpha` follows the model (0.05 for
    CBOW, 0.025 for skip-gram). Raises `ConfigError` for settings that are out of range or contradict each other.
    """

    def __init__(
        self,
        sentences: Iterable[Any] | PathLike | None = None,
        corpus_file: PathLike | None = None,
        vector_size: int = 100,
        alpha: float | None = None,
        window: int = 5,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        sample: float = 1e-3,
        seed: int = 1,
        workers: int | None = None,
        min_alpha: float = 1e-4,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        epochs: int = 5,
        callbacks: Sequence[Any] = (),
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        **options: Any,
    ) -> None:
        if max_vocab_size is not None:
            warnings.warn(
                "max_vocab_size is not needed: all words are counted exactly; max_final_vocab caps the result",
                stacklevel=2,
            )
        for name, value in (("sg", sg), ("hs", hs), ("cbow_mean", cbow_mean), ("shrink_windows", shrink_windows)):
            if value not in (0, 1):
                raise ConfigError(f"{name} is {value!r}; give 0 or 1")
        settings = dict(
            model="sg" if sg else "cbow", vector_size=vector_size, alpha=alpha, window=window, min_count=min_count,
            sample=sample, seed=seed, threads=workers, min_alpha=min_alpha, negative=negative, ns_exponent=ns_exponent,
            cbow_mean=bool(cbow_mean), epochs=epochs, max_vocab=max_final_vocab, shrink_windows=bool(shrink_windows),
        )  # fmt: skip
        self.text, self.config = configs_from(settings, hs, options)
        self.callbacks = list(callbacks)
        self.vocab: Vocabulary | None = None
        self.weights: Weights | None = None
        self.history = History()
        self.corpus_count = self.corpus_total_words = 0
        self._corpus_facts: dict[str, Any] = {}
        self._wv: KeyedVectors | None = None
        if sentences is not None or corpus_file is not None:
            with self._encode(sentences, corpus_file, None) as corpus:
                self.prepare(corpus)
                self.run(corpus)

    @classmethod
    def from_config(cls, config: TrainConfig, text: TextConfig | None = None) -> Self:
        """A model without a vocabulary yet, from configurations as the command line makes them."""
        model = cls()
        model.config, model.text = config, text or TextConfig()
        config.validate()
        return model

    # ---- vocabulary

    def build_vocab(
        self,
        corpus_iterable: Iterable[Any] | PathLike | None = None,
        corpus_file: PathLike | None = None,
        update: bool = False,
        progress_per: int = 10_000,
        keep_raw_vocab: bool = False,
    ) -> None:
        """Count the corpus, choose the vocabulary and draw the initial vectors. Raises `CorpusError`.

        `progress_per` and `keep_raw_vocab` are gensim's and have no effect.
        """
        if update:
            raise ConfigError("build_vocab(update=True) is not available; train a new model on the whole corpus")
        with self._encode(corpus_iterable, corpus_file, None) as corpus:
            self.prepare(corpus)

    def build_vocab_from_freq(
        self, word_freq: Mapping[str, int], keep_raw_vocab: bool = False, corpus_count: int | None = None
    ) -> None:
        """Take the vocabulary from word → count; `min_count` and `max_final_vocab` apply."""
        unfit = next((word for word, n in word_freq.items() if not isinstance(n, int | np.integer) or n < 0), None)
        if unfit is not None:
            raise CorpusError(f"the count of {unfit!r} is {word_freq[unfit]!r}; give a whole number")
        counts = np.fromiter(word_freq.values(), np.int64, len(word_freq))
        vocab = Vocabulary(plain_keys(word_freq), counts).pruned(self.config.min_count, self.config.max_vocab)
        if len(vocab) < 2:
            raise CorpusError(f"fewer than two words occur at least {self.config.min_count} times; lower min_count")
        self._set_vocab(vocab)
        self.corpus_count = corpus_count or 0

    def prepare(self, corpus: EncodedCorpus) -> None:
        """Take the vocabulary of an encoded corpus and draw the initial vectors."""
        self._set_vocab(corpus.vocab)
        self.corpus_count, self.corpus_total_words = corpus.n_sentences, corpus.ledger.n_read

    def _set_vocab(self, vocab: Vocabulary) -> None:
        check_softmax_size(len(vocab), self.config)  # before memory is taken
        check_memory(len(vocab), self.config)
        self.vocab, self.weights = vocab, initial_weights(len(vocab), self.config)
        self.history, self._wv = History(), None

    # ---- training

    def train(
        self,
        corpus_iterable: Iterable[Any] | PathLike | None = None,
        corpus_file: PathLike | None = None,
        total_examples: int | None = None,
        total_words: int | None = None,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        word_count: int = 0,
        queue_factor: int = 2,
        report_delay: float = 1.0,
        compute_loss: bool = True,
        callbacks: Sequence[Any] = (),
        progress: Progress | None = None,
    ) -> tuple[int, int]:
        """Train on a corpus with the model's vocabulary; returns (trained tokens, read tokens) over all epochs, as
        gensim does.

        The first call runs the model's `epochs` from `alpha` to `min_alpha`. A further call needs `epochs` and
        `start_alpha`: a second full schedule on trained vectors is rarely what is meant. `total_examples`,
        `total_words`, `word_count`, `queue_factor`, `report_delay` and `compute_loss` are gensim's and have no effect:
        the length of the corpus is known, and the loss is always computed.
        """
        if self.vocab is None:
            raise ConfigError(
                "the model has no vocabulary yet; call build_vocab first, or give sentences to Word2Vec(...)"
            )
        if self.history.epochs and (epochs is None or start_alpha is None):
            raise ConfigError(
                f"the model was trained for {len(self.history.epochs)} epochs already; say epochs= and "
                "start_alpha= for more "
                f"(it ended at {self.history.alphas[-1][1]:g})"
            )
        with self._encode(corpus_iterable, corpus_file, self.vocab) as corpus:
            history = self.run(corpus, epochs, start_alpha, end_alpha, callbacks, progress)
            return history.total.n_trained, corpus.ledger.n_read * len(history.epochs)

    def run(
        self,
        corpus: EncodedCorpus,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        callbacks: Sequence[Any] = (),
        progress: Progress | None = None,
    ) -> History:
        """Train on an encoded corpus; what `train` and the command line have in common."""
        assert self.vocab is not None and self.weights is not None
        logger.info("%s", describe(self.config))
        calls = [*self.callbacks, *callbacks]
        n_epochs = self.config.epochs if epochs is None else epochs
        if isinstance(n_epochs, bool) or not isinstance(n_epochs, int | np.integer) or n_epochs < 1:
            raise ConfigError(f"epochs is {n_epochs!r}; it must be a whole number of at least 1")
        schedule = Schedule(
            *self._alphas(start_alpha, end_alpha), int(n_epochs), len(corpus.ids), len(self.history.epochs)
        )
        self._corpus_facts = {
            "fingerprint": corpus.fingerprint,
            **dataclasses.asdict(corpus.ledger),
            "n_sentences": corpus.n_sentences,
        }

        def after_epoch(epoch: int) -> None:
            self._changed()
            _call(calls, "on_epoch_end", self)
            if epoch + 1 < n_epochs:
                _call(calls, "on_epoch_begin", self)

        _call(calls, "on_train_begin", self)
        _call(calls, "on_epoch_begin", self)
        history = train(
            corpus.ids,
            self.vocab.counts,
            self.weights,
            self.config,
            schedule,
            progress,
            self.history,
            after_epoch,
        )
        self._changed()
        _call(calls, "on_train_end", self)
        return history

    def _alphas(self, start: float | None, end: float | None) -> tuple[float, float]:
        """Learning rates at the start and end of a run; a run that starts below the model's `min_alpha` stays there."""
        start = self.config.start_alpha if start is None else plain(start)
        check_number("start_alpha", start, 0)
        end = min(self.config.min_alpha, start) if end is None else plain(end)
        check_number("end_alpha", end, 0)
        if start == 0 or end > start:
            raise ConfigError(
                f"start_alpha is {start:g} and end_alpha {end:g}; the learning rate decays from start_alpha, which is "
                "above 0, to end_alpha"
            )
        return float(start), float(end)

    def _changed(self) -> None:
        """The weights moved: what `wv` derived from them is stale."""
        if self._wv is not None:
            self._wv.norms = None
            self._wv.metadata = self._metadata()

    def _encode(self, sentences: Any, corpus_file: PathLike | None, vocab: Vocabulary | None) -> EncodedCorpus:
        if (sentences is None) == (corpus_file is None):
            raise ConfigError(
                "give either sentences (an iterable of token lists) or corpus_file (a path), not both or neither"
            )
        source: Any = corpus_file if sentences is None else sentences
        if isinstance(source, str | bytes) or hasattr(source, "__fspath__"):
            source = [source]
        if not is_paths(source) and not hasattr(source, "__iter__"):
            raise ConfigError(
                f"sentences is of type {type(source).__name__}; give an iterable of token lists, or a path"
            )
        return encode_corpus(source, self.text, self.config, vocab)

    # ---- results

    @property
    def wv(self) -> KeyedVectors:
        """The input vectors: (V, d), a view of the weights that further training moves."""
        if self._wv is None:
            table = self.to_table()
            assert table.counts is not None
            # Adding keys or setting counts there must not change the vocabulary of the model.
            self._wv = KeyedVectors.from_table(table._replace(keys=table.keys[:], counts=table.counts.copy()))
        return self._wv

    def _trained(self) -> tuple[Vocabulary, Weights]:
        if self.vocab is None or self.weights is None:
            raise ConfigError("the model has no vocabulary and no vectors yet; train it first")
        return self.vocab, self.weights

    @property
    def layer1_size(self) -> int:
        """gensim's name for the vector size."""
        return self.config.vector_size

    vector_size = layer1_size

    def __getattr__(self, name: str) -> Any:
        """gensim's names of the settings: `model.window`, `model.workers`, `model.sg` ..."""
        if name in GENSIM_SETTINGS:
            return GENSIM_SETTINGS[name][1](self.config)
        raise AttributeError(f"'Word2Vec' object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        """A setting that is assigned takes effect from the next `train` on, if it is one that may change."""
        if name in GENSIM_SETTINGS:
            self.config = changed_setting(self.config, name, value)
        else:
            object.__setattr__(self, name, value)

    @property
    def output_vectors(self) -> NDArray[np.float32]:
        """The output vectors, gensim's syn1neg: (V, d); for hierarchical softmax syn1: (V − 1, d)."""
        return self._trained()[1].outputs[:, : self.config.vector_size]

    syn1neg = syn1 = output_vectors

    def get_latest_training_loss(self) -> float:
        """Mean loss per pair of the last epoch, in nats (gensim's is a running sum)."""
        return self.history.epochs[-1].mean_loss if self.history.epochs else 0.0

    def estimate_memory(self, vocab_size: int | None = None) -> dict[str, int]:
        """Bytes of the two matrices and the vocabulary for `vocab_size` words (the model's own by default)."""
        n_words = vocab_size if vocab_size is not None else len(self.vocab or ())
        parts = memory_parts(n_words, self.config)
        return {**parts, "total": sum(parts.values())}

    def predict_output_word(self, context_words_list: Sequence[str], topn: int = 10) -> list[tuple[str, float]] | None:
        """The words most likely as center of a context, with probabilities; None if no context word is known.

        Negative sampling only, by softmax over output vectors as in gensim. Raises `ConfigError` for other objectives.
        """
        if self.config.loss == "hs":
            raise ConfigError(
                "predict_output_word needs output vectors of words; hierarchical softmax has none, train with "
                "negative sampling"
            )
        vocab, weights = self._trained()
        ids = [vocab.ids[word] for word in context_words_list if word in vocab]
        if not ids:
            return None
        hidden = weights.inputs[ids, : self.config.vector_size].sum(axis=0)
        if self.config.cbow_mean:
            hidden /= len(ids)
        scores = (self.output_vectors @ hidden).astype(np.float64)
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        return [(vocab.words[i], float(shares[i])) for i in np.argsort(-shares, kind="stable")[:topn]]

    def score(self, sentences: Iterable[Sequence[str]], total_sentences: int | None = None) -> NDArray[np.float64]:
        """Log probability of each sentence under a hierarchical softmax model (Taddy 2015), over full windows; unknown
        words are left out."""
        vocab, weights = self._trained()
        return sentence_scores(sentences, vocab, weights, self.config)

    def __repr__(self) -> str:
        size = f"{len(self.vocab):,} words" if self.vocab else "no vocabulary"
        kind, n_epochs = f"{self.config.model}, {self.config.loss}", len(self.history.epochs)
        return f"<Word2Vec {kind}: {size} x {self.config.vector_size}, {n_epochs} epochs>"

    # ---- files

    def to_table(self) -> VectorTable:
        """Everything the native format holds."""
        vocab, weights = self._trained()
        d = self.config.vector_size
        return VectorTable(vocab.words, weights.inputs[:, :d], vocab.counts, weights.outputs[:, :d], self._metadata())

    def _metadata(self) -> dict[str, Any]:
        return {
            "config": dataclasses.asdict(self.config),
            "text": dataclasses.asdict(self.text),
            "seed": self.config.seed,
            "versions": {"w2v": __version__, "numpy": np.__version__, "python": platform.python_version()},
            "corpus": self._corpus_facts,
            "epochs": [list(epoch) for epoch in self.history.epochs],
            "alphas": [list(pair) for pair in self.history.alphas],
        }

    def save(self, fname: PathLike) -> None:
        """Write the native format: training can go on from it, and `nn`, `eval` and `w2v.load` read it."""
        write_vectors(fname, self.to_table(), "w2v")

    @classmethod
    def load(cls, fname: PathLike) -> Self:
        """Read a model that `save` or `w2v train` wrote, ready for more training.

        Raises `FormatError` for a file that holds vectors only (`KeyedVectors.load` reads those).
        """
        table = read_vectors(fname)
        metadata = table.metadata
        if table.output_vectors is None or table.counts is None or "config" not in metadata:
            raise FormatError(
                f"{fname} holds vectors but no training state; load it with KeyedVectors.load or w2v.load"
            )
        try:
            model = cls.from_config(
                stored_config(TrainConfig, metadata["config"]), stored_config(TextConfig, metadata["text"])
            )
            model.history = History(
                [Statistics(*epoch) for epoch in metadata["epochs"]],
                [0.0] * len(metadata["epochs"]),  # times are no part of the file: equal runs write equal bytes
                [tuple(pair) for pair in metadata["alphas"]],
            )
            model._corpus_facts = dict(metadata["corpus"])
            model.corpus_count = int(model._corpus_facts.get("n_sentences", 0))
            model.corpus_total_words = int(model._corpus_facts.get("n_read", 0))
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise FormatError(
                f"{fname}: the training state is malformed ({error}); its vectors load with KeyedVectors.load"
            ) from error
        d, shapes = model.config.vector_size, (table.vectors.shape, table.output_vectors.shape)
        if shapes != ((len(table.keys), d), (n_output_rows(len(table.keys), model.config), d)):
            raise FormatError(
                f"{fname}: the matrices {shapes[0]} and {shapes[1]} do not fit the configuration (vector_size {d})"
            )
        model.vocab = Vocabulary(table.keys, np.array(table.counts))
        model.weights = Weights(matrix(len(table.keys), d), matrix(len(table.output_vectors), d))
        model.weights.inputs[:, :d], model.weights.outputs[:, :d] = table.vectors, table.output_vectors
        return model


def _call(callbacks: Sequence[Any], name: str, model: Word2Vec) -> None:
    for callback in callbacks:
        getattr(callback, name, lambda model: None)(model)
