"""The training state of a model: vocabulary, weights and history; runs over a corpus, files and checkpoints."""

import contextlib
import dataclasses
import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from w2v.config import PhraseConfig, TextConfig, TrainConfig, check_number
from w2v.corpus.encode import EncodedCorpus
from w2v.corpus.ngrams import ngrams_of
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ConfigError, CorpusError, FormatError
from w2v.formats.vector_files import VectorTable, read_vectors, write_vectors
from w2v.kernel.layout import WordRows
from w2v.kernel.subword_rows import subword_rows
from w2v.kernel.weights import initial_weights
from w2v.kernel.word_vectors import check_rows
from w2v.phrases.learning import PhraseStep
from w2v.phrases.model import PhraseModel
from w2v.system.files import PathLike
from w2v.system.wording import quantity
from w2v.training import model_file, taking_over
from w2v.training.checkpoint import RESUME, Checkpoints, check_checkpoint
from w2v.training.engine import Load
from w2v.training.frozen import locked_words
from w2v.training.history import History
from w2v.training.keywords import plain
from w2v.training.ledger import Ledgers, left_out
from w2v.training.listeners import Progress
from w2v.training.memory import check_memory
from w2v.training.schedule import Schedule, make_schedule
from w2v.training.shared import Shared
from w2v.training.standing import CORPUS_FACTS
from w2v.training.trainer import train

logger = logging.getLogger("w2v")


class Callback:
    """Called during training; override what you need. gensim's `CallbackAny2Vec` works as well."""

    def on_train_begin(self, model: Any) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, model: Any) -> None:
        """Before each epoch."""

    def on_epoch_end(self, model: Any) -> None:
        """After each epoch; no thread is at work."""

    def on_train_end(self, model: Any) -> None:
        """After the last epoch."""


class TrainingState(Shared):
    """What `Word2Vec` trains, keeps and writes."""

    def __init__(
        self,
        text: TextConfig | None = None,
        config: TrainConfig | None = None,
        phrase_config: PhraseConfig | None = None,
    ) -> None:
        self.text = text or TextConfig()
        super().__init__(config or TrainConfig())
        self.phrase_config = phrase_config or PhraseConfig()
        self.phrases: PhraseModel | None = None  # those that are joined in every text
        self.history = History()
        self.corpus_count = self.corpus_total_words = 0
        self.job: dict[str, Any] = {}  # what a checkpoint keeps for whoever started the run
        self.locked: NDArray[np.bool_] | None = None  # (V,): whom gensim's locks kept in the run in hand
        self.schedule: Schedule | None = None  # of the run in hand
        self.loss_shift = 0.0  # what a user's setting of gensim's running loss adds to the sum of the run in hand
        self._checkpoint: PathLike | None = None  # that it goes on from
        self.corpus_facts: dict[str, Any] = {}

    @classmethod
    def from_config(
        cls, config: TrainConfig, text: TextConfig | None = None, phrase_config: PhraseConfig | None = None
    ) -> Self:
        """A model without a vocabulary yet, from configurations as the command line makes them."""
        model = cls()
        model.phrase_config = phrase_config or PhraseConfig()
        config.check_ranges()
        Shared.__init__(model, config)
        model.text = text or TextConfig()
        return model

    def prepare(self, corpus: EncodedCorpus) -> None:
        """Take the vocabulary of an encoded corpus and draw the initial vectors."""
        self._set_vocab(corpus.vocab)
        self.corpus_count, self.corpus_total_words = corpus.n_sentences, corpus.ledger.n_read

    def _set_vocab(self, vocab: Vocabulary) -> None:
        self.config.objective.check_size(len(vocab))  # before memory is taken
        check_memory(len(vocab), self.config)
        ngrams = ngrams_of(self.config)
        self.history = History()
        if ngrams is None:
            self.take(vocab, initial_weights(len(vocab), self.config))
            self._changed()
        else:
            made = subword_rows(vocab.words, ngrams)
            self._take_rows(vocab, made.rows, made.ngram_buckets)

    def use_rows(self, rows: WordRows, ngram_buckets: NDArray[np.int32] | None = None) -> None:
        """Give each word of the vocabulary a list of input rows, which are drawn anew, instead of a row of its own.
        ngram_buckets: what `subword_rows` found, if it made the lists.

        Raises `ValueError` for lists of another number of words, `W2VError` for more memory than there is.
        """
        vocab, _ = self._trained()
        self._take_rows(vocab, rows, ngram_buckets)

    def _take_rows(self, vocab: Vocabulary, rows: WordRows, ngram_buckets: NDArray[np.int32] | None) -> None:
        n_rows = 1 + int(rows.row_ids.max(initial=-1))
        check_rows(rows, len(vocab), n_rows)
        check_memory(len(vocab), self.config, n_rows)
        self.take(vocab, initial_weights(len(vocab), self.config, n_rows), rows, ngram_buckets)
        self._changed()

    def phrase_step(self, learns: bool) -> PhraseStep | None:
        """What joins phrases in a text before its words are chosen; afterwards `take_phrases`. learns: the text brings
        a new vocabulary, and its own phrases. Raises `ConfigError` where words are dropped while they are counted."""
        known = None if learns and self.phrase_config.phrases else self.phrases
        if known is None and not self.phrase_config.phrases:
            return None
        if self.text.vocab_memory is not None:
            raise ConfigError(
                "phrases are found among all words, and vocab_memory drops words while it counts; leave one of them out"
            )
        return PhraseStep(self.phrase_config, self.text, self.config.n_threads, known)

    def take_phrases(self, step: PhraseStep | None) -> None:
        """Keep what a step has learned."""
        if step is not None:
            self.phrases = step.model

    @property
    def is_resumed(self) -> bool:
        """Whether the run in hand goes on from a checkpoint."""
        return self._checkpoint is not None

    def keeping_all(self) -> TrainConfig:
        """The configuration to encode a corpus with, when its words are those of the model already."""
        return dataclasses.replace(self.config, min_count=0, max_vocab=None)

    def start_from(self, table: VectorTable, freeze: bool = False) -> int:
        """Give the words that a vector file has, too, its vectors to start from (`freeze`: to keep); returns how many
        they are. Raises `ConfigError` when the vectors have another size or no word in common."""
        self._trained()
        n_words = taking_over.start_from(self, table, freeze)
        self._changed()
        return n_words

    def start_from_compass(self, table: VectorTable) -> int:
        """Train words against a model of all texts, whose output vectors become the input vectors of the words that
        both have, and stay; the result is in the output vectors, in the space of that model's own. Returns how many
        words that are; raises `ConfigError` for a model or a file without an output vector for each word."""
        self._trained()
        n_words = taking_over.start_from_compass(self, table)
        self._changed()
        return n_words

    def extend(self, vocab: Vocabulary) -> int:
        """Take over the vocabulary of a corpus that was encoded with `extends`: old words keep their rows, as do their
        n-grams, new ones start as in a new model; returns how many are new. Raises `ConfigError` for words that share
        rows, unless they are those of n-grams."""
        self.check_extends()
        n_old, n_words = len(self._trained()[0]), len(vocab)
        taking_over.extend(self, vocab)
        self._changed()
        logger.info("the model's %s words are kept, %s are new", f"{n_old:,}", f"{n_words - n_old:,}")
        return n_words - n_old

    def check_extends(self) -> None:
        """Raise `ConfigError` for a model that cannot take new words."""
        if self.ngram_buckets is None:
            self.check_own_rows()

    # ---- a run

    def run(
        self,
        corpus: EncodedCorpus,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        callbacks: Sequence[Any] = (),
        progress: Progress | None = None,
        checkpoints: Checkpoints | None = None,
        read_anew: Callable[[], EncodedCorpus] | None = None,
    ) -> History:
        """Train on an encoded corpus; what `train` and the command line have in common. read_anew: gives the corpus of
        each further epoch, where that is another one."""
        n_epochs = self.config.epochs if epochs is None else epochs
        if isinstance(n_epochs, bool) or not isinstance(n_epochs, int | np.integer) or n_epochs < 1:
            raise ConfigError(f"epochs is {n_epochs!r}; it must be a whole number of at least 1")
        vocab, _ = self._trained()
        corpus.check_sound(self.config.sample)
        alphas, n_before = self._alphas(start_alpha, end_alpha), len(self.history.epochs)
        self.schedule = make_schedule(self.config, len(corpus.ids), len(vocab), int(n_epochs), n_before, alphas)
        self.history.leave_epoch()
        self.loss_shift = 0.0
        self.corpus_facts = {
            "fingerprint": corpus.fingerprint,
            **corpus.ledger.facts(),
            "n_sentences": corpus.n_sentences,
        }
        return self.finish(corpus, callbacks, progress, checkpoints, read_anew)

    def finish(
        self,
        corpus: EncodedCorpus,
        callbacks: Sequence[Any] = (),
        progress: Progress | None = None,
        checkpoints: Checkpoints | None = None,
        read_anew: Callable[[], EncodedCorpus] | None = None,
    ) -> History:
        """Train what is left of the run in hand; returns the history of the whole run."""
        assert self.vocab is not None and self.schedule is not None
        self.history.in_hand_left_out = left_out(corpus)
        calls, schedule, weights = list(callbacks), self.schedule, self._trained()[1]

        def after_epoch(epoch: int) -> None:
            self._changed()
            _call(calls, "on_epoch_end", self)
            if epoch + 1 < schedule.n_epochs:
                _call(calls, "on_epoch_begin", self)
                check_same_rows()

        def check_same_rows() -> None:
            if any(now is not then for now, then in zip(self._trained()[1], weights, strict=True)):
                raise ConfigError("a callback changed the words of wv, which cannot be done while a run is on")

        def next_stream() -> tuple[NDArray[np.int32], int]:
            assert read_anew is not None
            again.close()  # the epoch before is done
            corpus = again.enter_context(read_anew())
            self.history.in_hand_left_out = left_out(corpus)
            return corpus.ids, corpus.longest_sentence

        with contextlib.ExitStack() as again, checkpoints.advising() if checkpoints else contextlib.nullcontext():
            _call(calls, "on_train_begin", self)
            _call(calls, "on_epoch_begin", self)
            check_same_rows()
            load = Load(
                weights,
                corpus.ids,
                self.vocab.counts,
                self.config,
                word_rows=self.word_rows,
                frozen=self._frozen_now(),
                longest_sentence=corpus.longest_sentence,
            )
            history = train(
                load, schedule, progress, self.history, after_epoch, checkpoints, next_stream if read_anew else None
            )
            self._changed()
            if not history.total.n_pairs:
                logger.warning("not one pair of words was trained; give a longer text, or keep more of it (--sample 0)")
            elif not history.has_learned:
                logger.warning(
                    "next to nothing was learned: the loss is %.4f per pair, of vectors that know nothing %.4f; give "
                    "more text or more --epochs, and of a graph not its edges but walks over them",
                    history.epochs[-1].mean_loss,
                    history.loss_at_zero,
                )
            _call(calls, "on_train_end", self)
        return history

    def _frozen_now(self) -> NDArray[np.bool_] | None:
        """(R,) which input rows stay as they are in a run that begins now. Raises `ConfigError`."""
        vocab, _ = self._trained()
        self.locked = locked_words(self.wv, len(vocab))
        if not self.locked.any():
            self.locked = None
            return self.frozen
        self.check_own_rows()
        return self.locked if self.frozen is None else self.locked | self.frozen

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
        """The weights moved: what `wv` says of them is stale."""
        weights = self._trained()[1]
        if self.word_rows is not None:  # their vectors are made of the weights, not a view of them
            self._show(weights)
        self.wv.norms = None
        self.wv.metadata = model_file.metadata_of(self)

    # ---- results

    @property
    def ledger(self) -> Ledgers:
        """What became of every token, in the last epoch (`ledger.last`) and in all (`ledger.total`); print it for a
        table."""
        return Ledgers.of(self.history)

    # ---- files

    def to_table(self) -> VectorTable:
        """Everything the native format holds."""
        self._trained()
        return model_file.table_of(self)

    def save(self, fname: PathLike) -> None:
        """Write the native format: training can go on from it, and `nn`, `eval` and `w2v.load` read it."""
        if locked_words(self.wv, len(self._trained()[0])).any():
            warnings.warn(f"vectors_lockf is not stored in {fname}; set it again after loading", stacklevel=2)
        write_vectors(fname, self.to_table(), "w2v")

    @classmethod
    def load(cls, fname: PathLike) -> Self:
        """Read a model that `save` or `w2v train` wrote, ready for more training.

        Raises `FormatError` for a damaged file and for one that holds vectors only (`KeyedVectors.load` reads those).
        """
        return model_file.read_model(cls, fname)

    # ---- checkpoints

    def standing(self) -> str:
        """How much of the run in hand is done, in words."""
        assert self.schedule is not None
        done = self.history.since(self.schedule.first_epoch)
        n_epochs, n_tokens = len(done.epochs), self.history.in_hand.n_tokens
        return f"{n_epochs} of {self.schedule.n_epochs} epochs are done and {quantity(n_tokens, 'token')} of the next"

    def check_corpus(self, corpus: EncodedCorpus) -> None:
        """Raise `CorpusError`, naming the difference, unless the run in hand began with this corpus."""
        facts = {**dataclasses.asdict(corpus.ledger), "n_sentences": corpus.n_sentences}
        different = [
            f"{facts[name]:,} {what} instead of {self.corpus_facts.get(name, 0):,}"
            for name, what in CORPUS_FACTS.items()
            if facts[name] != self.corpus_facts.get(name, 0)
        ]
        if not different and corpus.fingerprint == self.corpus_facts["fingerprint"]:
            if self.schedule is not None and self.schedule.n_tokens != len(corpus.ids):
                raise FormatError("the checkpoint says two things about the length of its corpus; it is damaged")
            return
        what = " and ".join(different) or "as many tokens and sentences, but not the same"
        raise CorpusError(
            f"the corpus is not the one that training began with: it has {what}; resume with the corpus as it was, or "
            "train anew"
        )

    def checkpoints(self, path: PathLike, every: str, job: Mapping[str, Any], go_on: str = RESUME) -> Checkpoints:
        """Those of the run in hand. job: kept in them, what else it takes to go on. go_on: as `Checkpoints` has it."""

        def save(path: Path) -> None:
            table = self.to_table()
            run = model_file.standing_of(self, job)
            write_vectors(path, table._replace(metadata={**table.metadata, "run": run}), "w2v")

        found = Checkpoints(path, every, save, go_on)
        found.is_written = path == self._checkpoint
        return found

    @classmethod
    def load_checkpoint(cls, path: PathLike) -> Self:
        """The model as it stood, with the run in hand. Raises `FormatError` for a damaged file or one that is no
        checkpoint."""
        check_checkpoint(path)
        run = read_vectors(path).metadata.get("run")
        if run is None:
            raise FormatError(f"{path} is no checkpoint: its training is finished; load it with Word2Vec.load")
        model = cls.load(path)
        model_file.take_standing(model, path, run)
        model._checkpoint = path
        return model


def _call(callbacks: Sequence[Any], name: str, model: Any) -> None:
    for callback in callbacks:
        getattr(callback, name, lambda model: None)(model)
