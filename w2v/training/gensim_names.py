"""What gensim's `Word2Vec` has beside training: names of settings, results under its names, predictions."""

import itertools
import logging
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ModelStateError
from w2v.evaluation.likelihood import sentence_scores
from w2v.system.wording import quantity
from w2v.training.keywords import GENSIM_SETTINGS, changed_setting
from w2v.training.memory import memory_parts
from w2v.training.state import TrainingState

logger = logging.getLogger("w2v")


class GensimNames(TrainingState):
    """A trained state under the names that gensim users know."""

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
        """A setting that is assigned takes effect from the next `build_vocab` or `train` on, if it may change."""
        if name in GENSIM_SETTINGS:
            self.config = changed_setting(self.config, name, value)
        else:
            object.__setattr__(self, name, value)

    # ---- weights

    @property
    def output_vectors(self) -> NDArray[np.float32]:
        """The output vectors: one for each word; for hierarchical softmax (V − 1, d), the inner nodes; for both, the
        ones before the others."""
        return self._columns(self._trained()[1].outputs)

    @property
    def syn1neg(self) -> NDArray[np.float32]:
        """(V, d): the output vectors of the words, a view that may be written to. `AttributeError` if there are none,
        as in gensim."""
        vocab, weights = self._trained()
        if not self.config.objective.predicts_words:
            raise AttributeError
        return self._columns(weights.outputs)[: len(vocab)]

    @syn1neg.setter
    def syn1neg(self, rows: NDArray[np.floating]) -> None:
        self.syn1neg[:] = rows

    @property
    def syn1(self) -> NDArray[np.float32]:
        """(V, d): the output vectors of the inner nodes, and a last row that is not used; a read-only copy (write to
        `output_vectors`). `AttributeError` if there are none, as in gensim."""
        vocab, weights = self._trained()
        if not self.config.objective.uses_tree:
            raise AttributeError
        nodes = self._columns(weights.outputs)[1 - len(vocab) :]
        copy = np.concatenate([nodes, np.zeros_like(nodes[:1])])
        copy.setflags(write=False)
        return copy

    def reset_from(self, other_model: TrainingState) -> None:
        """Take the vocabulary of another model, and draw new vectors for it."""
        vocab, _ = other_model._trained()
        self._set_vocab(Vocabulary(vocab.words, vocab.counts))
        self.corpus_count, self.corpus_total_words = other_model.corpus_count, other_model.corpus_total_words

    def init_weights(self) -> None:
        """Draw new vectors for the vocabulary."""
        vocab, _ = self._trained()
        self._set_vocab(vocab)

    # ---- what training reported

    def get_latest_training_loss(self) -> float:
        """The sum of the losses of all pairs since the last run began, in nats, as gensim has it with
        `compute_loss=True`. It grows from epoch to epoch; `mean_loss` is what can be compared."""
        return self.running_training_loss

    @property
    def running_training_loss(self) -> float:
        """gensim's attribute behind `get_latest_training_loss`; programs set it to 0 after each epoch."""
        return float(self._loss_of_run() + self.loss_shift)

    @running_training_loss.setter
    def running_training_loss(self, loss: float) -> None:
        self.loss_shift = float(loss) - self._loss_of_run()

    def _loss_of_run(self) -> float:
        return self.history.since(self.schedule.first_epoch if self.schedule else 0).total.loss

    @property
    def total_train_time(self) -> float:
        """Seconds of training in all runs of this object."""
        return sum(self.history.seconds)

    @property
    def mean_loss(self) -> float:
        """Mean loss per pair of the last epoch, in nats."""
        return self.history.epochs[-1].mean_loss if self.history.epochs else 0.0

    @property
    def min_alpha_yet_reached(self) -> float:
        """The learning rate that training ended with, or will begin with."""
        return self.history.alphas[-1][1] if self.history.alphas else self.config.start_alpha

    def estimate_memory(self, vocab_size: int | None = None) -> dict[str, int]:
        """Bytes of the matrices and the vocabulary for `vocab_size` words (the model's own by default), in gensim's
        words: "vocab", "vectors", "syn1neg" for the words' output vectors, "syn1" for those of the tree, "total"."""
        n_words = vocab_size if vocab_size is not None else len(self.vocab or ())
        parts, objective = memory_parts(n_words, self.config), self.config.objective
        report = {"vocab": parts["vocab"], "vectors": parts["input_vectors"]}
        if objective.predicts_words:
            report["syn1neg"] = parts["input_vectors"]
        if objective.uses_tree:
            report["syn1"] = parts["output_vectors"] - report.get("syn1neg", 0)
        return {**report, "total": sum(parts.values())}

    # ---- predictions

    def predict_output_word(
        self, context_words_list: Sequence[str | int], topn: int = 10
    ) -> list[tuple[str, float]] | None:
        """The words most likely as center of a context, with probabilities; None if no context word is known. The
        context may also be given by row numbers of `wv`.

        Negative sampling only, by softmax over output vectors as in gensim. Raises `ModelStateError` for other
        objectives.
        """
        if not self.config.objective.predicts_words:
            raise ModelStateError(
                f"predict_output_word needs output vectors of words; {self.config.objective.help} has none, train with "
                "negative sampling"
            )
        vocab, _ = self._trained()
        ids = [row for word in context_words_list if (row := self.wv.get_index(word, -1)) >= 0]
        if not ids:
            logger.warning("no word of the context is in the vocabulary")
            return None
        hidden = self.input_vectors[ids].sum(axis=0)
        if self.config.cbow_mean:
            hidden /= len(ids)
        scores = (self.output_vectors[: len(vocab)] @ hidden).astype(np.float64)
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        return [(vocab.words[i], float(shares[i])) for i in np.argsort(-shares, kind="stable")[:topn]]

    def score(
        self,
        sentences: Iterable[Sequence[str]],
        total_sentences: int | None = None,
        chunksize: int = 100,
        queue_factor: int = 2,
        report_delay: float = 1.0,
    ) -> NDArray[np.float64]:
        """Log probability of each sentence under a hierarchical softmax model (Taddy 2015), over full windows; unknown
        words are left out. total_sentences: no more than these. The arguments after it are gensim's and have no
        effect."""
        vocab, weights = self._trained()
        chosen = itertools.islice(sentences, total_sentences)
        return sentence_scores(chosen, vocab, weights._replace(inputs=self.input_vectors), self.config)

    # ---- notes

    def init_sims(self, replace: bool = False) -> None:
        """gensim 3's name on the model; see `KeyedVectors.init_sims`."""
        self.wv.init_sims(replace)

    def add_lifecycle_event(self, event_name: str, log_level: int = logging.INFO, **event: Any) -> None:
        """Log an event, as `KeyedVectors.add_lifecycle_event` does."""
        self.wv.add_lifecycle_event(event_name, log_level, **event)

    # ---- shown

    def __repr__(self) -> str:
        size = f"{len(self.vocab):,} words" if self.vocab else "no vocabulary"
        kind, n_epochs = f"{self.config.model}, {self.config.loss}", len(self.history.epochs)
        tokens = f", the last of {self.ledger.last}" if n_epochs else ""
        return f"<Word2Vec {kind}: {size} x {self.config.vector_size}, {quantity(n_epochs, 'epoch')}{tokens}>"

    def __str__(self) -> str:
        size = f"vocab={len(self.wv)}, vector_size={self.config.vector_size}"
        return f"{type(self).__name__}<{size}, alpha={self.config.start_alpha}>"
