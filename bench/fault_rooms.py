"""Where `bench.faults` runs its processes: a folder with a corpus, and what is asked of it when they have ended."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.programs import ROOT

TIMEOUT = 120  # seconds
Process = subprocess.Popen[bytes]
_DOCUMENT = 40  # tokens


class Kind(NamedTuple):
    """A command of the campaign."""

    words: tuple[str, ...]  # with the names that all rooms have
    go_on: tuple[str, ...]  # after an interruption
    output: str


KINDS = {
    "train": Kind(
        ("train", "text.txt", "-o", "out.w2v", "--threads", "1", "--vector-size", "200", "--epochs", "6",
         "--checkpoint-every", "10-chunks"),
        ("resume", "out.w2v.checkpoint"),
        "out.w2v",
    ),
    "classify train": Kind(
        classify := ("classify", "train", "labelled.txt", "-o", "out.model", "--finetune", "--threads", "1", "--dim",
                     "100", "--epochs", "12", "--checkpoint", "out.model.checkpoint"),
        classify,
        "out.model",
    ),
}  # fmt: skip


class Room:
    """A folder with a copy of the corpus, and of the same text in documents with labels, where commands run."""

    def __init__(self, folder: Path, corpus: Path, kind: str) -> None:
        self.folder, self.kind, self.text = folder, KINDS[kind], folder / "text.txt"
        self.output = folder / self.kind.output
        self.checkpoint = folder / f"{self.kind.output}.checkpoint"
        self.said = folder / "said"
        shutil.copy(corpus, self.text)
        if kind == "classify train":
            (folder / "labelled.txt").write_text(labelled(corpus), encoding="utf-8")

    def start(self, *words: str, before: Callable[[], object] | None = None) -> Process:
        """Start `w2v`, in a process group of its own; what it says goes to the file `said`."""
        with open(self.said, "wb") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "w2v", *words], cwd=self.folder, preexec_fn=before, start_new_session=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=said,
            )  # fmt: skip

    def end(self, process: Process) -> tuple[int, str]:
        """(exit code, standard error) of a process, when it has ended."""
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(), f"still running after {TIMEOUT} s"
        return process.returncode, self.said.read_text(encoding="utf-8", errors="replace")

    def run(self, *words: str, before: Callable[[], object] | None = None) -> tuple[int, str]:
        """The same of a whole run of `w2v`."""
        return self.end(self.start(*words, before=before))

    def finish(self) -> str | None:
        """Go on to the end as a user would: resume where there is a checkpoint, else train anew. Returns what is wrong,
        if anything."""
        if not self.output.exists():
            words = self.kind.go_on if self.checkpoint.exists() else self.kind.words
            code, errors = self.run(*words)
            if code:
                return f"{words[0]} ended with code {code}: {errors[-300:]}"
        return None

    def compared(self, expected: str, may_stay: tuple[str, ...] = ()) -> str | None:
        """What is wrong at the end, if anything. expected: digest of the output. may_stay: suffixes of files."""
        if digest(self.output) != expected:
            return "the result differs from that of the undisturbed run"
        marks = [name for name in os.listdir(self.folder) if "checkpoint" in name or name.endswith(".part")]
        left = [name for name in marks if not name.endswith(may_stay)]
        return f"{left} were left behind" if left else None

    def parts(self, of: str) -> bool:
        """Whether a file is being written: `checkpoint`, or `output`."""
        names = [name for name in os.listdir(self.folder) if name.startswith(f".{self.kind.output}")]
        return any(name.endswith(".part") and ("checkpoint" in name) == (of == "checkpoint") for name in names)


@contextlib.contextmanager
def room(corpus: Path, kind: str = "train") -> Iterator[Room]:
    """A room that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        yield Room(Path(folder), corpus, kind)


def labelled(corpus: Path) -> str:
    """A text in documents of two labels, which can be told apart a little: by the length of the first word."""
    tokens = corpus.read_text(encoding="utf-8", errors="replace").split()
    parts = [tokens[start : start + _DOCUMENT] for start in range(0, len(tokens), _DOCUMENT)]
    return "".join(f"__label__{len(part[0]) % 2} {' '.join(part)}\n" for part in parts)


def digest(path: Path) -> str:
    """Of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def one_sentence(code: int, errors: str) -> str | None:
    """What is wrong with how a process ended that should have refused, if anything."""
    said = [line for line in errors.strip().splitlines() if line.startswith("w2v: error:")]
    return None if code == 2 and len(said) == 1 else f"code {code}: {errors[-300:]}"


@contextlib.contextmanager
def small_disk(megabytes: float) -> Iterator[Path | None]:
    """A file system of that size, or None where this process may not mount one."""
    with tempfile.TemporaryDirectory(prefix="faults-disk-") as folder:
        size = f"size={int(megabytes * 1024)}k"
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True)
        if made.returncode:
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def wait_until(what: Callable[[], Any], process: Process) -> None:
    """Until it is so, or the process has ended."""
    while not what() and process.poll() is None:
        time.sleep(0.0005)
