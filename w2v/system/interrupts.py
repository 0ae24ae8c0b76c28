"""Ctrl-C, SIGTERM and SIGHUP: raised at once, or noted while work is in hand and acted upon when it is done."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any

_NUMBERS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
_WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
_STOPPING = "w2v: stopping, and saving first; once more gives up, and what is not saved is lost\n"
_ELSEWHERE_SECONDS = 0.05
_READING_SECONDS = 1.0  # whoever signals earlier has not read that


class Interrupted(KeyboardInterrupt):
    """The program was stopped by Ctrl-C, SIGTERM or SIGHUP (`signal_number`); a training between chunks, so the weights
    are sound."""

    def __init__(self, message: str, signal_number: int = signal.SIGINT) -> None:
        super().__init__(message)
        self.signal_number = signal_number


class GaveUp(Interrupted):
    """Someone insisted, although work is lost."""


class Signals:
    """What has come in, and what becomes of it: it is raised, or in a `deferred` block noted."""

    def __init__(self) -> None:
        self.number: int | None = None  # of the first signal
        self._is_raised, self._is_noted = True, False
        self._told: float | None = None  # when it was said what one more does

    def check(self, message: str | None = None) -> None:
        """Raise `Interrupted` if a signal has come."""
        if self.number is not None:
            raise Interrupted(message or _word(self.number), self.number)

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Note the first signal, for whoever asks `number` or `check`, and let later ones wait; a deliberate third
        raises `GaveUp`. If one was noted that stays so afterwards: the program is ending."""
        before = self._is_raised, self._is_noted
        self._is_raised, self._is_noted = False, True
        try:
            yield
        finally:
            if self.number is None:
                self._is_raised, self._is_noted = before

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """In a `deferred` block: raise the first signal, as there is nothing to save; cleaning up is not disturbed by
        later ones. Call `check` afterwards, for one that came where Python drops exceptions: in a finaliser, or in a
        callback from C, as the compiler has them."""
        self.check()
        self._is_raised = True
        try:
            yield
        finally:
            self._is_raised = False

    def dropped(self, what: Any) -> None:
        """A `sys.unraisablehook`: Python drops exceptions in finalisers and callbacks, and what was `Interrupted` there
        is raised once more, soon, elsewhere."""
        if not isinstance(what.exc_value, Interrupted):
            sys.__unraisablehook__(what)
        elif hasattr(signal, "pthread_kill"):
            again = (threading.main_thread().ident, what.exc_value.signal_number)
            timer = threading.Timer(_ELSEWHERE_SECONDS, signal.pthread_kill, again)
            timer.daemon = True
            timer.start()

    def end(self) -> None:
        """The program is ending: what comes now waits."""
        self._is_raised, self._is_noted = False, True

    def handle(self, numbers: Iterable[int]) -> dict[int, Any]:
        """Handle these signals from now on; returns what handled them before."""
        return {number: signal.signal(number, self.come) for number in numbers if _is_main_thread()}

    def come(self, number: int, frame: FrameType | None) -> None:
        """The handler of signals."""
        is_first, self.number = self.number is None, self.number or number
        if self._is_raised and (is_first or not self._is_noted):
            raise Interrupted(_word(number), number)
        if is_first:
            return
        now = time.monotonic()
        if self._told is None:
            self._told = now
            with contextlib.suppress(OSError, ValueError, AttributeError):  # a stream could be in the middle of a write
                os.write(sys.stderr.fileno(), _STOPPING.encode())
        elif now - self._told >= _READING_SECONDS:
            raise GaveUp("given up: what is in no file yet is lost", number)


def _word(number: int) -> str:
    return _WORDS.get(signal.Signals(number), "hung up")


def _installed() -> Signals | None:
    """What handles signals now, if it is ours."""
    owners = (getattr(signal.getsignal(number), "__self__", None) for number in _NUMBERS)
    return next((owner for owner in owners if isinstance(owner, Signals)), None)


@contextlib.contextmanager
def _handling(signals: Signals, numbers: Iterable[int]) -> Iterator[Signals]:
    found = signals.handle(numbers)
    try:
        yield signals
    finally:
        for number, handler in found.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def stoppable() -> Iterator[Signals]:
    """A program that Ctrl-C, SIGTERM and SIGHUP end with `Interrupted`."""
    if (signals := _installed()) is not None:
        yield signals
        return
    with _handling(Signals(), not_ignored()) as signals:
        yield signals


@contextlib.contextmanager
def deferred_signals() -> Iterator[Signals]:
    """A `Signals.deferred` block: of the program's, or else of those signals that this process handles in Python."""
    if (signals := _installed()) is not None and _is_main_thread():
        with signals.deferred():
            yield signals
        return
    handled = [number for number in _NUMBERS if callable(signal.getsignal(number))]
    with _handling(Signals(), handled) as signals, signals.deferred():
        yield signals


def not_ignored() -> list[int]:
    """The signals that end the program: all but those that it was started to ignore, as by `nohup`."""
    return [number for number in _NUMBERS if signal.getsignal(number) is not signal.SIG_IGN]


def ignore_signals() -> None:
    """The program has ended but for its exit."""
    for number in _NUMBERS:
        signal.signal(number, signal.SIG_IGN)


def _is_main_thread() -> bool:
    """Python delivers signals there only."""
    return threading.current_thread() is threading.main_thread()
