"""`Word2Vec`: gensim 4's class over this package's stops."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from w2v.corpus.encode import EncodedCorpus
from w2v.corpus.sources import is_paths, may_change
from w2v.corpus.tokens import plain_keys
from w2v.corpus.vocabulary import NO_RULES, Rules, Vocabulary
from w2v.errors import ArgumentError, ConfigError, ModelStateError, NoKnownWordError, NoWordsError, TokenError
from w2v.system.files import PathLike
from w2v.system.wording import quantity
from w2v.training import raw_vocabulary
from w2v.training.checkpoint import held
from w2v.training.gensim_names import GensimNames
from w2v.training.keywords import announce, configs_from, phrase_config_from
from w2v.training.listeners import Progress
from w2v.training.progress import Shown, listener
from w2v.training.raw_vocabulary import TrimRule, rules_of
from w2v.training.reading import read_corpus

logger = logging.getLogger("w2v")


def _on_the_class(*arguments: Any, **options: Any) -> Any:
    raise AttributeError("load makes a new model; write model = Word2Vec.load(path)")


class Word2Vec(GensimNames):
    """Train word vectors and keep all that further training needs.

    Takes gensim 4's arguments in gensim's order, and `loss`, `negative_sharing`, `cbow_update`, `lower`, `nfc`,
    `tokenize`, `encoding`, `errors`, `deterministic`, `phrases` (passes) with `phrases_threshold` and its like beside
    them; `checkpoint` and `checkpoint_every` are those of `train`. With `sentences` (an iterable of token lists or of
    integer-id arrays, or a path) or `corpus_file` it trains at once, as gensim does. An iterable that makes its
    sentences anew is read for each epoch, a list or a file once. The default model is CBOW; `alpha` follows the model
    (0.05 for CBOW, 0.025 for skip-gram). Raises `ConfigError` for settings that are out of range or contradict each
    other. What differs from gensim: docs/gensim.md.

    progress: True shows a bar, False none; by default there is one on a terminal and in a notebook. A function is
    called with `progress.Figures`, twice a second and after each epoch. What the command prints goes to the logger
    "w2v" at level INFO. `train` takes it too.
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
        sample: float | None = 1e-3,
        seed: int | None = 1,
        workers: int | None = None,
        min_alpha: float = 1e-4,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        hashfxn: Any = hash,
        epochs: int = 5,
        null_word: int = 0,
        trim_rule: TrimRule = None,
        sorted_vocab: int = 1,
        batch_words: int = 10_000,
        compute_loss: bool = False,
        callbacks: Sequence[Any] = (),
        comment: str | None = None,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        checkpoint: PathLike | None = None,
        checkpoint_every: str = "10m",
        progress: Shown = None,
        **options: Any,
    ) -> None:
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
        self.__dict__.update(  # gensim's; the first three say how a vocabulary is built, the next have no effect
            sorted_vocab=sorted_vocab, null_word=null_word, max_vocab_size=max_vocab_size, hashfxn=hashfxn,
            batch_words=batch_words, compute_loss=compute_loss, comment=comment, raw_vocab={}, load=_on_the_class,
            progress=progress,
        )  # fmt: skip
        if sentences is not None or corpus_file is not None:
            shown, rules = listener(progress), rules_of(self, sentences, trim_rule)
            announce(self.config)
            with held(checkpoint), self._encode(sentences, corpus_file, None, shown, rules=rules) as corpus:
                self.prepare(corpus)
                checkpoints = self.checkpoints(checkpoint, checkpoint_every, {}) if checkpoint else None
                read_anew = self._reader(sentences, checkpoints is not None)
                self.run(corpus, None, None, None, callbacks, shown, checkpoints, read_anew)
                logger.info("in all epochs: %s", self.ledger.total)
        elif callbacks or trim_rule is not None:
            logger.warning(
                "callbacks and trim_rule are for the training and the vocabulary of this call, which has no sentences; "
                "give them to train and build_vocab"
            )

    # ---- vocabulary

    def build_vocab(
        self,
        corpus_iterable: Iterable[Any] | PathLike | None = None,
        corpus_file: PathLike | None = None,
        update: bool = False,
        progress_per: int = 10_000,
        keep_raw_vocab: bool = False,
        trim_rule: TrimRule = None,
        min_count: int | None = None,
        sample: float | None = None,
        progress: Shown = None,
    ) -> None:
        """Count the corpus, choose the vocabulary and draw the initial vectors; with `update`, keep all words and their
        vectors and add the new words of the corpus that occur at least `min_count` times in it. Raises `CorpusError`.

        trim_rule: (word, count, min_count) → gensim's RULE_DISCARD, RULE_KEEP or RULE_DEFAULT. `progress_per` and
        `keep_raw_vocab` are gensim's and have no effect.
        """
        self._set(min_count=min_count, sample=sample)
        extends = self._extends(update)
        vocab, rules = self.vocab if extends else None, rules_of(self, corpus_iterable, trim_rule)
        shown = self._listener(progress)
        with self._encode(corpus_iterable, corpus_file, vocab, shown, extends, rules) as corpus:
            if extends:
                self.extend(corpus.vocab)
                self.corpus_count, self.corpus_total_words = corpus.n_sentences_read, corpus.ledger.n_read
            else:
                self.prepare(corpus)

    def build_vocab_from_freq(
        self,
        word_freq: Mapping[str, int],
        keep_raw_vocab: bool = False,
        corpus_count: int | None = None,
        trim_rule: TrimRule = None,
        update: bool = False,
    ) -> None:
        """Take the vocabulary from word → count; `min_count`, `max_final_vocab` and the rule apply. With `update`, keep
        all words and add these."""
        unfit = next((word for word, n in word_freq.items() if not isinstance(n, int | np.integer) or n < 0), None)
        if unfit is not None:
            raise TokenError(f"the count of {unfit!r} is {word_freq[unfit]!r}; give a whole number")
        counts = np.fromiter(word_freq.values(), np.int64, len(word_freq))
        given, rules, config = Vocabulary(plain_keys(word_freq), counts), rules_of(self, None, trim_rule), self.config
        if self._extends(update):
            places = np.arange(len(given))
            old, _ = self._trained()
            self.extend(old.extended(given.words, counts, places, config.min_count, config.max_vocab, rules))
        else:
            vocab = given.pruned(config.min_count, config.max_vocab, rules)
            if len(vocab) < 2:
                raise NoWordsError(f"fewer than two words occur at least {config.min_count} times; lower min_count")
            self._set_vocab(vocab.with_null_word() if rules.has_null_word else vocab)
        self.corpus_count = corpus_count or 0

    def _extends(self, update: bool) -> bool:
        """Whether words are added to a vocabulary, which is what `update` asks for if there is one."""
        if update and self.vocab is None and len(self.wv):
            raise ModelStateError(
                "wv has words and the model no output vectors for them; call build_vocab with your corpus first, then "
                "build_vocab([list(vectors.key_to_index)], update=True, min_count=1), and put the vectors into wv"
            )
        if update and self.vocab is not None:
            self.check_extends()
            return True
        return False

    scan_vocab = raw_vocabulary.scan_vocab
    prepare_vocab = raw_vocabulary.prepare_vocab
    prepare_weights = raw_vocabulary.prepare_weights

    def _set(self, **settings: Any) -> None:
        """Those that are given, as attributes."""
        for name, value in settings.items():
            if value is not None:
                setattr(self, name, value)

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
        progress: Shown = None,
        checkpoint: PathLike | None = None,
        checkpoint_every: str = "10m",
    ) -> tuple[int, int]:
        """Train on a corpus with the model's vocabulary; returns (trained tokens, read tokens) over all epochs, as
        gensim does.

        The first call runs the model's `epochs` from `alpha` to `min_alpha`; a further call needs `epochs`. What is
        given becomes the model's. A warning says where the learning rate rises again: a second full schedule on trained
        vectors is rarely what is meant. `total_examples`,
        `total_words`, `word_count`, `queue_factor`, `report_delay` and `compute_loss` are gensim's and have no effect:
        the length of the corpus is known, and the loss is always computed. checkpoint: a file that `Word2Vec.resume`
        goes on from, written every so often (`30s`, `10m`, `5%`, `200-chunks`) and when training is interrupted.
        """
        self._trained()
        if self.history.epochs and epochs is None:
            raise ConfigError(
                f"the model was trained for {quantity(len(self.history.epochs), 'epoch')} already; say epochs= for "
                f"more, and start_alpha= (it ended at {self.min_alpha_yet_reached:g})"
            )
        alphas = self._alphas(start_alpha, end_alpha)
        self._set(alpha=start_alpha, min_alpha=end_alpha, epochs=epochs)
        if self.history.epochs and start_alpha is None and alphas[0] > self.min_alpha_yet_reached:
            logger.warning(
                "Effective 'alpha' higher than previous training cycles: this run goes from %g to %g, the last ended "
                "at %g; for a gentle continuation give start_alpha= and end_alpha=", *alphas, self.min_alpha_yet_reached
            )  # fmt: skip
        shown = self._listener(progress)
        announce(self.config)
        try:
            encoded = self._encode(corpus_iterable, corpus_file, self.vocab, shown)
        except NoKnownWordError as error:  # as in gensim, whose documentation trains a model on such a text
            logger.warning(
                "nothing is trained: no word of these sentences is in the vocabulary; build_vocab(..., update=True) "
                "adds new words"
            )
            return 0, error.args[1] * self.epochs
        with held(checkpoint), encoded as corpus:
            checkpoints = self.checkpoints(checkpoint, checkpoint_every, {}) if checkpoint else None
            n_read = [corpus.ledger.n_read]
            read_anew = self._reader(corpus_iterable, checkpoints is not None, n_read)
            history = self.run(corpus, epochs, *alphas, callbacks, shown, checkpoints, read_anew)
            logger.info("in all epochs: %s", self.ledger.total)
            of_all = n_read if read_anew else n_read * len(history.epochs)
            return history.total.n_trained, sum(of_all)

    @classmethod
    def resume(
        cls,
        checkpoint: PathLike,
        sentences: Iterable[Any] | PathLike | None = None,
        corpus_file: PathLike | None = None,
        callbacks: Sequence[Any] = (),
        progress: Shown = None,
        checkpoint_every: str = "10m",
    ) -> Self:
        """Finish a training run that was interrupted, from its checkpoint and the same corpus; returns the model.

        With one thread (or `deterministic`) the vectors are byte for byte those of a run that was not interrupted.
        Raises `FormatError` for a damaged checkpoint, `CorpusError` for a corpus that has changed.
        """
        model, shown = cls.load_checkpoint(checkpoint), listener(progress)
        announce(model.config)
        with held(checkpoint), model._encode(sentences, corpus_file, model.vocab, shown) as corpus:
            model.check_corpus(corpus)
            logger.info("going on from %s: %s", checkpoint, model.standing())
            checkpoints = model.checkpoints(checkpoint, checkpoint_every, model.job)
            model.finish(corpus, callbacks, shown, checkpoints)
            logger.info("in all epochs: %s", model.ledger.total)
        return model

    # ---- files

    def save(self, fname: PathLike, *gensim_options: Any, **options: Any) -> None:
        """Write the native format, one file; gensim's `separately`, `sep_limit`, `ignore` and `pickle_protocol` are
        about its own files and have no effect."""
        unknown = set(options) - {"separately", "sep_limit", "ignore", "pickle_protocol"}
        if unknown:
            raise TypeError(f"save() got an unexpected keyword argument {unknown.pop()!r}")
        super().save(fname)

    @classmethod
    def load(cls, fname: PathLike, mmap: str | None = None, rethrow: bool = False) -> Self:
        """Read a model that `save` or `w2v train` wrote, ready for more training; `mmap` and `rethrow` are gensim's and
        have no effect: both matrices are in memory, where training moves them.

        Raises `FormatError` for a damaged file and for one that holds vectors only (`KeyedVectors.load` reads those).
        """
        return super().load(fname)

    # ---- reading

    def _reader(
        self, sentences: Any, has_checkpoints: bool, n_read: list[int] | None = None
    ) -> Callable[[], EncodedCorpus] | None:
        """Reads sentences that may be others each time, for each further epoch; None for those that stay what they are.
        n_read: gets the tokens of each."""
        if sentences is None or is_paths(_listed(sentences)) or not may_change(sentences):
            return None
        if has_checkpoints:
            logger.warning(
                "with a checkpoint the sentences are read once, for all epochs: a run is resumed with the same corpus"
            )
            return None

        def read() -> EncodedCorpus:
            corpus = self._encode(sentences, None, self.vocab, Progress())
            if n_read is not None:
                n_read.append(corpus.ledger.n_read)
            return corpus

        return read

    def _encode(
        self,
        sentences: Any,
        corpus_file: PathLike | None,
        vocab: Vocabulary | None,
        shown: Progress,
        extends: bool = False,
        rules: Rules = NO_RULES,
    ) -> EncodedCorpus:
        if (sentences is None) == (corpus_file is None):
            raise ArgumentError(
                "give either sentences (an iterable of token lists) or corpus_file (a path), not both or neither"
            )
        source = _listed(corpus_file if sentences is None else sentences)
        if not is_paths(source) and not hasattr(source, "__iter__"):
            raise ArgumentError(
                f"sentences is of type {type(source).__name__}; give an iterable of token lists, or a path"
            )
        return read_corpus(self, source, shown, vocab, extends, rules=rules)

    def _listener(self, progress: Shown) -> Progress:
        """What shows a call's progress: as it asks for, or as the model was made."""
        return listener(self.progress if progress is None else progress)


def _listed(source: Any) -> Any:
    """A path as a list of paths."""
    return [source] if isinstance(source, str | bytes) or hasattr(source, "__fspath__") else source
