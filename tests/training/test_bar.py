"""What a Python program shows of training: a bar where someone is watching, lines for logging, calls of a function."""

import logging
import re
import sys

import pytest
from support import python
from terminal import CTRL_C, Terminal

import w2v
from w2v.training import bar

SENTENCES = [f"w{n % 7} w{n % 11} w{n % 13} w{n % 17}".split() for n in range(3000)]
# A program: sentences as a list, an iterator whose length is not known, and a file.
PROGRAM = """
import sys, warnings
warnings.simplefilter("error")
import w2v
sentences = [f"w{n % 7} w{n % 11} w{n % 13} w{n % 17}".split() for n in range(3000)]
settings = dict(vector_size=8, min_count=1, workers=1, sample=0)  # or so few words would be warned of
"""
WAYS = {
    "all at once": "model = w2v.Word2Vec(sentences, epochs=3, **settings)",
    "iterator": "model = w2v.Word2Vec(iter(sentences), epochs=3, **settings)",
    "two steps": """
model = w2v.Word2Vec(epochs=3, **settings)
model.build_vocab(iter(sentences))
model.train(sentences)
""",
}
ASKS_TO_LOG = "import logging; logging.basicConfig(level=logging.INFO, format='%(name)s %(levelname)s %(message)s')"


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(code):
        opened.append(Terminal(tmp_path, "-c", code))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_program_on_a_terminal_shows_a_bar(terminal, way):
    session = terminal(PROGRAM + WAYS[way] + "\nprint('done', model.ledger.last.read)")
    code, shown = session.end()
    assert code == 0, shown
    last = [part for part in re.split(r"[\r\n]+", shown) if part.startswith("epoch 3/3: 100%")][-1]
    assert re.search(r"36\.0k/36\.0k \[.* words/s, alpha 0\.0\d+, loss \d\.\d{4}\]", last)
    assert "reading: " in shown and shown.endswith("done 12000\r\n")
    assert "arning" not in shown and "Traceback" not in shown
    assert len([line for line in shown.split("\r\n") if "words/s" in line]) == 1  # one bar stays


@pytest.mark.parametrize("way", WAYS)
def test_a_program_without_a_terminal_shows_nothing(way):
    ended = python(PROGRAM + WAYS[way])
    assert ended.stdout == ended.stderr == ""


@pytest.mark.parametrize(("asked", "is_shown"), [("True", True), ("False", False), ("None", False)])
def test_it_shows_what_it_is_asked_for(asked, is_shown):
    ended = python(PROGRAM + f"w2v.Word2Vec(sentences, epochs=2, progress={asked}, **settings)")
    assert ("epoch 2/2: 100%" in ended.stderr) == is_shown and ended.stdout == ""


def test_false_is_no_bar_on_a_terminal(terminal):
    code, shown = terminal(PROGRAM + "w2v.Word2Vec(sentences, progress=False, **settings)").end()
    assert (code, shown) == (0, "")


@pytest.mark.parametrize("on_terminal", [True, False])
def test_the_lines_of_the_command_go_to_logging(terminal, on_terminal):
    code = ASKS_TO_LOG + PROGRAM + WAYS["two steps"]
    shown = terminal(code).end()[1] if on_terminal else python(code).stderr
    lines = [line for line in re.split(r"[\r\n]+", shown) if line.startswith("w2v INFO")]
    read = r"w2v INFO read 12,000 tokens, 3,000 sentences in [\d.]+ s; vocabulary \d+ words"
    patterns = [
        read, rf"w2v INFO w2v {w2v.__version__}: CBOW .* with negative sampling .*", read,
        *[rf"w2v INFO epoch {number}/3: loss [\d.]+ per pair, [\d,]+ words/s, [\d.]+ s" for number in (1, 2, 3)],
        r"w2v INFO in all epochs: 36,000 read = [\d,]+ trained \+ [\d,]+ subsampled \+ 0 rare",
    ]  # fmt: skip
    assert len(lines) == len(patterns), shown
    for line, pattern in zip(lines, patterns, strict=True):
        assert re.fullmatch(pattern, line), (line, pattern)
    assert ("epoch 3/3: 100%" in shown) == on_terminal


def test_a_function_is_told(tmp_path):
    calls = []
    model = w2v.Word2Vec(iter(SENTENCES), vector_size=8, min_count=1, epochs=3, workers=1, progress=calls.append)
    ends = [call for call in calls if call.is_epoch_end]
    assert [(call.epoch, call.n_epochs, call.n_tokens, call.n_all_tokens) for call in ends] == [
        (1, 3, 12_000, 36_000), (2, 3, 24_000, 36_000), (3, 3, 36_000, 36_000),
    ]  # fmt: skip
    assert [call.loss for call in ends] == [round(epoch.mean_loss, 5) for epoch in model.ledger.epochs]
    assert ends[-1].done == 1 and ends[-1].eta_seconds == 0 and ends[0].words_per_second > 0
    assert calls[0].n_tokens < 12_000  # at once
    model.train(SENTENCES, epochs=1, start_alpha=0.01)  # the constructor's
    assert len([call for call in calls if call.is_epoch_end]) == 4
    more = []
    model.train(SENTENCES, epochs=1, start_alpha=0.01, progress=more.append)
    assert more and len([call for call in calls if call.is_epoch_end]) == 4


def test_an_error_of_the_function_comes_out():
    def fail(figures):
        raise RuntimeError("of the function")

    with pytest.raises(RuntimeError, match="of the function"):
        w2v.Word2Vec(SENTENCES, vector_size=8, min_count=1, progress=fail)


def test_ctrl_c_under_the_bar_keeps_the_training_so_far(terminal):
    code = """
model = w2v.Word2Vec(epochs=100_000, **settings)
model.build_vocab(sentences)
before = model.wv.vectors.copy()
try:
    model.train(sentences)
except KeyboardInterrupt as stop:
    print(type(stop).__name__, (model.wv.vectors != before).all(), len(model.ledger.epochs) > 0)
model.train(sentences, epochs=1, start_alpha=0.01)
print("and on")
"""
    session = terminal(PROGRAM + code)
    session.wait_for("loss")
    session.type(CTRL_C)
    assert "Interrupted True True" in session.wait_for("and on")
    code, rest = session.end()
    assert code == 0 and "Traceback" not in rest


def test_a_bar_that_nobody_reads_ends_nothing(tmp_path):
    code = (
        PROGRAM
        + """
import os
reader, writer = os.pipe()
os.close(reader)
sys.stderr = open(writer, "w", buffering=1)
model = w2v.Word2Vec(sentences, epochs=3, progress=True, **settings)
print(len(model.ledger.epochs))
sys.stderr = None
print(len(w2v.Word2Vec(sentences, epochs=2, **settings).ledger.epochs))
"""
    )
    ended = python(code, check=False)
    assert ended.stdout == "3\n2\n"


class Shell:
    """IPython's, of a notebook's kernel."""

    config = {"IPKernelApp": {}}


def test_a_notebook_without_widgets_gets_a_bar_of_text_and_no_warning(monkeypatch, recwarn, capsys):
    ipython = type(sys)("IPython")
    ipython.get_ipython = lambda: Shell
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "ipykernel.zmqshell", type(sys)("zmqshell"))
    for name in [name for name in sys.modules if name in ("tqdm.auto", "tqdm.autonotebook")]:
        monkeypatch.delitem(sys.modules, name)
    assert bar.in_notebook()
    w2v.Word2Vec(SENTENCES, vector_size=8, min_count=1, epochs=2, workers=1)
    assert "epoch 2/2: 100%" in capsys.readouterr().err and not recwarn.list
    monkeypatch.delitem(sys.modules, "tqdm.auto")
    monkeypatch.delitem(sys.modules, "tqdm.autonotebook")


def test_lines_leave_the_bar_whole(capsys):
    """What is logged while a bar is there stands above it."""
    from w2v.system.console import log, showing_log

    shown = bar.Bar()
    shown.reading(10, "B")
    shown.read(5)
    with showing_log():
        logging.getLogger("w2v").warning("a line")
    log("another")
    shown.close()
    lines = capsys.readouterr().err.replace("\r", "\n").split("\n")
    assert "a line" in lines and "another" in lines
