"""A bar on a terminal or in a notebook: percent, words per second, learning rate, loss, time left."""

import logging
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from w2v.system.console import log, notices
from w2v.training.history import Statistics
from w2v.training.listeners import COMPILING_NOTE
from w2v.training.progress import Figures, Meter
from w2v.training.schedule import Schedule

logger = logging.getLogger("w2v")
_POSTFIX_SECONDS = 0.5
_COLUMNS = 100


def is_watched() -> bool:
    """Whether someone sees a bar: standard error is a terminal, or this is a notebook."""
    return in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and "IPKernelApp" in shell.config


class Bar(Meter):
    """tqdm's, for reading and then for training."""

    bar: Any = None

    def __init__(self) -> None:
        super().__init__(_POSTFIX_SECONDS, at_once=True)

    def reading(self, total: int | None, unit: str) -> None:
        """Show a bar that goes when all is read."""
        self.bar = _new_bar(total=total, unit=unit, desc="reading", leave=False)

    def read(self, n: int) -> None:
        """Move it."""
        self.bar.update(n)

    def compiling(self) -> None:
        """Say why nothing seems to happen, unless it is logged where that is shown."""
        if not logger.isEnabledFor(logging.INFO):
            log(COMPILING_NOTE)

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Show the bar of training."""
        super().start(schedule, done)
        self.bar = _new_bar(total=self.n_all, initial=self.n_done, unit=" words", desc=self._described())

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Move it."""
        super().chunk(statistics, alpha)
        self.bar.update(self.n_done - self.bar.n)

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """Name the next epoch; the last one's loss stays."""
        super().epoch(number, statistics, seconds)
        self.bar.set_description(self._described(), False)
        if number == self.schedule.n_epochs:
            self.show(self.figures(statistics))

    def show(self, figures: Figures) -> None:
        """Put learning rate and loss at its end."""
        self.bar.set_postfix_str(f"alpha {figures.alpha:.5f}, loss {figures.loss:.4f}", refresh=False)

    def _described(self) -> str:
        return f"epoch {self.number}/{self.schedule.n_epochs}"

    def close(self) -> None:
        """Leave it as it stands."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def _new_bar(**settings: Any) -> Any:
    """A notebook's bar where it can draw one; why not, it says in warnings that are no business of our user's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm

        width = {} if in_notebook() else _width()
        return tqdm(unit_scale=True, file=notices(), **width, **settings)


def _width() -> dict[str, Any]:
    """How wide a bar may be: tqdm shows none at all on a terminal that says it has 0 columns."""
    try:
        known = os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except (OSError, ValueError):
        known = False
    return {"dynamic_ncols": True} if known else {"ncols": _COLUMNS}
