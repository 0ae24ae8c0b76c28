"""`Word2Vec`: gensim 4's class over this package's stops. The training state is separate from the vectors."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.encode import EncodedCorpus, encode_corpus
from w2v.corpus.sources import is_paths
from w2v.corpus.tokens import plain_keys
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ConfigError, CorpusError
from w2v.evaluation.likelihood import sentence_scores
from w2v.system.files import PathLike
from w2v.training.keywords import GENSIM_SETTINGS, changed_setting, configs_from, phrase_config_from
from w2v.training.listeners import Progress
from w2v.training.memory import memory_parts
from w2v.training.state import TrainingState


class Word2Vec(TrainingState):
    """Train word vectors and keep all that further training needs.

    Takes gensim 4's keywords, and `loss`, `negative_sharing`, `cbow_update`, `lower`, `nfc`, `tokenize`, `encoding`,
    `errors`, `deterministic`, `phrases` (passes) with `phrases_threshold` and its like beside them; `checkpoint` and
    `checkpoint_every` are those of `train`. With `sentences`
    (an iterable of token lists or of integer-id arrays, or a path) or `corpus_file` it trains at once, as gensim
    does. The default model is CBOW; `alpha` follows the model (0.05 for CBOW, 0.025 for skip-gram). Raises
    `ConfigError` for settings that are out of range or contradict each other.
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
        checkpoint: PathLike | None = None,
        checkpoint_every: str = "10m",
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
        phrase_config = phrase_config_from(options)
        super().__init__(*configs_from(settings, hs, options), phrase_config)
        self.callbacks = list(callbacks)
        if sentences is not None or corpus_file is not None:
            with self._encode(sentences, corpus_file, None) as corpus:
                self.prepare(corpus)
                checkpoints = self.checkpoints(checkpoint, checkpoint_every, {}) if checkpoint else None
                self.run(corpus, checkpoints=checkpoints)

    # ---- vocabulary

    def build_vocab(
        self,
        corpus_iterable: Iterable[Any] | PathLike | None = None,
        corpus_file: PathLike | None = None,
        update: bool = False,
        progress_per: int = 10_000,
        keep_raw_vocab: bool = False,
    ) -> None:
        """Count the corpus, choose the vocabulary and draw the initial vectors; with `update`, keep all words and their
        vectors and add the new words of the corpus that occur at least `min_count` times in it. Raises `CorpusError`.

        `progress_per` and `keep_raw_vocab` are gensim's and have no effect.
        """
        extends = update and self.vocab is not None
        if extends:
            self.check_extends()
        with self._encode(corpus_iterable, corpus_file, self.vocab if extends else None, extends) as corpus:
            if extends:
                self.extend(corpus)
            else:
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
        checkpoint: PathLike | None = None,
        checkpoint_every: str = "10m",
    ) -> tuple[int, int]:
        """Train on a corpus with the model's vocabulary; returns (trained tokens, read tokens) over all epochs, as
        gensim does.

        The first call runs the model's `epochs` from `alpha` to `min_alpha`. A further call needs `epochs` and
        `start_alpha`: a second full schedule on trained vectors is rarely what is meant. `total_examples`,
        `total_words`, `word_count`, `queue_factor`, `report_delay` and `compute_loss` are gensim's and have no effect:
        the length of the corpus is known, and the loss is always computed. checkpoint: a file that `Word2Vec.resume`
        goes on from, written every so often (`30s`, `10m`, `5%`, `200-chunks`) and when training is interrupted.
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
            checkpoints = self.checkpoints(checkpoint, checkpoint_every, {}) if checkpoint else None
            history = self.run(corpus, epochs, start_alpha, end_alpha, callbacks, progress, checkpoints)
            return history.total.n_trained, corpus.ledger.n_read * len(history.epochs)

    @classmethod
    def resume(
        cls,
        checkpoint: PathLike,
        sentences: Iterable[Any] | PathLike | None = None,
        corpus_file: PathLike | None = None,
        callbacks: Sequence[Any] = (),
        progress: Progress | None = None,
        checkpoint_every: str = "10m",
    ) -> Self:
        """Finish a training run that was interrupted, from its checkpoint and the same corpus; returns the model.

        With one thread (or `deterministic`) the vectors are byte for byte those of a run that was not interrupted.
        Raises `FormatError` for a damaged checkpoint, `CorpusError` for a corpus that has changed.
        """
        model = cls.load_checkpoint(checkpoint)
        with model._encode(sentences, corpus_file, model.vocab) as corpus:
            model.check_corpus(corpus)
            checkpoints = model.checkpoints(checkpoint, checkpoint_every, model.job)
            model.finish(corpus, callbacks, progress, checkpoints)
        return model

    def _encode(
        self, sentences: Any, corpus_file: PathLike | None, vocab: Vocabulary | None, extends: bool = False
    ) -> EncodedCorpus:
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
        config = self.config if vocab is None or extends else self.keeping_all()
        step = self.phrase_step(vocab is None)
        corpus = encode_corpus(source, self.text, config, vocab, extends=extends, step=step)
        self.take_phrases(step)
        return corpus

    # ---- results

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
        if not self.config.objective.predicts_words:
            raise ConfigError(
                f"predict_output_word needs output vectors of words; {self.config.objective.help} has none, train with "
                "negative sampling"
            )
        vocab, _ = self._trained()
        ids = [vocab.ids[word] for word in context_words_list if word in vocab]
        if not ids:
            return None
        hidden = self.input_vectors[ids].sum(axis=0)
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
        return sentence_scores(sentences, vocab, weights._replace(inputs=self.input_vectors), self.config)

    def __repr__(self) -> str:
        size = f"{len(self.vocab):,} words" if self.vocab else "no vocabulary"
        kind, n_epochs = f"{self.config.model}, {self.config.loss}", len(self.history.epochs)
        return f"<Word2Vec {kind}: {size} x {self.config.vector_size}, {n_epochs} epochs>"
