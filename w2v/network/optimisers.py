"""How gradients move the parameters of a network, and how the learning rate changes over a run."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError

Array = NDArray[np.floating]

# What the learning rate is multiplied by, at a share (0 … 1) of the run.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda share: 1.0,
    "linear": lambda share: 1 - share,
    "exponential": lambda share: float(np.exp(-3 * share)),  # to 5 % at the end
    "step": lambda share: 0.1 ** int(3 * share),  # a tenth after each third
}


class Optimiser:
    """How gradients move parameters. Keeps a list `state` of arrays of the parameters' shapes.

    sgd: p −= r g. momentum (Polyak 1964): v = μ v − r g, p += v. nesterov (Sutskever et al. 2013): the gradient is
    that at p + μ v, which in terms of that point is p += μ v − r g. adagrad (Duchi et al. 2011): s += g²,
    p −= r g / (√s + ε). rmsprop (Tieleman & Hinton 2012): s = ρ s + (1 − ρ) g², p −= r g / (√s + ε). adam (Kingma &
    Ba 2015): v = μ v + (1 − μ) g, s = β s + (1 − β) g², p −= r v' / (√s' + ε), v' and s' divided by 1 − μᵗ and 1 − βᵗ.
    """

    KINDS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")

    def __init__(
        self, kind: str = "adam", momentum: float = 0.9, decay: float = 0.9, beta: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        if kind not in self.KINDS:
            raise ConfigError(f"the optimiser is {kind!r}; choose one of {', '.join(self.KINDS)}")
        self.kind, self.momentum, self.decay, self.beta, self.epsilon = kind, momentum, decay, beta, epsilon
        self.state: list[list[Array]] = []  # for each parameter: its velocity, or its mean squares, or both
        self.n_steps = 0

    def step(self, parameters: Sequence[Array], gradients: Sequence[Array], rate: float) -> None:
        """Move the parameters in place."""
        if not self.state:
            self.state = [[np.zeros_like(p), np.zeros_like(p)] for p in parameters]
        self.n_steps += 1
        for p, g, (v, s) in zip(parameters, gradients, self.state, strict=True):
            p += self._change(g, v, s, rate)

    def _change(self, g: Array, v: Array, s: Array, rate: float) -> Array:
        if self.kind == "sgd":
            return -rate * g
        if self.kind in ("momentum", "nesterov"):
            v[:] = self.momentum * v - rate * g
            return v if self.kind == "momentum" else self.momentum * v - rate * g
        if self.kind == "adagrad":
            s += g * g
            return -rate * g / (np.sqrt(s) + self.epsilon)
        if self.kind == "rmsprop":
            s[:] = self.decay * s + (1 - self.decay) * g * g
            return -rate * g / (np.sqrt(s) + self.epsilon)
        v[:] = self.momentum * v + (1 - self.momentum) * g
        s[:] = self.beta * s + (1 - self.beta) * g * g
        mean, square = v / (1 - self.momentum**self.n_steps), s / (1 - self.beta**self.n_steps)
        return -rate * mean / (np.sqrt(square) + self.epsilon)
