"""What is known of a run: its schedule, its figures, and who is told of them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

logger = logging.getLogger("w2v")
COMPILING_NOTE = "compiling the training kernel (first run only, some 10 s) ..."


class Statistics(NamedTuple):
    """Sums over chunks."""

    loss: float = 0.0
    n_pairs: int = 0  # (input row, center) pairs: the loss is a mean over these
    n_trained: int = 0  # tokens that subsampling kept
    n_subsampled: int = 0

    @property
    def n_tokens(self) -> int:
        """Tokens of the stream that were gone through."""
        return self.n_trained + self.n_subsampled

    @property
    def mean_loss(self) -> float:
        """Loss per pair, in nats."""
        return self.loss / self.n_pairs if self.n_pairs else 0.0

    def plus(self, other: Sequence[float]) -> "Statistics":
        """The sum of two."""
        return Statistics(self.loss + other[0], *(int(a + b) for a, b in zip(self[1:], other[1:], strict=True)))


@dataclass
class History:
    """What training reported, one entry per epoch."""

    epochs: list[Statistics] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    alphas: list[tuple[float, float]] = field(default_factory=list)  # learning rate at the start and end of each epoch
    # Where the epoch in hand stands, between chunks; with the weights it is all that training needs to go on.
    n_chunks: int = 0  # of it, done
    in_hand: Statistics = Statistics()  # of these
    in_hand_seconds: float = 0.0

    @property
    def total(self) -> Statistics:
        """The sum over epochs."""
        total = Statistics()
        for epoch in self.epochs:
            total = total.plus(epoch)
        return total

    def since(self, first: int) -> "History":
        """The epochs from `first` on."""
        return History(self.epochs[first:], self.seconds[first:], self.alphas[first:])

    def leave_epoch(self) -> None:
        """Forget the epoch in hand: what its chunks did stays in the weights only."""
        self.n_chunks, self.in_hand, self.in_hand_seconds = 0, Statistics(), 0.0

    def end_epoch(self, alphas: tuple[float, float]) -> None:
        """Enter the epoch in hand, whose chunks are done."""
        self.epochs.append(self.in_hand)
        self.seconds.append(self.in_hand_seconds)
        self.alphas.append(alphas)
        self.leave_epoch()


class Schedule(NamedTuple):
    """Linear decay of the learning rate over all epochs, by tokens done."""

    start_alpha: float
    end_alpha: float
    n_epochs: int
    n_tokens: int  # of the stream, once
    first_epoch: int = 0  # epochs trained before, so that a further run draws other random numbers

    def has(self, n_epochs: int, n_chunks: int) -> bool:
        """Whether a history of so many epochs, and chunks of the next, stands within this run."""
        left = self.first_epoch + self.n_epochs - n_epochs
        return 0 <= left <= self.n_epochs and n_chunks >= 0 and (left > 0 or n_chunks == 0)

    def alpha(self, epoch: int, position: int) -> float:
        """Learning rate at a position of the stream in an epoch counted from 0."""
        done = (epoch * self.n_tokens + position) / (self.n_epochs * self.n_tokens)
        return self.start_alpha + (self.end_alpha - self.start_alpha) * min(done, 1.0)


class Progress:
    """Told of everything that happens; does nothing. `w2v.training.progress` has the ones that show it."""

    def compiling(self) -> None:
        """The kernel is being compiled, which happens once on a machine."""
        logger.info(COMPILING_NOTE)

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Training begins, or goes on after what is done."""

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """A chunk is done: its statistics, and its learning rate."""

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """An epoch, counted from 1, is done."""

    def close(self) -> None:
        """Training ends, by an error or well."""


class Pauses:
    """When training pauses between chunks, and what is done then: never, and nothing."""

    def limit(self, n_done: int, n_all: int) -> int:
        """The number of chunks of the run at which the next pause comes, if none is due earlier."""
        return n_all

    def due(self) -> bool:
        """Whether it is time for a pause."""
        return False

    def write(self, is_last: bool) -> None:
        """Called in a pause, and before training stops for a signal (`is_last`); no thread is at work."""
