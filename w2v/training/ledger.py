"""The ledger of training: read = trained + subsampled + rare + undecodable + joined."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from w2v.corpus.encode import EncodedCorpus
from w2v.system.wording import quantity
from w2v.training.history import History, LeftOut, Statistics

_MANY = 0.01  # of the tokens: a part that is worth a line
_SIGNS = {"read": "", "trained": "= ", "subsampled": "+ ", "rare": "+ ", "undecodable": "+ ", "joined": "+ "}


@dataclass(frozen=True)
class Ledger:
    """What became of the tokens of an epoch, or of several: ledgers can be added."""

    read: int = 0
    trained: int = 0
    subsampled: int = 0
    rare: int = 0  # below min_count, beyond max_vocab, or not in the given vocabulary
    undecodable: int = 0
    joined: int = 0  # to phrases, but for the first word of each: the phrase itself is a token
    without_context: int = 0  # of the trained and subsampled: alone in their sentence, after rare words were left out
    undecodable_bytes: int = 0
    loss: float = 0.0  # in nats, the sum over pairs
    pairs: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every token is accounted for."""
        return self.read == self.trained + self.subsampled + self.rare + self.undecodable + self.joined

    @property
    def mean_loss(self) -> float:
        """Loss per pair, in nats."""
        return Statistics(self.loss, self.pairs).mean_loss

    def __add__(self, other: "Ledger") -> "Ledger":
        return Ledger(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        shown = [name for name in _SIGNS if getattr(self, name) or name not in ("undecodable", "joined")]
        parts = [f"{getattr(self, name):,} {name}" for name in shown]
        return f"{parts[0]} = {' + '.join(parts[1:])}"


class Ledgers:
    """Those of all whole epochs that a model was trained for, in order; printed, a table of the last and of all."""

    def __init__(self, epochs: Iterable[Ledger] = ()) -> None:
        self.epochs = list(epochs)

    @classmethod
    def of(cls, history: History) -> "Ledgers":
        """From what training reported."""
        return cls(_ledger(*epoch) for epoch in zip(history.epochs, history.left_out, strict=True))

    @property
    def last(self) -> Ledger:
        """The last epoch's; zeros before there is one."""
        return self.epochs[-1] if self.epochs else Ledger()

    @property
    def total(self) -> Ledger:
        """The sum over all epochs."""
        return sum(self.epochs, Ledger())

    def check(self) -> None:
        """Raise `AssertionError` if tokens are missing."""
        if not all(epoch.adds_up for epoch in self.epochs):
            raise AssertionError(f"the token ledger does not add up: {self.last}")

    def facts(self) -> dict[str, Any]:
        """For a log: the last epoch and the sum of each count, and the mean loss of the last epoch."""
        last, total = self.last, self.total
        names = [*_rows(total), "without_context"]
        counts: dict[str, Any] = {name: (getattr(last, name), getattr(total, name)) for name in names}
        return {**counts, "undecodable_bytes": last.undecodable_bytes, "loss": last.mean_loss}

    def __repr__(self) -> str:
        return f"<Ledgers of {quantity(len(self.epochs), 'epoch')}: {self.total}>"

    def __str__(self) -> str:
        last, total = self.last, self.total
        every = "all " * (len(self.epochs) != 1) + quantity(len(self.epochs), "epoch")
        lines = [f"tokens        {'last epoch':>16}  {every:>16}"]
        for name in _rows(total):
            lines.append(f"{_SIGNS[name] + name:<13} {getattr(last, name):>16,}  {getattr(total, name):>16,}")
        if last.without_context > _MANY * last.read:
            lines.append(
                f"without context: {last.without_context:,} of the tokens in the stream (trained, subsampled) are "
                "alone on their line"
            )
        if last.undecodable_bytes:
            lines.append(
                f"undecodable bytes: {last.undecodable_bytes:,}; --encoding (encoding=) names another encoding, "
                "--errors (errors=) another rule"
            )
        return "\n".join([*lines, f"mean loss per pair in the last epoch: {last.mean_loss:.4f}"])


def left_out(corpus: EncodedCorpus) -> LeftOut:
    """What reading a corpus leaves out of each epoch."""
    ledger = corpus.ledger
    return LeftOut(
        ledger.n_read, ledger.n_rare, ledger.n_undecodable, ledger.n_undecodable_bytes, corpus.n_alone, ledger.n_joined
    )  # fmt: skip


def left_out_of(facts: dict[str, Any]) -> Sequence[Any]:
    """The same of a file without it, from what it says of its last corpus."""
    return [facts.get(name, 0) for name in LeftOut._fields]


def _ledger(epoch: Statistics, left: LeftOut) -> Ledger:
    return Ledger(
        left.n_read, epoch.n_trained, epoch.n_subsampled, left.n_rare, left.n_undecodable, left.n_joined, left.n_alone,
        left.n_undecodable_bytes, epoch.loss, epoch.n_pairs,
    )  # fmt: skip


def _rows(total: Ledger) -> list[str]:
    """The parts that a table has: tokens are joined only where phrases are."""
    return [name for name in _SIGNS if name != "joined" or total.joined]
