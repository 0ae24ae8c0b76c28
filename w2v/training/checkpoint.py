"""Checkpoints: when a run writes one, what becomes of the last one, and what an error says about them.

What is in one is its run's business. That of word vectors is a model in the native format whose metadata says where
training stands, so it answers `nn` and `eval` too; that of a classifier is `w2v.classify.checkpoint`. A new one is
written beside the last and takes its name when it is whole; the last is kept as `NAME.previous`.
"""

import contextlib
import logging
import math
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from w2v.errors import ConfigError, FormatError, W2VError
from w2v.system.container import verify_container
from w2v.system.files import PathLike
from w2v.system.interrupts import GaveUp
from w2v.system.sole_use import sole_use
from w2v.training.listeners import Pauses

PREVIOUS = ".previous"
logger = logging.getLogger("w2v")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
RESUME = "w2v resume {}"  # how to go on from a checkpoint, named in the braces


class Interval(NamedTuple):
    """How often: every `amount` seconds, chunks, or of the whole run."""

    amount: float
    unit: str  # seconds, chunks or run

    @classmethod
    def parse(cls, text: str) -> "Interval":
        """From `30s`, `10m`, `2h`, `5%` or `200-chunks`. Raises `ConfigError`."""
        found = re.fullmatch(r"(\d+\.?\d*|\.\d+)(s|m|h|%|-chunks)", text)
        amount, unit = (float(found[1]), found[2]) if found else (0.0, "")
        if not 0 < amount < math.inf or (unit == "%" and amount > 100) or (unit == "-chunks" and amount != int(amount)):
            raise ConfigError(
                f"a checkpoint every {text!r} means nothing; give a time (30s, 10m, 2h), a share of the run (5%) or a "
                "number of chunks (200-chunks)"
            )
        if unit in _SECONDS:
            return cls(amount * _SECONDS[unit], "seconds")
        return cls(amount, "chunks") if unit == "-chunks" else cls(amount / 100, "run")


EACH_TIME = Interval(1, "chunks")  # whenever training could pause
ON_SIGNAL = Interval(math.inf, "seconds")  # only then


def _nothing_to_save(path: Path) -> None:
    raise AssertionError("no run has said what it saves")


def held(path: PathLike | None) -> contextlib.AbstractContextManager[None]:
    """A checkpoint that no other run writes while the `with` statement lasts. Raises `ConfigError` when one does."""
    return contextlib.nullcontext() if path is None else sole_use(base_path(path))


class Checkpoints(Pauses):
    """The checkpoints of a run.

    path: the file; the previous one of another (`NAME.previous`) is what the run goes on from while that other is
    damaged, so that is replaced, and this is kept until then. save: writes the run as it stands to a path, whole or not
    at all. go_on: how a user goes on from a file, with braces for its name.
    """

    def __init__(
        self,
        path: PathLike,
        every: str | Interval,
        save: Callable[[Path], object] = _nothing_to_save,
        go_on: str = RESUME,
    ) -> None:
        self.source = self.path = Path(path)  # what the run goes on from if it is there, and what it writes
        self.interval = Interval.parse(every) if isinstance(every, str) else every
        self.save, self.go_on = save, go_on
        self.last = time.monotonic()
        self.keeps_previous = True
        self.is_written = False  # by this run, or by the one that it goes on with
        if self.source.name.endswith(PREVIOUS) and self.source.exists():
            self.path, self.keeps_previous = base_path(path), False

    def limit(self, n_done: int, n_all: int) -> int:
        """Where the next one is due, if chunks say so."""
        if self.interval.unit == "seconds":
            return n_all
        step = max(1, round(self.interval.amount * (n_all if self.interval.unit == "run" else 1)))
        return min(n_all, step * (n_done // step + 1))

    def due(self) -> bool:
        """Whether the time since the last one has passed."""
        return self.interval.unit == "seconds" and time.monotonic() - self.last >= self.interval.amount

    def is_due_after(self, n_done: int) -> bool:
        """Whether it is time for one when the `n_done`-th piece is done, of a run that pauses after each of them."""
        return self.due() or (self.interval.unit == "chunks" and n_done % self.interval.amount == 0)

    def write(self, is_last: bool) -> None:
        """Write one; the last stays as it was until the new one is on the disk, and then as the previous one. Training
        that goes on (`is_last` is not set) is not worth ending for a full disk: that is a warning then."""
        self.last = time.monotonic()
        try:
            if self.keeps_previous and self.path.exists():
                with contextlib.suppress(OSError):  # its name may be too long; the new one matters more
                    _second_name(self.path, previous_path(self.path))
            self.save(self.path)
        except (W2VError, OSError) as error:
            if is_last:
                raise
            kept = f"; the last one, {self.path}, is kept" if self.is_written else ""
            logger.warning("no checkpoint could be written (%s)%s; training goes on", error, kept)
            return
        self.is_written = self.keeps_previous = True

    @contextlib.contextmanager
    def advising(self) -> Iterator[None]:
        """An error in the `with` statement says how to go on."""
        try:
            yield
        except (Exception, GaveUp) as error:
            if self.is_written:
                error.add_note(self.advice())
            raise

    @contextlib.contextmanager
    def saving(self, what: str) -> Iterator[None]:
        """In the `with` statement the result is saved. Then this run's checkpoints are removed; where saving fails, the
        last one holds all that was trained."""
        try:
            yield
        except (W2VError, GaveUp) as error:
            advice = self.advice() if self.is_written else None
            if not isinstance(error, GaveUp):
                with contextlib.suppress(W2VError, OSError):
                    self.write(True)
                    advice = f"nothing is lost: when that is mended, {self.how()} saves {what}"
            if advice:
                error.add_note(advice)
            raise
        self.remove()

    def remove(self) -> None:
        """Delete what this run wrote or went on from: its result is saved. A link to it is the user's and stays."""
        if self.is_written:
            for path in (self.path, previous_path(self.path), _part_path(self.path)):
                with contextlib.suppress(OSError):
                    os.unlink(os.path.realpath(path))

    def advice(self) -> str:
        """How to go on after an error."""
        return f"the last checkpoint is {self.path}; go on from it with: {self.how()}"

    def how(self) -> str:
        """The same, as a command."""
        return self.go_on.format(self.path)


def previous_path(path: PathLike) -> Path:
    """Where the checkpoint before the last is kept."""
    return Path(os.fspath(path) + PREVIOUS)


def base_path(path: PathLike) -> Path:
    """Of which the checkpoint is, or is the one before."""
    return Path(os.fspath(path).removesuffix(PREVIOUS))


def _part_path(path: Path) -> Path:
    """Where `path` gets its second name first; no longer than `previous_path`, which may just fit."""
    return Path(f"{path}.part")


def _second_name(path: Path, name: Path) -> None:
    """Let `name` be the file `path` too; a file has its name at any moment, so that a crash leaves one of them."""
    part = _part_path(path)
    try:
        with contextlib.suppress(OSError):  # of a run that was killed just here
            part.unlink()
        try:
            os.link(os.path.realpath(path), part)  # of a link this would be the link
        except OSError:  # a file system without links
            shutil.copyfile(path, part)
        os.replace(part, name)
    finally:
        with contextlib.suppress(OSError):  # still there if both names were one file before, or the disk is full
            part.unlink()


def check_checkpoint(path: PathLike, go_on: str = RESUME) -> None:
    """Raise `FormatError` for a file that is not what was written, naming the checkpoint before it, and how to go on
    from that, if it is whole; `W2VError` if there is no such file."""
    try:
        verify_container(path)
    except FormatError as error:
        if not _is_whole(previous_path(path)):
            raise
        how = go_on.format(previous_path(path))
        raise FormatError(f"{error}; the checkpoint before it is whole: {how}") from error


def _is_whole(path: Path) -> bool:
    try:
        verify_container(path)
    except W2VError:
        return False
    return True
