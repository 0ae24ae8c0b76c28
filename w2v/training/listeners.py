"""Who is told of a run, and may pause it: reading and training call these, the trainer between chunks."""

from collections.abc import Sequence

from w2v.training.history import Statistics
from w2v.training.schedule import Schedule

COMPILING_NOTE = "compiling the training kernel (first run only, some 10 s) ..."


class Progress:
    """Told of everything that happens; does nothing. `progress.py`, `bar.py` and `json_log.py` have the ones that show
    it: all that a command, a notebook or a log shows of a run comes from here."""

    def reading(self, total: int | None, unit: str) -> None:
        """A corpus is going to be read: so many bytes ("B") or sentences, None if that is not known."""

    def read(self, n: int) -> None:
        """So many more of these are read."""

    def has_read(self, n_words: int) -> None:
        """The corpus is read: the tokens of an epoch, without sentence breaks."""

    def compiling(self) -> None:
        """The kernel is being compiled, which happens once on a machine."""

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Training begins, or goes on after what is done."""

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """A chunk is done: its statistics, and its learning rate."""

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """An epoch of the run, counted from 1, is done."""

    def close(self) -> None:
        """Reading or training ends, by an error or well."""


class Several(Progress):
    """Passes everything on to several listeners."""

    def __init__(self, listeners: Sequence[Progress]) -> None:
        self.listeners = listeners

    def reading(self, total: int | None, unit: str) -> None:
        """Pass on."""
        for listener in self.listeners:
            listener.reading(total, unit)

    def read(self, n: int) -> None:
        """Pass on."""
        for listener in self.listeners:
            listener.read(n)

    def has_read(self, n_words: int) -> None:
        """Pass on."""
        for listener in self.listeners:
            listener.has_read(n_words)

    def compiling(self) -> None:
        """Pass on."""
        for listener in self.listeners:
            listener.compiling()

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Pass on."""
        for listener in self.listeners:
            listener.start(schedule, done)

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Pass on."""
        for listener in self.listeners:
            listener.chunk(statistics, alpha)

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """Pass on."""
        for listener in self.listeners:
            listener.epoch(number, statistics, seconds)

    def close(self) -> None:
        """Pass on."""
        for listener in self.listeners:
            listener.close()


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
