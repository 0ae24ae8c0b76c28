"""Documents → a trained classifier, with a checkpoint from which the same training goes on."""

import dataclasses
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.classify.classifier import Classifier, targets_of
from w2v.classify.config import ClassifyConfig
from w2v.classify.features import Tokens, make_bag, make_means
from w2v.config import TextConfig
from w2v.errors import ConfigError, CorpusError, FormatError
from w2v.network.network import Epoch, Fitting, Network
from w2v.network.optimisers import Optimiser
from w2v.system.container import read_container, write_container
from w2v.system.interrupts import Interrupted, Signals, deferred_signals
from w2v.training.listeners import Progress

_CHECKPOINT = "w2v-classifier-checkpoint"
_MEAN_BATCH = 32
OnEpoch = Callable[[Epoch], object]


class Checkpoint:
    """The file that an interrupted training goes on from. every_epoch: write it after each epoch, not only when
    training is interrupted."""

    def __init__(self, path: str | Path, every_epoch: bool) -> None:
        self.path, self.every_epoch, self.run = Path(path), every_epoch, ""

    def open(self, run: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
        """Arrays and state to go on from, None without a file. run: names documents and settings. Raises `ConfigError`
        for the checkpoint of another run, `FormatError` for a damaged one."""
        self.run = run
        if not self.path.exists():
            return None
        arrays, strings = read_container(self.path)
        if strings.get("format") != _CHECKPOINT or strings.get("run") != run:
            raise ConfigError(
                f"{self.path} is there and is no checkpoint of these documents and settings; remove it, or name "
                "another with --checkpoint"
            )
        try:
            return arrays, json.loads(strings["state"])
        except (KeyError, ValueError) as error:
            raise FormatError(f"{self.path}: the state is missing or damaged; remove it to start again") from error

    def pause(self, arrays: Mapping[str, NDArray[Any]], state: Mapping[str, Any], signals: Signals) -> None:
        """Write it if it is time, and stop if a signal has come: raises `Interrupted`."""
        if self.every_epoch or signals.number is not None:
            strings = {"format": _CHECKPOINT, "run": self.run, "state": json.dumps(state)}
            write_container(self.path, arrays, strings)
        if signals.number is not None:
            raise Interrupted(
                f"interrupted after {len(state['epochs'])} whole epochs; the same command goes on from {self.path}"
                + ("" if self.every_epoch else f" with --checkpoint {self.path}"),
                signals.number,
            )

    def remove(self) -> None:
        """The model is saved."""
        if self.path.exists():
            os.unlink(self.path)


def train_classifier(
    tokens: Tokens,
    config: ClassifyConfig,
    text: TextConfig,
    checkpoint: Checkpoint,
    vectors: Any = None,
    progress: Progress | None = None,
    on_epoch: OnEpoch = lambda epoch: None,
) -> Classifier:
    """Train on labelled documents.

    vectors: `KeyedVectors`, needed unless `config.finetune`. progress: is told of chunks where embeddings are trained.
    Raises `CorpusError` for fewer than two labels or no known word, `W2VError` when training diverges, `Interrupted`
    on Ctrl-C, after the checkpoint was written.
    """
    if vectors is not None and config.finetune:
        config = dataclasses.replace(config, dim=vectors.vector_size)
    config.validate()
    _check_labels(tokens)
    found = checkpoint.open(_name_of_run(tokens, config, text, vectors))
    with deferred_signals() as signals:
        kind = _EmbeddingTraining if config.finetune else _MeanTraining
        fit: Any = kind(tokens, config, text, vectors)
        if found is not None:
            fit.go_on_from(*found)
        fit.finish(checkpoint, signals, progress or Progress(), on_epoch)
    return fit.classifier


def _check_labels(tokens: Tokens) -> None:
    if not len(tokens.ids):
        raise CorpusError("there is no document to train on; give labelled documents")
    if len(tokens.labels) < 2:
        raise CorpusError(
            f"all {len(tokens.ids):,} documents have the label {tokens.labels[0]!r}; give documents of at least two"
        )
    if not len(tokens.ids.ids):
        raise CorpusError("all documents are empty; check where the text is (--text-column)")


class _EmbeddingTraining:
    """Embeddings and a linear layer."""

    def __init__(self, tokens: Tokens, config: ClassifyConfig, text: TextConfig, vectors: Any) -> None:
        from w2v.classify.embeddings import Finetuning, initial_weights

        n_kept = round(config.validation * len(tokens.ids))
        order = np.random.default_rng(config.seed).permutation(len(tokens.ids))
        train, kept = tokens.chosen(np.sort(order[n_kept:])), tokens.chosen(order[:n_kept])
        bag = make_bag(train, config.min_count, config.word_ngrams, config.buckets)
        lists = bag.lists(train)
        if not len(lists.ids):
            raise CorpusError(f"no word occurs {config.min_count} times; lower --min-count")
        weights = initial_weights(bag, len(tokens.labels), config, vectors)
        self.classifier = _classifier(tokens, config, text, bag, weights)
        self.fit = Finetuning(lists, train.label_ids, weights, config)
        self.kept = bag.lists(kept), kept.label_ids

    def go_on_from(self, arrays: Mapping[str, NDArray[Any]], state: dict[str, Any]) -> None:
        """Where a checkpoint stands."""
        self.fit.weights.inputs[:], self.fit.weights.outputs[:] = arrays["inputs"], arrays["outputs"]
        self.fit.set_state(state)

    def finish(self, checkpoint: Checkpoint, signals: Signals, progress: Progress, on_epoch: OnEpoch) -> None:
        """Train what is left."""

        def pause(epoch: Epoch | None) -> None:
            if epoch is not None:
                on_epoch(epoch)
            arrays = {"inputs": self.fit.weights.inputs, "outputs": self.fit.weights.outputs}
            checkpoint.pause(arrays, self.fit.state(), signals)

        self.fit.finish(progress, signals, lambda: self.classifier.loss_and_accuracy(*self.kept), pause)


class _MeanTraining:
    """A network on the means of vectors that are given."""

    def __init__(self, tokens: Tokens, config: ClassifyConfig, text: TextConfig, vectors: Any) -> None:
        if vectors is None:
            raise ConfigError("a classifier on given vectors needs them; give vectors, or finetune")
        means = make_means(vectors, config.weights, tokens)
        lists = means.lists(tokens)
        known = np.flatnonzero(lists.lengths)
        network = build_network(vectors.vector_size, len(tokens.labels), config)
        self.classifier = _classifier(tokens, config, text, means, network)
        self.features = means.features(lists.chosen(known))
        targets = targets_of(tokens.label_ids.chosen(known), len(tokens.labels))
        self.targets = targets / targets.sum(axis=1, keepdims=True) if config.loss == "softmax" else targets
        self.network, self.config, self.optimiser = network, config, Optimiser("adam")

    def go_on_from(self, arrays: Mapping[str, NDArray[Any]], state: dict[str, Any]) -> None:
        """Where a checkpoint stands."""
        self.network.history[:] = [Epoch(*epoch) for epoch in state["epochs"]]
        self.optimiser.n_steps = state["n_steps"]
        self.optimiser.state = []
        for number, parameter in enumerate(self.network.parameters):
            parameter[:] = arrays[f"parameter{number}"]
            self.optimiser.state.append([arrays[f"{name}{number}"].copy() for name in ("mean", "square")])

    def finish(self, checkpoint: Checkpoint, signals: Signals, progress: Progress, on_epoch: OnEpoch) -> None:
        """Train what is left."""

        def pause(epoch: Epoch) -> None:
            on_epoch(epoch)
            arrays = {f"parameter{number}": array for number, array in enumerate(self.network.parameters)}
            for number, (mean, square) in enumerate(self.optimiser.state):
                arrays |= {f"mean{number}": mean, f"square{number}": square}
            state = {"epochs": [list(one) for one in self.network.history], "n_steps": self.optimiser.n_steps}
            checkpoint.pause(arrays, state, signals)

        config = self.config
        fitting = Fitting(config.start_lr, "linear", config.epochs, _MEAN_BATCH, config.validation, seed=config.seed)
        self.network.fit(self.features, self.targets, fitting, self.optimiser, pause)


def build_network(n_inputs: int, n_labels: int, config: ClassifyConfig) -> Network:
    """A linear layer, or a hidden one before it, with the outputs and the loss of the configuration."""
    last, loss = {
        "softmax": ("softmax", "categorical-cross-entropy"), "ova": ("sigmoid", "binary-cross-entropy")
    }[config.loss]  # fmt: skip
    sizes, activations = (n_inputs, *[config.hidden] * bool(config.hidden), n_labels), ("relu",) * bool(config.hidden)
    return Network.build(sizes, (*activations, last), loss, seed=config.seed, dtype=np.float32)


def _classifier(tokens: Tokens, config: ClassifyConfig, text: TextConfig, encoder: Any, model: Any) -> Classifier:
    counts = np.bincount(tokens.label_ids.ids, minlength=len(tokens.labels))
    several = bool((tokens.label_ids.lengths > 1).any())
    return Classifier(tokens.labels, counts, several, config, text, encoder, model)


def _name_of_run(tokens: Tokens, config: ClassifyConfig, text: TextConfig, vectors: Any) -> str:
    """Changes with the documents and with every setting but the number of threads."""
    digest = hashlib.blake2b(digest_size=16)
    settings = {**vars(config), "threads": None, "text": vars(text)}
    digest.update(json.dumps([settings, tokens.words, tokens.labels]).encode())
    for lists in (tokens.ids, tokens.label_ids):
        digest.update(lists.ids.tobytes() + lists.offsets.tobytes())
    if vectors is not None:
        digest.update(zlib.crc32(np.ascontiguousarray(vectors.vectors).data).to_bytes(4, "little"))
    return digest.hexdigest()
