"""The training state of a model: vocabulary, weights and history; runs over a corpus, files and checkpoints."""

import contextlib
import dataclasses
import logging
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from w2v.config import PhraseConfig, TextConfig, TrainConfig, check_number
from w2v.corpus.encode import EncodedCorpus
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ConfigError, CorpusError, FormatError
from w2v.formats.vector_files import VectorTable, read_vectors, write_vectors
from w2v.kernel.layout import Weights, WordRows
from w2v.kernel.weights import initial_weights
from w2v.kernel.word_vectors import check_rows, word_vectors
from w2v.phrases.learning import PhraseStep
from w2v.phrases.model import PhraseModel
from w2v.system.files import PathLike
from w2v.training import model_file
from w2v.training.checkpoint import PREVIOUS, Checkpoints, base_path, check_checkpoint
from w2v.training.engine import Load
from w2v.training.frozen import locked_words
from w2v.training.history import History
from w2v.training.keywords import describe, plain
from w2v.training.listeners import Progress
from w2v.training.memory import check_memory
from w2v.training.schedule import Schedule, make_schedule
from w2v.training.standing import CORPUS_FACTS
from w2v.training.trainer import train
from w2v.vectors.keyed_vectors import KeyedVectors

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


class TrainingState:
    """What `Word2Vec` trains, keeps and writes."""

    def __init__(
        self,
        text: TextConfig | None = None,
        config: TrainConfig | None = None,
        phrase_config: PhraseConfig | None = None,
    ) -> None:
        self.text, self.config = text or TextConfig(), config or TrainConfig()
        self.phrase_config = phrase_config or PhraseConfig()
        self.phrases: PhraseModel | None = None  # those that are joined in every text
        self.callbacks: list[Any] = []
        self.vocab: Vocabulary | None = None
        self.weights: Weights | None = None
        self.history = History()
        self.corpus_count = self.corpus_total_words = 0
        self.job: dict[str, Any] = {}  # what a checkpoint keeps for whoever started the run
        self.frozen: NDArray[np.bool_] | None = None  # (V,): whose input vectors stay as they are
        self.locked: NDArray[np.bool_] | None = None  # (V,): and those that gensim's locks kept in the run in hand
        self.word_rows: WordRows | None = None  # the input rows of each word; None: each has its own
        self.schedule: Schedule | None = None  # of the run in hand
        self._checkpoint: PathLike | None = None  # that it goes on from
        self.corpus_facts: dict[str, Any] = {}
        self._wv: KeyedVectors | None = None

    @classmethod
    def from_config(
        cls, config: TrainConfig, text: TextConfig | None = None, phrase_config: PhraseConfig | None = None
    ) -> Self:
        """A model without a vocabulary yet, from configurations as the command line makes them."""
        model = cls()
        model.config, model.text = config, text or TextConfig()
        model.phrase_config = phrase_config or PhraseConfig()
        config.validate()
        return model

    def prepare(self, corpus: EncodedCorpus) -> None:
        """Take the vocabulary of an encoded corpus and draw the initial vectors."""
        self._set_vocab(corpus.vocab)
        self.corpus_count, self.corpus_total_words = corpus.n_sentences, corpus.ledger.n_read

    def _set_vocab(self, vocab: Vocabulary) -> None:
        self.config.objective.check_size(len(vocab))  # before memory is taken
        check_memory(len(vocab), self.config)
        self.vocab, self.weights = vocab, initial_weights(len(vocab), self.config)
        self.history, self._wv, self.frozen, self.word_rows = History(), None, None, None

    def use_rows(self, rows: WordRows) -> None:
        """Give each word of the vocabulary a list of input rows, which are drawn anew, instead of a row of its own.

        Raises `ValueError` for lists of another number of words, `W2VError` for more memory than there is.
        """
        vocab, _ = self._trained()
        n_rows = 1 + int(rows.row_ids.max(initial=-1))
        check_rows(rows, len(vocab), n_rows)
        check_memory(len(vocab), self.config, n_rows)
        self.word_rows, self._wv, self.frozen = rows, None, None
        self.weights = initial_weights(len(vocab), self.config, n_rows)

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
        vocab, weights = self._trained()
        self._check_own_rows()
        if table.vectors.shape[1] != self.config.vector_size:
            raise ConfigError(
                f"the vectors to start from have {table.vectors.shape[1]} dimensions and the model "
                f"{self.config.vector_size}; give --vector-size {table.vectors.shape[1]}"
            )
        rows = [row for row, word in enumerate(table.keys) if word in vocab]
        if not rows:
            raise ConfigError("the vectors to start from have no word in common with the corpus; check both files")
        ids = [vocab.ids[table.keys[row]] for row in rows]
        weights.inputs[ids, : self.config.vector_size] = table.vectors[rows]
        if freeze:
            self.frozen = np.zeros(len(vocab), bool)
            self.frozen[ids] = True
        return len(rows)

    def extend(self, corpus: EncodedCorpus) -> int:
        """Take over the vocabulary of a corpus that was encoded with `extends`: old words keep their vectors, new ones
        start as in a new model; returns how many are new. Raises `ConfigError` for an objective that takes no new
        words."""
        old, before, d = self.vocab, self.weights, self.config.vector_size
        assert old is not None and before is not None
        self.check_extends()
        check_memory(len(corpus.vocab), self.config)
        ids = [corpus.vocab.ids[word] for word in old.words]
        weights = initial_weights(len(corpus.vocab), self.config)
        weights.inputs[ids, :d], weights.outputs[ids, :d] = before.inputs[:, :d], before.outputs[:, :d]
        locked = np.array(ids)[locked_words(self._wv, len(old))]
        if self.frozen is not None:
            frozen = np.zeros(len(corpus.vocab), bool)
            frozen[ids] = self.frozen
            self.frozen = frozen
        self.vocab, self.weights, self._wv = corpus.vocab, weights, None
        if len(locked):
            self.wv.vectors_lockf = (~np.isin(np.arange(len(corpus.vocab)), locked)).astype(np.float32)
        return len(corpus.vocab) - len(old)

    def check_extends(self) -> None:
        """Raise `ConfigError` for a model that cannot take new words."""
        self._check_own_rows()
        objective = self.config.objective
        if objective.no_new_words:
            raise ConfigError(
                f"a model with {objective.help} takes no new words: {objective.no_new_words}; train a new model that "
                "starts from its vectors (--init)"
            )

    def _check_own_rows(self) -> None:
        """Raise `ConfigError` where words have no row of their own."""
        if self.word_rows is not None:
            raise ConfigError(
                "the words of this model share input rows, so single vectors cannot be set, kept or added"
            )

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
    ) -> History:
        """Train on an encoded corpus; what `train` and the command line have in common."""
        n_epochs = self.config.epochs if epochs is None else epochs
        if isinstance(n_epochs, bool) or not isinstance(n_epochs, int | np.integer) or n_epochs < 1:
            raise ConfigError(f"epochs is {n_epochs!r}; it must be a whole number of at least 1")
        vocab, _ = self._trained()
        corpus.check_sound()
        alphas, n_before = self._alphas(start_alpha, end_alpha), len(self.history.epochs)
        self.schedule = make_schedule(self.config, len(corpus.ids), len(vocab), int(n_epochs), n_before, alphas)
        self.history.leave_epoch()
        self.corpus_facts = {
            "fingerprint": corpus.fingerprint,
            **corpus.ledger.facts(),
            "n_sentences": corpus.n_sentences,
        }
        return self.finish(corpus, callbacks, progress, checkpoints)

    def finish(
        self,
        corpus: EncodedCorpus,
        callbacks: Sequence[Any] = (),
        progress: Progress | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> History:
        """Train what is left of the run in hand; returns the history of the whole run."""
        assert self.vocab is not None and self.weights is not None and self.schedule is not None
        logger.info("%s", describe(self.config))
        calls, schedule = [*self.callbacks, *callbacks], self.schedule

        def after_epoch(epoch: int) -> None:
            self._changed()
            _call(calls, "on_epoch_end", self)
            if epoch + 1 < schedule.n_epochs:
                _call(calls, "on_epoch_begin", self)

        with checkpoints.advising() if checkpoints else contextlib.nullcontext():
            _call(calls, "on_train_begin", self)
            _call(calls, "on_epoch_begin", self)
            load = Load(
                self.weights,
                corpus.ids,
                self.vocab.counts,
                self.config,
                word_rows=self.word_rows,
                frozen=self._frozen_now(),
            )
            history = train(load, schedule, progress, self.history, after_epoch, checkpoints)
            self._changed()
            _call(calls, "on_train_end", self)
        return history

    def _frozen_now(self) -> NDArray[np.bool_] | None:
        """(V,) whose input vectors stay as they are in a run that begins now. Raises `ConfigError`."""
        vocab, _ = self._trained()
        self.locked = locked_words(self._wv, len(vocab))
        if not self.locked.any():
            self.locked = None
            return self.frozen
        self._check_own_rows()
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
        """The weights moved: what `wv` derived from them is stale."""
        if self._wv is not None:
            if self.word_rows is not None:  # made of the weights, not a view of them
                self._wv.vectors = self.input_vectors
            self._wv.norms = None
            self._wv.metadata = model_file.metadata_of(self)

    # ---- results

    @property
    def wv(self) -> KeyedVectors:
        """The input vectors: (V, d), a view of the weights that further training moves (where words
        have rows in common: made of them, and made again)."""
        if self._wv is None:
            table = self.to_table()
            assert table.counts is not None
            # Adding keys or setting counts there must not change the vocabulary of the model.
            self._wv = KeyedVectors.from_table(table._replace(keys=table.keys[:], counts=table.counts.copy()))
        return self._wv

    @property
    def input_vectors(self) -> NDArray[np.floating]:
        """(V, d), of all words: a view of the weights, or made of them where words have several rows."""
        return word_vectors(self._trained()[1].inputs[:, : self.config.vector_size], self.word_rows)

    def _trained(self) -> tuple[Vocabulary, Weights]:
        if self.vocab is None or self.weights is None:
            raise ConfigError("the model has no vocabulary and no vectors yet; train it first")
        return self.vocab, self.weights

    # ---- files

    def to_table(self) -> VectorTable:
        """Everything the native format holds."""
        self._trained()
        return model_file.table_of(self)

    def save(self, fname: PathLike) -> None:
        """Write the native format: training can go on from it, and `nn`, `eval` and `w2v.load` read it."""
        if locked_words(self._wv, len(self.vocab or ())).any():
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
        return f"{n_epochs} of {self.schedule.n_epochs} epochs are done and {n_tokens:,} tokens of the next"

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

    def checkpoints(self, path: PathLike, every: str, job: Mapping[str, Any]) -> Checkpoints:
        """Those of the run in hand. job: kept in them, what else it takes to go on."""

        def save(path: Path) -> None:
            table = self.to_table()
            run = model_file.standing_of(self, job)
            write_vectors(path, table._replace(metadata={**table.metadata, "run": run}), "w2v")

        found = Checkpoints(path, every, save)
        found.is_written = path == self._checkpoint
        if os.fspath(path).endswith(PREVIOUS):  # the last one is damaged: replace it, and keep this one
            found.path, found.keeps_previous = base_path(path), False
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
