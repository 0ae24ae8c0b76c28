"""A small feed-forward network: the smallest one is a neuron, and word2vec is one with a hidden layer.

A layer computes z = a W + b from the activations a of the layer before, and its own activations f(z). The error of the
output travels back layer by layer: if G is the derivative of the loss by the activations, the chain rule gives
G_z = G · f'(z) by the layer's z, aᵀ G_z by its weights, the sum of G_z over samples by its biases, and G_z Wᵀ by the
activations of the layer before (Rumelhart, Hinton & Williams 1986).

Shapes: n samples, n_in numbers into a layer, n_out out of it. Everything is in the dtype of the weights.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError, W2VError
from w2v.network.optimisers import SCHEDULES, Optimiser

Array = NDArray[np.floating]

# ---- activations: f(z), and G_z from G and a = f(z); all shapes (n, n_out) -----------------------------------------


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^−z), from e^−|z|, which does not overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def softmax(z: Array) -> Array:
    """e^z over its sum in each row; the largest z is subtracted first, which changes nothing but the overflow."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Activation(NamedTuple):
    """A function of z, and the chain rule through it."""

    f: Callable[[Array], Array]
    back: Callable[[Array, Array], Array] | None  # (G, a) → G_z; None where there is no derivative to learn from


ACTIVATIONS = {
    "identity": Activation(lambda z: z, lambda g, a: g),
    "step": Activation(lambda z: (z > 0).astype(z.dtype), None),
    "sigmoid": Activation(sigmoid, lambda g, a: g * a * (1 - a)),
    "tanh": Activation(np.tanh, lambda g, a: g * (1 - a * a)),
    "relu": Activation(lambda z: np.maximum(z, 0), lambda g, a: g * (a > 0)),
    "softmax": Activation(softmax, lambda g, a: a * (g - (g * a).sum(axis=1, keepdims=True))),
}

# ---- losses: of z and a of the last layer and the targets t, (n, n_out) each; the mean over samples ----------------


def squared_error(z: Array, a: Array, t: Array) -> float:
    """Mean over samples and outputs of (a − t)²."""
    return float(np.mean((a - t) ** 2))


def binary_cross_entropy(z: Array, a: Array, t: Array) -> float:
    """−Σ (t ln σ(z) + (1 − t) ln (1 − σ(z))) over outputs, from z, so that nothing overflows or is lost."""
    return float(np.mean(np.sum(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))), axis=1)))


def categorical_cross_entropy(z: Array, a: Array, t: Array) -> float:
    """−Σ t ln softmax(z) over outputs, from z: ln softmax(z) = z − max z − ln Σ e^(z − max z)."""
    shifted = z - z.max(axis=1, keepdims=True)
    return float(np.mean(-np.sum(t * (shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))), axis=1)))


class Loss(NamedTuple):
    """A loss and the activation that its derivative is fused with: both together have G_z = (a − t) / n."""

    f: Callable[[Array, Array, Array], float]
    activation: str | None  # None: any with a derivative; G = 2 (a − t) / (n n_out)


LOSSES = {
    "squared-error": Loss(squared_error, None),
    "binary-cross-entropy": Loss(binary_cross_entropy, "sigmoid"),
    "categorical-cross-entropy": Loss(categorical_cross_entropy, "softmax"),
}

# ---- the network ---------------------------------------------------------------------------------------------------


@dataclass
class Layer:
    """weights: (n_in, n_out). bias: (n_out,)."""

    weights: Array
    bias: Array
    activation: str


class Epoch(NamedTuple):
    """What an epoch reported: losses with the penalty; accuracy is of the likelier class, NaN for squared error."""

    number: int
    loss: float
    accuracy: float
    validation_loss: float  # NaN without a validation part
    validation_accuracy: float


@dataclass(frozen=True)
class Fitting:
    """How a network is fitted."""

    rate: float = 0.001
    schedule: str = "constant"
    n_epochs: int = 20
    batch_size: int = 32
    validation: float = 0.0  # share of the samples that is kept apart
    patience: int | None = None  # epochs without a better validation loss, after which fitting ends
    seed: int = 1

    def validate(self) -> None:
        """Raise `ConfigError` for a setting out of range."""
        if self.schedule not in SCHEDULES:
            raise ConfigError(f"the schedule is {self.schedule!r}; choose one of {', '.join(SCHEDULES)}")
        if not (self.rate > 0 and self.n_epochs >= 1 and self.batch_size >= 1 and 0 <= self.validation < 1):
            raise ConfigError(
                f"{self} is out of range; rate, n_epochs and batch_size are above 0, validation is below 1"
            )
        if self.patience is not None and self.validation == 0:
            raise ConfigError("stopping early needs a validation part; give validation, say 0.1")


@dataclass
class Network:
    """Dense layers, one after the other. l1, l2: penalties l1 Σ|W| + l2 / 2 ΣW² over all weights, not biases."""

    layers: list[Layer]
    loss: str
    l1: float = 0.0
    l2: float = 0.0
    history: list[Epoch] = field(default_factory=list)

    @classmethod
    def build(
        cls, sizes: Sequence[int], activations: Sequence[str], loss: str, l1: float = 0.0, l2: float = 0.0,
        seed: int = 1, dtype: Any = np.float64,
    ) -> "Network":  # fmt: skip
        """sizes: (inputs, hidden ..., outputs), one activation for each layer. Weights are uniform in ± √(6 / (n_in +
        n_out)) (Glorot & Bengio 2010), biases zero. Raises `ConfigError` for layers and a loss that do not fit."""
        if len(sizes) != len(activations) + 1 or min(sizes) < 1:
            raise ConfigError(f"{len(sizes)} sizes and {len(activations)} activations do not fit; give one size more")
        generator, layers = np.random.default_rng(seed), []
        for n_in, n_out, activation in zip(sizes[:-1], sizes[1:], activations, strict=True):
            bound = np.sqrt(6 / (n_in + n_out))
            weights = generator.uniform(-bound, bound, (n_in, n_out)).astype(dtype)
            layers.append(Layer(weights, np.zeros(n_out, dtype), activation))
        network = cls(layers, loss, l1, l2)
        network.validate()
        return network

    def validate(self) -> None:
        """Raise `ConfigError` for layers and a loss that do not fit."""
        if self.loss not in LOSSES:
            raise ConfigError(f"the loss is {self.loss!r}; choose one of {', '.join(LOSSES)}")
        for layer in self.layers:
            if layer.activation not in ACTIVATIONS:
                raise ConfigError(f"the activation is {layer.activation!r}; choose one of {', '.join(ACTIVATIONS)}")
        needed, last = LOSSES[self.loss].activation, self.layers[-1].activation
        if needed not in (None, last):
            raise ConfigError(
                f"{self.loss} takes probabilities from {needed} outputs, not from {last}; use {needed} last"
            )

    @property
    def parameters(self) -> list[Array]:
        """Weights and biases of each layer in turn, not copied: (n_in, n_out), (n_out,), ..."""
        return [array for layer in self.layers for array in (layer.weights, layer.bias)]

    def forward(self, inputs: Array) -> list[Array]:
        """inputs (n, n_in) → the inputs, then each layer's activations (n, n_out), at the end the last layer's z."""
        activations = [np.asarray(inputs, self.layers[0].weights.dtype)]
        for layer in self.layers:
            z = activations[-1] @ layer.weights + layer.bias
            activations.append(ACTIVATIONS[layer.activation].f(z))
        return [*activations, z]

    def predict(self, inputs: Array) -> Array:
        """inputs (n, n_in) → outputs (n, n_out)."""
        return self.forward(inputs)[-2]

    def gradients(self, inputs: Array, targets: Array) -> tuple[float, list[Array]]:
        """(loss with penalty, its derivatives by the `parameters`) for inputs (n, n_in) and targets (n, n_out)."""
        *activations, z = self.forward(inputs)
        loss, n_outputs = LOSSES[self.loss], targets.shape[1]
        error = (activations[-1] - targets) / len(targets)
        back = None if loss.activation else 2 * error / n_outputs  # G; where the loss is fused, `error` is G_z
        found: list[Array] = []
        for layer, before, a in zip(self.layers[::-1], activations[-2::-1], activations[:0:-1], strict=True):
            rule = ACTIVATIONS[layer.activation].back
            if rule is None:
                raise ConfigError("a step has no gradient to learn from; use the perceptron rule, or a sigmoid")
            by_z = error if back is None else rule(back, a)
            penalty = self.l1 * np.sign(layer.weights) + self.l2 * layer.weights
            found += [by_z.sum(axis=0), before.T @ by_z + penalty]
            back = by_z @ layer.weights.T
        return loss.f(z, activations[-1], targets) + self.penalty(), found[::-1]

    def penalty(self) -> float:
        """l1 Σ|W| + l2 / 2 ΣW²."""
        return float(sum(self.l1 * np.abs(w).sum() + self.l2 / 2 * (w * w).sum() for w in self.parameters[::2]))

    def scores(self, inputs: Array, targets: Array) -> tuple[float, float]:
        """(loss with penalty, accuracy) on inputs (n, n_in) and targets (n, n_out); NaN for no samples."""
        if len(inputs) == 0:
            return np.nan, np.nan
        *_, a, z = self.forward(inputs)
        loss = LOSSES[self.loss].f(z, a, targets) + self.penalty()
        if self.loss == "squared-error":
            return loss, np.nan
        right = (a > 0.5) == (targets > 0.5) if a.shape[1] == 1 else a.argmax(axis=1) == targets.argmax(axis=1)
        return loss, float(np.mean(right))

    def fit(
        self, inputs: Array, targets: Array, fitting: Fitting | None = None, optimiser: Optimiser | None = None,
        on_epoch: Callable[[Epoch], object] = lambda epoch: None,
    ) -> list[Epoch]:  # fmt: skip
        """Fit to inputs (n, n_in) and targets (n, n_out), from the epoch after `history` on; returns the history.

        Each epoch's order of samples is a function of seed and epoch, so fitting can stop after any epoch and go on
        with the same optimiser. With `patience` the parameters of the best validation loss are kept. Raises
        `W2VError` when the loss is no longer finite.
        """
        fitting, optimiser = fitting or Fitting(), optimiser or Optimiser()
        fitting.validate()
        n_kept = round(fitting.validation * len(inputs))
        order = np.random.default_rng(fitting.seed).permutation(len(inputs))
        train, kept = order[n_kept:], order[:n_kept]
        if len(train) == 0:
            raise ConfigError("there is no sample to learn from; give some, or a smaller validation part")
        best, best_loss, n_worse = [p.copy() for p in self.parameters], np.inf, 0
        for number in range(len(self.history) + 1, fitting.n_epochs + 1):
            for share, batch in _batches(train, fitting, number):
                _, gradients = self.gradients(inputs[batch], targets[batch])
                optimiser.step(self.parameters, gradients, fitting.rate * SCHEDULES[fitting.schedule](share))
            epoch = Epoch(
                number, *self.scores(inputs[train], targets[train]), *self.scores(inputs[kept], targets[kept])
            )
            if not np.isfinite(epoch.loss):
                raise W2VError(
                    f"the loss is no longer finite in epoch {number}; lower the learning rate ({fitting.rate:g})"
                )
            self.history.append(epoch)
            on_epoch(epoch)
            n_worse += 1
            if epoch.validation_loss < best_loss:
                best, best_loss, n_worse = [p.copy() for p in self.parameters], epoch.validation_loss, 0
            if fitting.patience is not None and n_worse >= fitting.patience:
                break
        if fitting.patience is not None:
            for p, value in zip(self.parameters, best, strict=True):
                p[:] = value
        return self.history


def _batches(samples: NDArray[np.int64], fitting: Fitting, epoch: int) -> Iterator[tuple[float, NDArray[np.int64]]]:
    """(share of the run that is done, the samples of a batch) for all batches of an epoch counted from 1."""
    order = np.random.default_rng([fitting.seed, epoch]).permutation(samples)
    for start in range(0, len(order), fitting.batch_size):
        done = (epoch - 1 + start / len(order)) / fitting.n_epochs
        yield done, order[start : start + fitting.batch_size]


def one_hot(labels: NDArray[np.integer], n_classes: int, dtype: Any = np.float64) -> Array:
    """labels (n,) from 0 to n_classes − 1 → (n, n_classes) with a 1 in each row."""
    return np.eye(n_classes, dtype=dtype)[labels]


def fit_perceptron(inputs: Array, targets: Array, rate: float, n_passes: int) -> Layer:
    """Rosenblatt's rule (1958) for one neuron with a step: for each sample, w += r (t − o) x and b += r (t − o).

    inputs: (n, n_in). targets: (n,) of 0 and 1. The neuron starts from zeros and fires when z > 0. It ends, for classes
    that a plane can part, without an error (Novikoff 1962).
    """
    layer = Layer(np.zeros((inputs.shape[1], 1)), np.zeros(1), "step")
    for _ in range(n_passes):
        for x, t in zip(inputs, targets, strict=True):
            error = t - float((x @ layer.weights + layer.bias)[0] > 0)
            layer.weights[:, 0] += rate * error * x
            layer.bias += rate * error
    return layer
