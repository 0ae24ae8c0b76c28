"""Ctrl-C and SIGTERM, noted while a piece of work is in hand and acted upon when it is done."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Training was stopped between chunks by Ctrl-C or SIGTERM (`signal_number`), so the weights are sound."""

    def __init__(self, message: str, signal_number: int = signal.SIGINT) -> None:
        super().__init__(message)
        self.signal_number = signal_number


class Signals:
    """What has come in."""

    def __init__(self) -> None:
        self.number: int | None = None  # of the first signal

    def check(self) -> None:
        """Raise `Interrupted` if a signal has come."""
        if self.number is not None:
            raise Interrupted("interrupted between chunks", self.number)


@contextlib.contextmanager
def deferred_signals() -> Iterator[Signals]:
    """Note SIGINT, and SIGTERM where the program handles it, instead of raising `KeyboardInterrupt` anywhere; a second
    one is raised at once. Does nothing outside of the main thread, where Python delivers no signals.
    """
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return

    def note(number: int, frame: FrameType | None) -> None:
        if signals.number is not None:
            raise KeyboardInterrupt
        signals.number = number

    found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    taken = [number for number, handler in found.items() if callable(handler)]
    for number in taken:
        signal.signal(number, note)
    try:
        yield signals
    finally:
        for number in taken:
            signal.signal(number, found[number])


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C in the `with` statement: it raises `Interrupted`."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Interrupted("terminated", number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
