"""How training goes, in figures: as plain lines for Python's logging, or given to a function."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from w2v.errors import ConfigError
from w2v.system.console import above_bars
from w2v.training.history import Statistics
from w2v.training.listeners import Progress, Several
from w2v.training.schedule import Schedule

logger = logging.getLogger("w2v")
_LINE_SECONDS = 5.0
_CALL_SECONDS = 0.5


class Figures(NamedTuple):
    """How a run stands: what each display shows, and what a function given as `progress` is called with."""

    done: float  # share of the run, 0 to 1
    epoch: int  # in hand, of this run, from 1
    n_epochs: int
    n_tokens: int  # gone through, of all epochs; subsampled ones count, rare ones do not
    n_all_tokens: int
    words_per_second: int
    alpha: float
    loss: float  # per pair, in nats, since the last figures or the epoch's start; at its end that of the epoch
    seconds: float  # since training began
    eta_seconds: float | None  # None before there is a speed
    is_epoch_end: bool = False


Shown: TypeAlias = bool | Callable[[Figures], object] | Progress | None  # what users give as `progress`


class Meter(Progress):
    """Keeps the figures that every display needs, and shows them every so often.

    seconds: between two times. at_once: the first chunk is shown, too. Without `has_read` sentence breaks count as
    words.
    """

    n_words: int | None = None

    def __init__(self, seconds: float = math.inf, at_once: bool = False) -> None:
        self.pause, self.at_once = seconds, at_once

    def show(self, figures: Figures) -> None:
        """Override: show them."""

    def has_read(self, n_words: int) -> None:
        """Know the length of an epoch."""
        self.n_words = n_words

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Reset the figures; what was done before counts as done, but not for the speed."""
        self.schedule, self.began = schedule, time.monotonic()
        self.n_all = schedule.n_epochs * (schedule.n_tokens if self.n_words is None else self.n_words)
        self.n_before = self.n_done = done.n_tokens
        self.number = min(1 + self.n_done * schedule.n_epochs // max(self.n_all, 1), schedule.n_epochs)
        self.alpha = schedule.start_alpha
        self.recent = Statistics()
        self.shown = -math.inf if self.at_once else self.began

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Add a chunk, and show the figures if the last ones are old."""
        new = Statistics().plus(statistics)
        self.recent = self.recent.plus(new)
        self.n_done += new.n_tokens
        self.alpha = alpha
        if time.monotonic() - self.shown >= self.pause:
            self.shown = time.monotonic()
            self.show(self.figures())

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """The next epoch is in hand; its figures have nothing of this one."""
        self.recent = Statistics()
        self.number = min(number + 1, self.schedule.n_epochs)

    def figures(self, epoch: Statistics | None = None) -> Figures:
        """How it stands. epoch: the sums of the one that has just ended."""
        seconds = max(time.monotonic() - self.began, 1e-9)
        n_new = self.n_done - self.n_before
        figures = Figures(
            done=round(min(self.n_done / max(self.n_all, 1), 1.0), 4),
            epoch=self.number,
            n_epochs=self.schedule.n_epochs,
            n_tokens=self.n_done,
            n_all_tokens=self.n_all,
            words_per_second=round(n_new / seconds),
            alpha=round(self.alpha, 6),
            loss=round(float((self.recent if epoch is None else epoch).mean_loss), 5),
            seconds=round(seconds, 2),
            eta_seconds=round(seconds * max(self.n_all - self.n_done, 0) / n_new, 1) if n_new else None,
            is_epoch_end=epoch is not None,
        )
        self.recent = Statistics()
        return figures


class Lines(Meter):
    """A plain line every few seconds and one per epoch, through Python's logging: for logs, pipes and programs."""

    def __init__(self, seconds: float = _LINE_SECONDS) -> None:
        super().__init__(seconds)

    def show(self, figures: Figures) -> None:
        """A line."""
        eta = f"{figures.eta_seconds:.0f} s left" if figures.eta_seconds is not None else ""
        self._log(
            f"{figures.done:6.1%}  {figures.words_per_second:,} words/s  alpha {figures.alpha:.5f}  "
            f"loss {figures.loss:.4f}  {eta}"
        )

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """The epoch's line."""
        super().epoch(number, statistics, seconds)
        rate = statistics.n_tokens / max(seconds, 1e-9)
        self._log(
            f"epoch {number}/{self.schedule.n_epochs}: loss {statistics.mean_loss:.4f} per pair, {rate:,.0f} "
            f"words/s, {seconds:.1f} s"
        )

    def _log(self, line: str) -> None:
        if logger.isEnabledFor(logging.INFO):  # or bars would flicker for nothing
            with above_bars():
                logger.info("%s", line)


class Calls(Meter):
    """Calls a function with the figures: at the first chunk, every half second, and at the end of each epoch."""

    def __init__(self, function: Callable[[Figures], object], seconds: float = _CALL_SECONDS) -> None:
        super().__init__(seconds, at_once=True)
        self.function = function

    def show(self, figures: Figures) -> None:
        """Call it."""
        self.function(figures)

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """Call it with the epoch's loss."""
        self.function(self.figures(statistics))
        super().epoch(number, statistics, seconds)


def listener(progress: Shown) -> Progress:
    """What a Python program shows: lines to logging always, which says nothing unless the program set it up, and what
    `progress` asks for: True a bar, None a bar where someone is watching, a function `Calls`, False nothing more.

    Raises `ConfigError` for anything else."""
    from w2v.training.bar import Bar, is_watched

    lines, wanted = Lines(), is_watched() if progress is None else progress
    if isinstance(wanted, bool):
        return Several([lines, Bar()]) if wanted else lines
    if isinstance(wanted, Progress):
        return Several([lines, wanted])
    if not callable(wanted):
        raise ConfigError(f"progress is {progress!r}; give True for a bar, False for none, or a function to call")
    return Several([lines, Calls(wanted)])
