"""Output rows that are changed all the time. Threads that shared them would spend their time handing cache lines to
each other, so each has copies, which it takes before a chunk and hands in after it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.kernel.layout import Tables
from w2v.kernel.row_copies import give_rows, take_rows
from w2v.training.engine import Load

# What a pair moves its output row by, as a share of the learning rate and of the way that is left: the slope of σ, at
# most 1/4, times the squared length of the input vector, about 1.
_PULL = 0.25
ALWAYS = 1e12  # changes, of a row that moves by the mean in any case


class HotRows:
    """What the threads' copies have in common: the rows themselves, and how often a chunk changes each.

    A row that is drawn to where its pairs are content goes the part 1 − e^(−k) of the way in one thread's chunk, with
    k = the learning rate × the changes × `_PULL`; in the chunks of n threads, one after the other, it would go
    1 − e^(−nk). The ratio of the second to n times the first is the share of its change that each of n threads hands
    in: about 1 for a row that changes little, and 1 / n, the mean of the threads' (parameter averaging; McDonald, Hall
    & Mann 2010), for one that gets there in every chunk, which the sum would carry beyond. There are no locks, as
    nowhere in training.
    """

    def __init__(self, outputs: NDArray[np.floating], first: int, changes: Any, n_threads: int) -> None:
        """outputs: (rows, padded d), of which those from `first` on are hot. changes: (H,), of each in a chunk, by
        pairs."""
        self.range, self.changes, self.n_threads = range(first, first + len(changes)), np.asarray(changes), n_threads
        self.rows = outputs[first : first + len(changes)]

    @classmethod
    def of(cls, load: Load, tables: Tables, n_threads: int) -> "HotRows":
        """Those of a run in which so many threads change the same rows: none if it is one."""
        config, outputs = load.config, load.weights.outputs
        if n_threads == 1:
            return cls(outputs, 0, (), 1)
        n_chunks = len(load.stream) / (load.chunk_size * n_threads)
        first, changes = config.objective.hot_rows(load.counts, tables, config, load.chunk_size, n_chunks)
        one_input = config.input_model.averages and config.cbow_mean  # else a window of them, or their sum
        return cls(outputs, first, np.asarray(changes) * (1 if one_input else config.window), n_threads)

    def take(self, copies: NDArray[np.floating], before: NDArray[np.floating]) -> None:
        """Bring a thread's copies (H, padded d) up to date, and keep in `before` what they are now."""
        if len(self.rows) > 0:
            take_rows(self.rows, copies, before)

    def give(self, copies: NDArray[np.floating], before: NDArray[np.floating], alpha: float) -> None:
        """Hand in what a thread changed since it took them, at the learning rate `alpha`."""
        if len(self.rows) > 0:
            give_rows(self.rows, copies, before, self.shares(alpha))

    def shares(self, alpha: float) -> NDArray[np.floating]:
        """The part (H,) of a thread's change that counts: from 1 / threads to 1."""
        k = np.maximum(_PULL * alpha * self.changes, 1e-9)
        return (np.expm1(-self.n_threads * k) / (self.n_threads * np.expm1(-k))).astype(self.rows.dtype)
