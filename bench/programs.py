"""Other processes: how long they take, how much memory they hold, and one clear sentence when they fail."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.sides import SideError

ROOT = Path(__file__).resolve().parent.parent
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


# A process's peak is never below its parent's size at the start, so a small process starts the one to be measured.
_LAUNCHER = """
import os, sys
child = os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as report:
    report.write(str(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)))
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
"""


class Finished(NamedTuple):
    """A process that ended well."""

    seconds: float
    output: str


def run_program(name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> Finished:
    """Run a command to its end. Raises `SideError` when it is missing or ends with another code than 0.

    env: added to the environment. `w2v` and `bench` of this checkout come first on Python's path.
    """
    if shutil.which(command[0]) is None:
        raise SideError(f"{name} cannot be run: {command[0]} is missing or not executable")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    full = {**os.environ, "PYTHONPATH": path, **(env or {})}
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        try:
            code = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=full
            ).returncode
        except OSError as error:
            raise SideError(f"{name} cannot be started from {command[0]} ({error.strerror})") from error
        seconds = time.perf_counter() - began
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if code:
        said = text.replace("\r", "\n").strip().splitlines()
        ended = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        raise SideError(f"{name} {ended}" + (f" and said: {said[-1][:200]}" if said else ""))
    return Finished(seconds, text)


def peak_memory(name: str, command: Sequence[str], folder: Path) -> int:
    """Largest resident memory of a command, in bytes. Raises `SideError`."""
    if not hasattr(os, "wait4"):
        raise SideError("this system does not tell the peak memory of a process")
    if shutil.which(command[0]) is None:
        raise SideError(f"{name} cannot be run: {command[0]} is missing or not executable")
    report = folder / "peak-memory"
    run_program(name, [sys.executable, "-S", "-c", _LAUNCHER, str(report), *command])
    return int(report.read_text())


def python(code: str, *arguments: str) -> list[str]:
    """The command that runs a piece of Python."""
    return [sys.executable, "-c", code, *arguments]


def w2v(*arguments: object) -> list[str]:
    """The command line of this package."""
    return [sys.executable, "-m", "w2v", *map(str, arguments)]
