"""Signals to the processes of `bench.faults`, at each stage of a run."""

import contextlib
import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from bench.fault_rooms import KINDS, Process, Room, room, wait_until

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STAGES = ("reading", "training", "writing a checkpoint", "saving")
_GAPS = (0.0, 0.001, 0.05, 0.1)  # seconds between two signals, or any up to:
_LONGEST_GAP = 0.5


class Try(NamedTuple):
    """A run that gets signals: of what kind, whether it goes on from a checkpoint, and when."""

    kind: str
    is_resumed: bool
    stage: str


class Signalled:
    """Runs that get signals, and how an undisturbed one of each kind ends."""

    def __init__(self, corpus: Path, expected: dict[str, str], seconds: float, seed: int) -> None:
        """expected: digests of the outputs. seconds: that an undisturbed run takes."""
        self.corpus, self.expected, self.seconds, self.seed = corpus, expected, seconds, seed

    def tries(self, n: int, n_signals: int, n_parallel: int) -> tuple[list[str], str]:
        """(what was lost, how often each stage was met) of `n` runs that get `n_signals` each."""
        every = itertools.product(STAGES, (False, True), KINDS)
        some = itertools.islice(itertools.cycle(every), n)
        wanted = [Try(kind, is_resumed, stage) for stage, is_resumed, kind in some]
        with ThreadPoolExecutor(n_parallel) as pool:
            found = list(pool.map(lambda item: self._one(*item, n_signals), enumerate(wanted)))
        stages = Counter(one.stage for one in wanted)
        note = ", ".join(f"{count} while {stage}" for stage, count in stages.items())
        n_resumed = sum(one.is_resumed for one in wanted)
        n_classify = sum(one.kind != "train" for one in wanted)
        note += f"; {n_resumed} of them going on from a checkpoint, {n_classify} of a classifier"
        return [f"{tuple(one)}: {wrong}" for one, wrong in zip(wanted, found, strict=True) if wrong], note

    def _one(self, number: int, one: Try, n_signals: int) -> str | None:
        draw = random.Random(f"{self.seed} {n_signals} signals {number}")
        with room(self.corpus, one.kind) as where:
            words = where.kind.words
            if one.is_resumed:
                process = where.start(*words)
                wait_until(where.checkpoint.exists, process)
                process.terminate()
                where.end(process)
                words = where.kind.go_on
            number = draw.choice(SIGNALS)
            process = where.start(*words)
            self._wait_for(one, where, process, draw)
            for pause in self._pauses(draw, n_signals):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                time.sleep(pause)
            code, errors = where.end(process)
            return (
                self._wrong(one, where, code, errors, number)
                or where.finish()
                or where.compared(self.expected[one.kind])
            )

    def _wait_for(self, one: Try, where: Room, process: Process, draw: random.Random) -> None:
        """Until the run is at that stage, and a moment more."""
        part = {"writing a checkpoint": "checkpoint", "saving": "output"}.get(one.stage)
        if part is not None:
            wait_until(lambda: where.parts(part), process)
            time.sleep(draw.choice([0.0, draw.uniform(0, 0.01)]))
        else:
            mark = b"w2v 0." if one.stage == "reading" else b"\nread "
            wait_until(lambda: mark in where.said.read_bytes(), process)
            time.sleep(draw.uniform(0, 0.5) * (1.0 if one.stage == "reading" else self.seconds))

    @staticmethod
    def _pauses(draw: random.Random, n_signals: int) -> Iterator[float]:
        """After each signal."""
        for _ in range(n_signals - 1):
            yield draw.choice([*_GAPS, draw.uniform(0, _LONGEST_GAP)])
        yield 0.0

    @staticmethod
    def _wrong(one: Try, where: Room, code: int, errors: str, number: int) -> str | None:
        """What is wrong when the run has ended, if anything: it says what ended it, and what it did is in a file."""
        if code not in (0, 128 + number) or "Traceback" in errors:
            return f"exit code {code}: {errors[-600:]}"
        has_begun = one.is_resumed or "\nread " in errors
        if has_begun and not (where.checkpoint.exists() or where.output.exists()):
            return f"neither checkpoint nor result: {errors[-300:]}"
        if one.stage == "saving" and not where.output.exists():
            return f"the result was not saved: {errors[-300:]}"
        return None
