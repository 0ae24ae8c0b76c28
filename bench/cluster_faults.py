"""Kills at random moments against a real cluster: a scheduler, workers and drivers, each a process of its own.

    python -m bench.cluster_faults corpus.txt --workers 50 --schedulers 10 --drivers 10

Whatever was killed, and with SIGKILL always: the job ends, or `w2v resume` ends it, and the model has the bytes of an
undisturbed run. Anything else is counted as lost and described.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.fault_rooms import small_disk
from bench.programs import ROOT

_TIMEOUT = 180  # seconds that a driver may take
_KILLS_OF_A_JOB = 4
_JOB = (
    "--model", "sg", "--vector-size", "32", "--epochs", "2", "--threads", "1", "--slices", "3", "--rounds", "5",
)  # fmt: skip
Process = subprocess.Popen[bytes]


class Cluster:
    """A scheduler and its workers, which are started again when they are gone."""

    def __init__(self, folder: Path, n_workers: int) -> None:
        self.folder, self.n_workers, self.n_started = folder, n_workers, 0
        self.workers: list[Process] = []
        self.start()

    def start(self) -> None:
        """Start all of it anew."""
        self.end()
        self.n_started += 1
        self.file = self.folder / f"scheduler{self.n_started}.json"
        self.scheduler = self._process("scheduler", "--host", "127.0.0.1", "--port", "0")
        while not (self.file.exists() and self.file.stat().st_size):
            time.sleep(0.05)
        self.workers = []
        self.mend()

    def mend(self) -> None:
        """Start workers in place of those that are gone."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < self.n_workers:
            self.workers.append(self._process("worker", "--nthreads", "1", "--no-nanny", "--memory-limit", "0"))

    def end(self) -> None:
        """Kill all."""
        for process in [*self.workers, *([self.scheduler] if self.n_started else [])]:
            process.kill()
            process.wait()

    def _process(self, name: str, *words: str) -> Process:
        program = [sys.executable, "-m", f"distributed.cli.dask_{name}", "--no-dashboard"]
        return subprocess.Popen(
            [*program, "--scheduler-file", str(self.file), *words], cwd=self.folder, env=environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


class Campaign:
    """Jobs on one cluster, and what was lost."""

    def __init__(self, corpus: list[str], folder: Path, seed: int) -> None:
        self.corpus, self.folder, self.draw = corpus, folder, random.Random(seed)
        self.cluster, self.lost, self.how = Cluster(folder, 2), list[str](), Counter[str]()
        for _ in range(2):  # the first one compiles
            driver = self.begun()
            began = time.monotonic()
            driver.wait()
            self.seconds = time.monotonic() - began
            self.expected = self.digest()
        print(f"an undisturbed job takes {self.seconds:.1f} s", flush=True)

    # ---- a job

    def train(self) -> Process:
        """Begin a job."""
        for name in ("out.w2v", "job"):
            path = self.folder / name
            (shutil.rmtree if path.is_dir() else Path.unlink)(path) if path.exists() else None
        return self.driver("train", *self.corpus, *_JOB, "--work-dir", "job", "-o", "out.w2v")

    def begun(self) -> Process:
        """Begin a job, and wait until it is in its folder."""
        driver = self.train()
        while not (self.folder / "job" / "job.json").exists() and driver.poll() is None:
            time.sleep(0.02)
        return driver

    def driver(self, *words: str) -> Process:
        """Start a driver."""
        with open(self.folder / "said", "wb") as said:
            program = [sys.executable, "-m", "w2v", *words, "--cluster", str(self.cluster.file)]
            return subprocess.Popen(program, cwd=self.folder, env=environment(), stdout=subprocess.DEVNULL, stderr=said)

    def digest(self) -> str | None:
        """Of the model."""
        path = self.folder / "out.w2v"
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None

    def finish(self, driver: Process, what: str) -> None:
        """Wait for the driver, go on as a user would, and compare."""
        code, n_resumed = self.end(driver), 0
        while code != 0 and n_resumed < 3:
            if code == 2 and "w2v resume" not in (said := self.said()):
                self.lost.append(f"{what}: code 2 without how to go on: {said[-300:]}")
            has_job = (self.folder / "job" / "job.json").exists()
            again = self.driver("resume", "job", "-o", "out.w2v") if has_job else self.train()
            code, n_resumed = self.end(again), n_resumed + 1
        self.how[what + (", resumed" if n_resumed else "")] = (
            self.how.get(what + (", resumed" if n_resumed else ""), 0) + 1
        )
        if code != 0:
            self.lost.append(f"{what}: code {code}: {self.said()[-300:]}")
        elif self.digest() != self.expected:
            self.lost.append(f"{what}: the model differs")

    def end(self, driver: Process) -> int:
        """The exit code of a driver."""
        try:
            return driver.wait(_TIMEOUT)
        except subprocess.TimeoutExpired:
            driver.kill()
            driver.wait()
            self.lost.append(f"a driver was still there after {_TIMEOUT} s: {self.said()[-300:]}")
            return 99

    def said(self) -> str:
        """What the last driver said."""
        return (self.folder / "said").read_text(errors="replace")

    # ---- kills

    def workers(self, n: int) -> int:
        """Kill workers while jobs run, one after the other, each at a random moment; returns how many."""
        n_killed = 0
        while n_killed < n:
            driver, most = self.begun(), min(n, n_killed + _KILLS_OF_A_JOB)
            while driver.poll() is None and n_killed < most:
                time.sleep(self.draw.uniform(0, self.seconds / 3))
                if driver.poll() is None:
                    self.draw.choice(self.cluster.workers).kill()
                    n_killed += 1
                    time.sleep(0.1)
                    self.cluster.mend()
            self.finish(driver, "workers")
        return n_killed

    def others(self, n: int, kill: Callable[[Process], object], what: str) -> None:
        """Kill something else, once in a job."""
        for _ in range(n):
            driver = self.begun()
            time.sleep(self.draw.uniform(0, 0.9 * self.seconds))
            kill(driver)
            self.finish(driver, what)

    def full_disk(self, megabytes: float) -> str:
        """The folder's disk is full; with room there the job goes on. Returns what the driver said."""
        with small_disk(megabytes) as disk:
            if disk is None:
                return "needs the right to mount a small file system; not tried"
            self.train().kill()
            job = str(disk / "job")
            code = self.end(self.driver("train", *self.corpus, *_JOB, "--work-dir", job, "-o", "out.w2v"))
            said = self.said().splitlines()[-1]
            if code != 2 or "No space left" not in said:
                self.lost.append(f"full disk: code {code}: {said}")
            subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
            self.finish(self.driver("resume", job, "-o", "out.w2v"), "full disk")
            self.cluster.start()  # workers have files of the disk mapped
            return said


def environment() -> dict[str, str]:
    """That of all processes: a worker that lost its scheduler, and a client, give up soon."""
    timeouts = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s", "OPENBLAS_NUM_THREADS": "1"}
    return {**os.environ, **timeouts, "PYTHONPATH": str(ROOT)}


def main() -> int:
    """Run the campaign; returns the exit code, 1 when something was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="+")
    for name in ("workers", "schedulers", "drivers"):
        parser.add_argument(f"--{name}", type=int, default=10, help="how many to kill")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign([os.path.abspath(path) for path in args.corpus], Path(folder), args.seed)
        cluster = campaign.cluster

        def kill_scheduler(driver: Process) -> None:
            cluster.scheduler.send_signal(signal.SIGKILL)
            cluster.start()

        try:
            print(f"full disk: {campaign.full_disk(0.7)}, lost: {campaign.lost}", flush=True)
            campaign.workers(args.workers)
            print(f"workers: {args.workers} killed; {dict(campaign.how)}, lost: {campaign.lost}", flush=True)
            campaign.others(args.drivers, Process.kill, "driver")
            print(f"drivers: {args.drivers} killed; {dict(campaign.how)}, lost: {campaign.lost}", flush=True)
            campaign.others(args.schedulers, kill_scheduler, "scheduler")
            print(f"schedulers: {args.schedulers} killed; {dict(campaign.how)}, lost: {campaign.lost}", flush=True)
        finally:
            cluster.end()
    return 1 if campaign.lost else 0


if __name__ == "__main__":
    sys.exit(main())
