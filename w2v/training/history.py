"""What training reported: sums over chunks and epochs, and where a run stands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_FEW_PAIRS = 1000  # too few to tell by their mean loss
_LEARNED = 0.99


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


class LeftOut(NamedTuple):
    """What an epoch's corpus held beside the stream: the same for all epochs of a run."""

    n_read: int = 0  # tokens, all of them
    n_rare: int = 0
    n_undecodable: int = 0
    n_undecodable_bytes: int = 0
    n_alone: int = 0  # of those in the stream: a sentence by themselves
    n_joined: int = 0  # part of a phrase, but for its first word

    def stored(self) -> list[int]:
        """For a file; the last number only where phrases are."""
        return list(self if self.n_joined else self[:-1])


@dataclass
class History:
    """What training reported, one entry per epoch."""

    epochs: list[Statistics] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    alphas: list[tuple[float, float]] = field(default_factory=list)  # learning rate at the start and end of each epoch
    left_out: list[LeftOut] = field(default_factory=list)
    # Where the epoch in hand stands, between chunks; with the weights it is all that training needs to go on.
    n_chunks: int = 0  # of it, done
    in_hand: Statistics = Statistics()  # of these
    in_hand_seconds: float = 0.0
    in_hand_left_out: LeftOut = LeftOut()
    loss_at_zero: float = math.inf  # per pair, of vectors that know nothing, in what a run returns

    @property
    def total(self) -> Statistics:
        """The sum over epochs."""
        total = Statistics()
        for epoch in self.epochs:
            total = total.plus(epoch)
        return total

    @property
    def has_learned(self) -> bool:
        """Whether the last epoch's loss is below that of vectors that know nothing; true of few pairs."""
        last = self.epochs[-1] if self.epochs else Statistics()
        return last.n_pairs < _FEW_PAIRS or last.mean_loss < _LEARNED * self.loss_at_zero

    def since(self, first: int) -> "History":
        """The epochs from `first` on."""
        return History(self.epochs[first:], self.seconds[first:], self.alphas[first:], self.left_out[first:])

    def leave_epoch(self) -> None:
        """Forget the epoch in hand: what its chunks did stays in the weights only."""
        self.n_chunks, self.in_hand, self.in_hand_seconds = 0, Statistics(), 0.0

    def end_epoch(self, alphas: tuple[float, float]) -> None:
        """Enter the epoch in hand, whose chunks are done."""
        self.epochs.append(self.in_hand)
        self.seconds.append(self.in_hand_seconds)
        self.alphas.append(alphas)
        self.left_out.append(self.in_hand_left_out)
        self.leave_epoch()
