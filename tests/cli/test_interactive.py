"""A person at a terminal: prompts, history, the bars. Each test opens a pseudo-terminal of its own."""

import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from support import python_environment
from terminal import CTRL_C, CTRL_D, Terminal

from w2v.data.datasets import registry_folder
from w2v.formats.vector_files import VectorTable, write_vectors

WORDS = ["king", "queen", "man", "woman", "castle"]


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(*arguments, **settings):
        opened.append(Terminal(tmp_path, "-m", "w2v", *arguments, **settings))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def model(tmp_path):
    """man → king as woman → queen, by construction; castle is nearest to king."""
    vectors = np.array([[1, 0, 1], [1, 1, 1], [1, 0, 0.05], [1, 1, 0.05], [0.5, 0.1, 1]], np.float32)
    write_vectors(tmp_path / "small.w2v", VectorTable(WORDS, vectors))
    return tmp_path / "small.w2v"


def test_nn_asks_until_ctrl_d_and_keeps_its_history(terminal, model, tmp_path):
    first = terminal("nn", model)
    assert "Ctrl-D ends" in first.wait_for("> ")
    first.type("king -n\n")  # words, not options
    assert "'-n' is not in the vocabulary" in first.wait_for("> ")
    first.type("quen\n")
    assert "did you mean queen?" in first.wait_for("> ")
    first.type("\n")
    first.wait_for("> ")
    first.type("king queen\n")
    answer = first.wait_for("> ")
    assert "neighbours of king + queen" in answer and re.search(r"castle +0\.\d{4}\r\n", answer)
    first.type(CTRL_D)
    assert first.end()[0] == 0
    history = (tmp_path / "state" / "w2v" / "history").read_text().split("\n")
    assert [line for line in history if line in ("king -n", "quen", "king queen")] == ["king -n", "quen", "king queen"]
    second = terminal("nn", model)
    second.wait_for("> ")
    second.type(b"\x1b[A\n")  # the arrow up
    assert "neighbours of king + queen" in second.wait_for("> ")
    second.type(CTRL_D)
    assert second.end()[0] == 0


def test_analogy_asks_by_both_rules(terminal, model):
    session = terminal("analogy", model, "-n", 1)
    assert "b − a + c" in session.wait_for("> ")
    session.type("man king woman\n")
    answer = session.wait_for("> ")
    assert "(king − man + woman, the rule b − a + c)" in answer and re.search(r"queen +\d\.\d+", answer)
    session.type("king - man + woman\n")
    assert re.search(r"queen +\d\.\d+", session.wait_for("> "))
    session.type("king man\n")
    assert "2 words were given" in session.wait_for("> ")
    session.type(CTRL_D)
    assert session.end()[0] == 0


def test_ctrl_c_at_the_prompt_ends_and_keeps_the_history(terminal, model, tmp_path):
    session = terminal("nn", model)
    session.wait_for("> ")
    session.type("king\n")
    session.wait_for("> ")
    session.interrupt()
    code, rest = session.end()
    assert code == 130 and "Traceback" not in rest
    assert "king" in (tmp_path / "state" / "w2v" / "history").read_text()


def test_ctrl_c_clears_the_line(terminal, model):
    session = terminal("nn", model)
    assert "Ctrl-C clears the line" in session.wait_for("> ")
    for typed in ("quee", "man\x7f\x7f"):
        session.type(typed)
        session.wait_for(typed[-4:].rstrip("\x7f"))
        time.sleep(0.2)
        session.type(CTRL_C)
        session.wait_for("> ")
    session.type("king\n")
    assert re.search(r"castle +0\.\d{4}\r\n", session.wait_for("> "))
    session.type("a")
    session.wait_for("a")
    time.sleep(0.2)
    session.type(CTRL_C)
    session.wait_for("> ")
    session.interrupt()  # twice
    assert session.end()[0] == 130


def test_history_that_cannot_be_kept_is_no_error(terminal, model, tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    session = terminal("nn", model)
    session.wait_for("> ")
    session.type(CTRL_D)
    code, rest = session.end()
    assert code == 0 and "rror" not in rest


def test_piped_words_get_no_prompt(model, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "w2v", "nn", str(model), "-n", "1"], input="king\nunknown\n\nman\n", text=True,
        capture_output=True, env=python_environment(XDG_STATE_HOME=str(tmp_path / "state")), timeout=60,
    )  # fmt: skip
    lines = ended.stdout.splitlines()
    assert lines[::2] == ["neighbours of king", "neighbours of man"]
    assert [line.split()[0] for line in lines[1::2]] == ["castle", "king"]
    assert ended.returncode == 2 and ended.stderr.startswith("w2v: 'unknown' is not in the vocabulary")
    assert ended.stderr.splitlines()[1].startswith("w2v: error: 1 of 3 questions could not be answered")
    assert ended.stderr.count("\n") == 2 and not (tmp_path / "state").exists()


def test_results_to_a_file_hold_no_prompt(terminal, model, tmp_path):
    with open(tmp_path / "results", "w") as results:
        session = terminal("nn", model, "-n", 1, stdout=results)
    session.type("king\n" + CTRL_D.decode())
    assert session.end()[0] == 0
    assert re.fullmatch(r"neighbours of king\n  castle  0\.\d{4}\n", (tmp_path / "results").read_text())


@pytest.mark.parametrize("columns", [150, 0])  # a terminal may not know its size
def test_training_shows_a_bar(terminal, tmp_path, columns):
    text = "".join((registry_folder() / "kingdom.txt").read_text("ascii").splitlines(keepends=True)[:6000])
    (tmp_path / "corpus.txt").write_text(text)
    session = terminal("train", "corpus.txt", "--epochs", 8, "--threads", 1, "--vector-size", 200, columns=columns)
    code, shown = session.end()
    assert code == 0, shown
    bars = [part for part in re.split(r"[\r\n]+", shown) if re.match(r"epoch \d/8:", part)]
    figures = r"\[\d\d:\d\d<[\d:?]+, .* words/s(, alpha 0\.\d{5}, loss \d+\.\d{4})?\]"
    pattern = rf"epoch (\d)/8: +(\d+)%\|.*\| [\d.]+k?/([\d.]+k) {figures} *"
    assert bars and [bar for bar in bars if not re.fullmatch(pattern, bar)] == []
    percents = [int(re.fullmatch(pattern, bar)[2]) for bar in bars]
    assert percents == sorted(percents) and percents[-1] == 100
    assert "alpha" in bars[-1] and "epoch 8/8" in bars[-1]
    tail = shown[shown.rindex("epoch 8/8") :]
    assert re.search(r"\r?\nsaved \d+ x 200 vectors to corpus.w2v", tail) and "\ntokens " in tail
    assert len([line for line in re.split(r"\r\n", shown) if "words/s" in line]) == 1  # one bar stays on the screen


def test_ctrl_c_under_the_bar_says_where_the_vectors_are(terminal, tmp_path):
    session = terminal("train", registry_folder() / "kingdom.txt", "-o", "x.bin", "--epochs", 100_000)
    session.wait_for("loss")
    session.type(CTRL_C)
    code, rest = session.end()
    assert code == 130 and "go on with: w2v resume x.bin.checkpoint" in rest and "Traceback" not in rest
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["x.bin.checkpoint"]
    assert session.process.returncode != -signal.SIGINT
