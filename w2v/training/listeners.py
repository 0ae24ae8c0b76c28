"""Who is told of a run, and may pause it: the trainer calls these, between chunks."""

import logging
from collections.abc import Sequence

from w2v.training.history import Statistics
from w2v.training.schedule import Schedule

logger = logging.getLogger("w2v")
COMPILING_NOTE = "compiling the training kernel (first run only, some 10 s) ..."


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
