"""Signals, broken pipes and full disks against real processes: nothing that was trained is lost, or it is said.

A process stops at a barrier inside the function that a test names, until the test lets it go on: no moment is guessed.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from starting import started
from support import python_environment

from w2v.cli.commands import main
from w2v.system.container import verify_container

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
AT_BARRIER, STILL_SAVING = "at the barrier\n", "w2v: stopping, and saving first; once more gives up"
LONG = ("--vector-size", "8", "--threads", "1", "--epochs", "100000")
SHORT = ("--vector-size", "8", "--threads", "1", "--epochs", "3")
WITH_BARRIER = """
import importlib, os, sys
from w2v.__main__ import main
module, *names = sys.argv.pop(1).split(":")
*names, name = names
owner = importlib.import_module(module)
for one in names:
    owner = getattr(owner, one)
work = getattr(owner, name)
def waiting(*args, **kwargs):
    os.write(2, b"at the barrier\\n")
    os.read(0, 1)
    return work(*args, **kwargs)
setattr(owner, name, waiting)
main()
"""
WRITE_CHECKPOINT = "w2v.training.checkpoint:Checkpoints:write"
SAVES = {"train": "w2v.formats.vector_files:write_vectors", "classify": "w2v.classify.format:save_classifier"}


class Process:
    """A command, what it says on standard error, and the barrier in it."""

    def __init__(self, folder, arguments, barrier=None, **settings):
        how = ["-m", "w2v"] if barrier is None else ["-c", WITH_BARRIER, barrier]
        self.process = started(
            [*how, *arguments], folder, start_new_session=True,
            **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings},
        )  # fmt: skip
        self.said = ""

    def wait_for(self, text):
        """Read standard error until `text` is there, or there is no more."""
        while text not in self.said and (line := self.process.stderr.readline()):
            self.said += line.decode()
        return text in self.said

    def go_on(self):
        """Leave the barrier, this time and later."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.stdin = None

    def end(self):
        """(exit code, all that was said)."""
        output, said = self.process.communicate(timeout=120)
        self.said += (said or b"").decode()
        self.output = (output or b"").decode()
        return self.process.returncode, self.said


@pytest.fixture
def start(tmp_path):
    opened = []

    def one(*arguments, barrier=None, **settings):
        opened.append(Process(tmp_path, arguments, barrier, **settings))
        return opened[-1]

    yield one
    for process in opened:
        if process.process.poll() is None:
            process.process.kill()
            process.process.communicate()


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    words = np.array([f"w{n}" for n in range(60)])
    rows = words[np.random.default_rng(1).integers(0, 60, (600, 12))]
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(" ".join(row) for row in rows) + "\n")
    assert main(["train", str(path), "-o", str(path.parent / "compiled.w2v"), *SHORT]) == 0
    return path


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    path = tmp_path_factory.mktemp("labelled") / "labelled.txt"
    path.write_text("__label__a good film\n__label__b bad film\n" * 200)
    settings = ("classify", "train", str(path), "--finetune", "--epochs", "3")
    assert main([*settings, "-o", str(path.parent / "compiled.w2v")]) == 0
    return settings


# ---- signals


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_waits_for_the_checkpoint(start, text, tmp_path, number):
    process = start("train", text, "-o", "x.w2v", *LONG, barrier=WRITE_CHECKPOINT)
    process.wait_for("epoch 1/")
    process.process.send_signal(number)
    assert process.wait_for(AT_BARRIER)
    process.process.send_signal(number)
    assert process.wait_for(STILL_SAVING), process.said
    for _ in range(5):  # nobody can have read that yet
        process.process.send_signal(number)
    process.go_on()
    code, said = process.end()
    assert code == SIGNALS[number] and "go on with: w2v resume x.w2v.checkpoint" in said, said
    verify_container(tmp_path / "x.w2v.checkpoint")


def test_a_deliberate_third_signal_gives_up_and_says_what_is_lost(start, text, tmp_path):
    process = start("train", text, "-o", "x.w2v", *LONG, barrier=WRITE_CHECKPOINT)
    process.wait_for("epoch 1/")
    process.process.send_signal(signal.SIGINT)
    assert process.wait_for(AT_BARRIER)
    while process.process.poll() is None:
        process.process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    code, said = process.end()
    assert code == 130 and said.count(STILL_SAVING) == 1, said
    assert "given up: what is in no file yet is lost" in said and "Traceback" not in said and "resume" not in said
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("gap", [0, 0.001, 0.05, 0.1])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_two_signals_to_the_group_leave_a_checkpoint(start, text, tmp_path, number, gap):
    process = start("train", text, "-o", "x.w2v", *LONG)
    process.wait_for("epoch 1/")
    os.killpg(process.process.pid, number)  # as `timeout` does
    time.sleep(gap)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.process.pid, number)
    code, said = process.end()
    assert code == SIGNALS[number] and "go on with: w2v resume x.w2v.checkpoint" in said, said
    verify_container(tmp_path / "x.w2v.checkpoint")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("kind", SAVES)
def test_a_signal_waits_until_the_result_is_saved(start, text, labelled, tmp_path, kind, number):
    command = labelled if kind == "classify" else ("train", text, *SHORT)
    process = start(*command, "-o", "x.w2v", barrier=SAVES[kind])
    assert process.wait_for(AT_BARRIER), process.said
    process.process.send_signal(number)
    process.go_on()
    code, said = process.end()
    what = "classifier is" if kind == "classify" else "vectors are"
    assert code == SIGNALS[number] and f"the training was finished: its {what} saved in x.w2v" in said, said
    assert os.listdir(tmp_path) == ["x.w2v"]
    verify_container(tmp_path / "x.w2v")


def test_a_signal_while_a_usual_checkpoint_is_written_gets_one_of_its_own(start, text, tmp_path):
    """The usual one may fail with no more than a warning; the last one may not."""
    process = start("train", text, "-o", "x.w2v", *LONG, "--checkpoint-every", "1-chunks", barrier=WRITE_CHECKPOINT)
    assert process.wait_for(AT_BARRIER), process.said
    process.process.send_signal(signal.SIGTERM)
    process.go_on()
    code, said = process.end()
    assert code == 143 and said.count(AT_BARRIER) == 2, said
    verify_container(tmp_path / "x.w2v.checkpoint")


def test_a_signal_that_python_drops_is_not_forgotten(start, text, tmp_path):
    """Exceptions in finalisers, and in callbacks that the compiler makes, are printed and dropped."""
    code = (
        "import signal\n"
        "from w2v.__main__ import main\n"
        "from w2v.corpus import encode\n"
        "class Dying:\n"
        "    def __del__(self): signal.raise_signal(signal.SIGTERM)\n"
        "work = encode.choose_vocabulary\n"
        "def choose(*args):\n"
        "    Dying()\n"
        "    return work(*args)\n"
        "encode.choose_vocabulary = choose\n"
        "main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, "train", text, "-o", "x.w2v", *SHORT], cwd=tmp_path,
                           env=python_environment(), capture_output=True, text=True, timeout=120)  # fmt: skip
    assert ended.returncode == 143 and "w2v: terminated" in ended.stderr, ended.stderr
    assert os.listdir(tmp_path) == []


DROPPED = """
import os, signal, sys
from w2v.__main__ import main
from w2v.vectors.keyed_vectors import KeyedVectors
class Dying:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
work = KeyedVectors.load
def load(path):
    Dying()
    if sys.argv[1] == "eval":
        os.read(0, 1)
    return work(path)
KeyedVectors.load = load
main()
"""


@pytest.mark.parametrize("command", ["nn", "eval"])
def test_one_signal_ends_a_query_wherever_it_comes(text, tmp_path, command):
    """Also where Python drops exceptions, while the command waits for questions, or is busy."""
    (tmp_path / "pairs").write_text("w1 w2 3.0\nw3 w4 1.0\n")
    arguments = [command, text.parent / "compiled.w2v", *["pairs"] * (command == "eval")]
    process = started(["-c", DROPPED, *arguments], tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.wait(timeout=60) == 143  # its input stays open
        assert process.stderr.read().strip() == "w2v: terminated"


def test_nohup_stays_nohup(start, text, tmp_path):
    process = start("train", text, "-o", "x.w2v", *SHORT, barrier=SAVES["train"],
                    preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))  # fmt: skip
    assert process.wait_for(AT_BARRIER)
    process.process.send_signal(signal.SIGHUP)
    process.go_on()
    assert process.end()[0] == 0 and os.listdir(tmp_path) == ["x.w2v"]


# ---- nobody reads, nothing can be written


@pytest.mark.parametrize("kind", SAVES)
def test_progress_that_nobody_reads_ends_nothing(start, text, labelled, tmp_path, kind):
    command = labelled if kind == "classify" else ("train", text, *SHORT)
    process = start(*command, "-o", "x.w2v")
    process.wait_for("read ")
    process.process.stderr.close()
    process.process.stderr = None
    assert process.end()[0] == 0 and os.listdir(tmp_path) == ["x.w2v"]


@pytest.mark.parametrize("kind", SAVES)
@pytest.mark.parametrize("streams", ["2>&1 | head -n 1", "2>/dev/full", "2>&-", ">&- 2>&-", "| head -n 0"])
def test_streams_that_take_nothing_lose_nothing(text, labelled, tmp_path, kind, streams):
    command = labelled if kind == "classify" else ("train", str(text), *SHORT)
    shell = f'set -o pipefail; "$0" -m w2v "$@" -o x.w2v {streams}'
    ended = subprocess.run(["bash", "-c", shell, sys.executable, *command], cwd=tmp_path, env=python_environment(),
                           capture_output=True, text=True, timeout=120)  # fmt: skip
    assert ended.returncode == 0 and "Traceback" not in ended.stderr, ended
    assert os.listdir(tmp_path) == ["x.w2v"]
    verify_container(tmp_path / "x.w2v")


def test_a_bar_on_a_terminal_that_is_closed(start, text, tmp_path):
    master, terminal = os.openpty()
    process = start("train", text, "-o", "x.w2v", *SHORT, barrier="w2v.training.state:train", stderr=terminal)
    os.close(terminal)
    shown = b""
    while AT_BARRIER.strip().encode() not in shown:
        shown += os.read(master, 65536)
    os.close(master)
    process.go_on()
    assert process.end()[0] == 0 and os.listdir(tmp_path) == ["x.w2v"]


@pytest.mark.parametrize("kind", SAVES)
def test_a_log_on_a_full_disk_is_a_warning(start, text, labelled, tmp_path, kind):
    command = labelled if kind == "classify" else ("train", text, *SHORT)
    size = 50_000_000
    with open(tmp_path / "log", "wb") as log:
        log.truncate(size)
    process = start(*command, "-o", "x.w2v", "--log", "log",
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))  # fmt: skip
    code, said = process.end()
    assert code == 0 and said.count("training goes on without the log") == 1, said
    assert sorted(os.listdir(tmp_path)) == ["log", "x.w2v"] and os.path.getsize(tmp_path / "log") == size


def test_a_killed_run_leaves_no_encoded_corpus(start, text, tmp_path):
    (tmp_path / "cache").mkdir()
    process = start("train", text, "--cache-dir", "cache", "-o", "x.w2v", *LONG)
    assert process.wait_for("epoch 1/"), process.said
    process.process.kill()
    process.end()
    assert os.listdir(tmp_path / "cache") == []


# ---- two at once


@pytest.mark.parametrize("kind", SAVES)
def test_a_second_run_with_the_same_checkpoint_is_refused(start, text, labelled, tmp_path, kind):
    command = labelled if kind == "classify" else ("train", text, *SHORT)
    first = start(*command, "-o", "x.w2v", barrier=SAVES[kind])
    assert first.wait_for(AT_BARRIER), first.said
    for more in ((), ("--checkpoint", tmp_path / "x.w2v.checkpoint")):
        second = start(*command, "-o", "y.w2v" if more else "x.w2v", *more)
        code, said = second.end()
        assert code == 2 and "w2v: error: another run is at work with" in said and "read " not in said, said
    other = start(*command, "-o", "y.w2v")
    assert other.end()[0] == 0, other.said
    first.go_on()
    assert first.end()[0] == 0, first.said
    assert sorted(os.listdir(tmp_path)) == ["x.w2v", "y.w2v"]


def test_a_killed_run_is_no_longer_at_work(start, text, tmp_path):
    killed = start("train", text, "-o", "x.w2v", *SHORT, barrier=SAVES["train"])
    assert killed.wait_for(AT_BARRIER), killed.said
    killed.process.kill()
    killed.end()
    again = start("train", text, "-o", "x.w2v", *SHORT)
    assert again.end()[0] == 0 and os.listdir(tmp_path) == ["x.w2v"], again.said
