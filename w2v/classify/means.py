"""Training a network on the means of vectors that are given, which stay as they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.classify.checkpoint import Standing
from w2v.classify.classifier import new_classifier, targets_of
from w2v.classify.config import ClassifyConfig
from w2v.classify.features import Tokens, make_means
from w2v.config import TextConfig
from w2v.errors import ConfigError
from w2v.network.network import Fitting, Network
from w2v.network.optimisers import Optimiser
from w2v.system.interrupts import Signals
from w2v.training.listeners import Progress

_BATCH = 32


def build_network(n_inputs: int, n_labels: int, config: ClassifyConfig) -> Network:
    """A linear layer, or a hidden one before it, with the outputs and the loss of the configuration, float32."""
    loss, has_hidden = config.label_loss, bool(config.hidden)
    sizes, activations = (n_inputs, *[config.hidden] * has_hidden, n_labels), ("relu",) * has_hidden
    return Network.build(sizes, (*activations, loss.activation), loss.network_loss, seed=config.seed, dtype=np.float32)


class MeanTraining:
    """A `training.Training`. It stands between epochs only; its state is their figures and the optimiser's."""

    def __init__(self, tokens: Tokens, config: ClassifyConfig, text: TextConfig, vectors: Any) -> None:
        """vectors: `KeyedVectors`. Raises `ConfigError` without them, `CorpusError` if no word has one."""
        if vectors is None:
            raise ConfigError("a classifier on given vectors needs them; give vectors, or finetune")
        means = make_means(vectors, config.weighting, tokens)
        lists = means.lists(tokens)
        known = np.flatnonzero(lists.lengths)
        self.network = build_network(vectors.vector_size, len(tokens.labels), config)
        self.classifier = new_classifier(tokens, config, text, means, self.network)
        self.features = means.features(lists.chosen(known))  # (documents with a known word, d)
        self.targets = config.label_loss.shares(targets_of(tokens.label_ids.chosen(known), len(tokens.labels)))
        self.config, self.optimiser = config, Optimiser("adam")

    @property
    def n_epochs(self) -> int:
        """Epochs done."""
        return len(self.network.history)

    def standing(self) -> tuple[dict[str, NDArray[np.float32]], dict[str, Any]]:
        """Arrays and plain values of a checkpoint: parameters, Adam's means and squares of their shapes, numbered."""
        arrays = {f"parameter{number}": array for number, array in enumerate(self.network.parameters)}
        for number, (mean, square) in enumerate(self.optimiser.state):
            arrays |= {f"mean{number}": mean, f"square{number}": square}
        return arrays, {"epochs": [list(one) for one in self.network.history], "n_steps": self.optimiser.n_steps}

    def go_on_from(self, standing: Standing) -> None:
        """Take over what `standing` gave. Raises `FormatError` for what no training of this kind gives."""
        epochs = standing.epochs(1, self.config.epochs)
        n_steps = len(epochs) * self._n_batches()
        parameters = self.network.parameters
        found = [[standing.array(f"{name}{number}", parameter) for name in ("parameter", "mean", "square")]
                 for number, parameter in enumerate(parameters)]  # fmt: skip
        standing.check(all((square >= 0).all() for _, _, square in found), "a sum of squares is below 0")
        self.network.history[:] = epochs
        self.optimiser.n_steps = standing.whole("n_steps", n_steps, n_steps)
        self.optimiser.state = [[mean.copy(), square.copy()] for _, mean, square in found]
        for parameter, (value, _, _) in zip(parameters, found, strict=True):
            parameter[:] = value

    def _n_batches(self) -> int:
        """Steps of an epoch."""
        n_kept = round(self.config.validation * len(self.features))
        return -(-(len(self.features) - n_kept) // _BATCH)

    def finish(self, progress: Progress, signals: Signals, pause: Any) -> None:
        """Train what is left; `pause` gets the figures of each epoch. No one is told of chunks: there are none."""
        config = self.config
        fitting = Fitting(config.start_lr, "linear", config.epochs, _BATCH, config.validation, seed=config.seed)
        self.network.fit(self.features, self.targets, fitting, self.optimiser, pause)
