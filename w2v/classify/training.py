"""Documents → a trained classifier, with checkpoints from which the same training goes on."""

import contextlib
import dataclasses
import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from w2v.classify.checkpoint import Standing, read_standing, write_standing
from w2v.classify.classifier import Classifier
from w2v.classify.config import ClassifyConfig
from w2v.classify.features import Tokens
from w2v.classify.means import MeanTraining
from w2v.config import TextConfig
from w2v.errors import CorpusError
from w2v.network.network import Epoch
from w2v.phrases.model import PhraseModel
from w2v.system.interrupts import Signals, deferred_signals
from w2v.system.wording import quantity
from w2v.training.checkpoint import EACH_TIME, Checkpoints
from w2v.training.listeners import Progress
from w2v.vectors.subword_vectors import SubwordVectors

OnEpoch = Callable[[Epoch], object]


class Training(Protocol):
    """What is trained, and where it stands."""

    classifier: Classifier

    @property
    def n_epochs(self) -> int:
        """Whole epochs done."""

    def standing(self) -> tuple[dict[str, NDArray[np.float32]], dict[str, Any]]:
        """Arrays and plain values that it takes to go on."""

    def go_on_from(self, standing: Standing) -> None:
        """Take over what `standing` gave, as a file has it. Raises `FormatError`."""

    def finish(self, progress: Progress, signals: Signals, pause: Callable[[Epoch | None], None]) -> None:
        """Train what is left. pause: called when nothing is at work, after each epoch with its figures, and with None
        when a signal stops an epoch; it may end training with an exception. Raises `W2VError` when training diverges.
        """


def train_classifier(
    tokens: Tokens,
    config: ClassifyConfig,
    text: TextConfig,
    checkpoints: Checkpoints | None,
    vectors: Any = None,
    progress: Progress | None = None,
    on_epoch: OnEpoch = lambda epoch: None,
    phrases: PhraseModel | None = None,
) -> Classifier:
    """Train on labelled documents.

    checkpoints: of `checkpoint.classifier_checkpoints`; training goes on from one that is there; or None. vectors:
    `KeyedVectors`, needed unless `config.finetune`; those with n-grams give unknown words of documents vectors, too.
    progress: is told of chunks where embeddings are trained. phrases: those that are joined in the tokens, and will
    be in other documents. Raises
    `CorpusError` for fewer than two labels or no known word, `ConfigError` and `FormatError` for a checkpoint of
    something else or a damaged one, `W2VError` when training diverges, `Interrupted` on Ctrl-C, after the checkpoint
    was written if there are any.
    """
    if isinstance(vectors, SubwordVectors):
        vectors = vectors.with_composed(tokens.words)
    if vectors is not None and config.finetune:
        config = dataclasses.replace(config, dim=vectors.vector_size)
    config.validate()
    _check_labels(tokens)
    run = "" if checkpoints is None else _name_of_run(tokens, config, text, vectors)
    standing = None if checkpoints is None else read_standing(checkpoints, run)
    with deferred_signals() as signals:
        training = _kind(config)(tokens, config, text, vectors)
        if standing is not None:
            training.go_on_from(standing)
            standing.check_all_read()
        if checkpoints is not None:
            checkpoints.save = lambda path: write_standing(path, run, *training.standing())

        def pause(epoch: Epoch | None) -> None:
            if epoch is not None:
                on_epoch(epoch)
            _pause(epoch, training, checkpoints, signals)

        with contextlib.nullcontext() if checkpoints is None else checkpoints.advising():
            training.finish(progress or Progress(), signals, pause)
    training.classifier.phrases = phrases
    return training.classifier


def _kind(config: ClassifyConfig) -> Callable[..., Training]:
    """What is trained with these settings."""
    if not config.finetune:
        return MeanTraining
    from w2v.classify.embeddings import EmbeddingTraining  # the compiler comes with it

    return EmbeddingTraining


def _pause(epoch: Epoch | None, training: Training, checkpoints: Checkpoints | None, signals: Signals) -> None:
    """Write a checkpoint if it is time; raise `Interrupted` if a signal has come."""
    if checkpoints is None:
        signals.check(f"interrupted after {training.n_epochs} whole epochs")
        return
    is_last = signals.number is not None
    if is_last or (epoch is not None and checkpoints.is_due_after(epoch.number)):
        checkpoints.write(is_last)
    if is_last:
        signals.check(
            f"interrupted after {training.n_epochs} whole epochs; the same command goes on from {checkpoints.path}"
            + ("" if checkpoints.interval == EACH_TIME else f" with --checkpoint {checkpoints.path}")
        )


def _check_labels(tokens: Tokens) -> None:
    if not len(tokens.ids):
        raise CorpusError("there is no document to train on; give labelled documents")
    if len(tokens.labels) < 2:
        raise CorpusError(
            f"all {quantity(len(tokens.ids), 'document')} have the label {tokens.labels[0]!r}; "
            "give documents of at least two"
        )
    if not len(tokens.ids.ids):
        raise CorpusError("all documents are empty; check where the text is (--text-column)")


def _name_of_run(tokens: Tokens, config: ClassifyConfig, text: TextConfig, vectors: Any) -> str:
    """Changes with the documents and with every setting but the number of threads."""
    digest = hashlib.blake2b(digest_size=16)
    settings = {**vars(config), "threads": None, "text": vars(text)}
    digest.update(json.dumps([settings, tokens.words, tokens.labels]).encode())
    for lists in (tokens.ids, tokens.label_ids):
        digest.update(lists.ids.tobytes() + lists.offsets.tobytes())
    if vectors is not None:
        digest.update(zlib.crc32(np.ascontiguousarray(vectors.matrix).data).to_bytes(4, "little"))
    return digest.hexdigest()
