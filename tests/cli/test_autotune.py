"""`train --autotune` from the command line: what is searched, the report, and the command line that repeats it."""

import json
import shlex

import pytest
from support import StopsAt

import w2v
from w2v.cli import autotune
from w2v.cli.commands import main
from w2v.cli.field_options import duration
from w2v.config import TrainConfig
from w2v.training import autotune as search

QUICK = ["--vector-size", "8", "--threads", "1", "--min-count", "1"]
ALL = ["--alpha", ".1", "--window", "2", "--sample", "0", "--negative", "2", "--epochs", "1"]


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [f"{'abc'[n % 3]}{n}" for n in range(30)]
    lines = [" ".join(words[(place * step) % 30] for place in range(12)) for step in range(1, 150)]
    (tmp_path / "text.txt").write_text("\n".join(lines * 3))
    return "text.txt"


def test_what_was_given_stays_and_the_report_repeats_the_best(corpus, capsys):
    given = ["--window", "2", "--epochs=2", "--ns-exponent", "0.5"]
    assert main(["train", corpus, "-o", "tuned.w2v", "--autotune", "0.5s", *QUICK, *given]) == 0
    shown = capsys.readouterr()
    assert "searching --alpha, --sample, --negative for 0.5 s by held-out text" in shown.err
    table, _, rest = shown.out.partition("the best again, without the search:\n")
    head = next(line for line in table.splitlines() if line.startswith("text"))
    assert head.split() == ["text", "alpha", "sample", "negative", "score", "seconds"]
    assert "trials, scored by held-out text" in table and "as given" in table
    command = shlex.split(rest.splitlines()[0])
    assert command[:2] == ["w2v", "train"] and "--autotune" not in command
    command[command.index("tuned.w2v")] = "again.w2v"
    assert main(command[1:]) == 0
    tuned, again = w2v.load("tuned.w2v"), w2v.load("again.w2v")
    assert tuned.vectors.tobytes() == again.vectors.tobytes()
    assert tuned.metadata["config"]["window"] == 2 and tuned.metadata["config"]["epochs"] == 2


def test_a_validation_file_scores_and_fasttext_names_are_known(corpus, capsys, tmp_path):
    (tmp_path / "pairs.txt").write_text("a0\tb1\t5\na0\tc2\t1\nb1\ta3\t3\nc5\ta6\t2\nc5\tunknown\t2\n")
    options = ["-autotune-duration", "0.5", "-autotune-validation", "pairs.txt", "--epochs", "1", "--log", "run.jsonl"]
    assert main(["train", corpus, "-o", "tuned.w2v", *QUICK, *options]) == 0
    shown = capsys.readouterr().out
    assert "scored by Spearman on pairs.txt" in shown and "autotune" not in shown.partition("the best again")[2]
    events = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    trials = [event for event in events if event["event"] == "trial"]
    assert events[: len(trials)] == trials and f"{len(trials)} trials" in shown
    assert {"share", "score", "seconds", "alpha", "window"} <= set(trials[0]) and "epochs" not in trials[0]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--autotune", "soon"], "--autotune: 'soon' is no time; write 90s, 10m or 1h"),
        (["--autotune", "0s"], "'0s' is no time"),
        (["--autotune", "1s", "--read-vocab", "text.txt"], "tries new models, on this machine; leave --read-vocab out"),
        (["--autotune", "1s", "--validation", "missing.txt"], "cannot read missing.txt"),
        (["--autotune", "1s", "--validation", "text.txt"], "text.txt"),
        (["--autotune", "1s", *ALL], "nothing to search"),
        (["--autotune", "0.0001s"], "too short to try even one setting"),
    ],
)
def test_what_cannot_be_searched_is_said_in_a_sentence(corpus, options, sentence, capsys, tmp_path):
    assert main(["train", corpus, "-o", "tuned.w2v", *QUICK, *options]) == 2
    assert sentence in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.txt"]


def test_a_pipe_cannot_be_searched(capsys):
    assert main(["train", "-", "-o", "tuned.w2v", "--autotune", "1s"]) == 2
    assert "reads the text twice" in capsys.readouterr().err


def test_nothing_known_in_a_validation_file_is_said(corpus, capsys, tmp_path):
    (tmp_path / "pairs.txt").write_text("x\ty\t5\nx\tz\t1\ny\tz\t3\n")
    options = ["--autotune", "1s", "--validation", "pairs.txt"]
    assert main(["train", corpus, "-o", "tuned.w2v", *QUICK, *options]) == 2
    assert "pairs.txt cannot be answered: none of its words" in capsys.readouterr().err


def test_ctrl_c_leaves_nothing_but_the_best_so_far(corpus, capsys, tmp_path, monkeypatch):
    stop, train = StopsAt(700), search.train
    monkeypatch.setattr(search, "train", lambda load, schedule, pauses: train(load, schedule, stop, pauses=pauses))
    assert main(["train", corpus, "-o", "tuned.w2v", "--autotune", "1m", *QUICK, "--epochs", "1"]) == 130
    said = capsys.readouterr().err
    assert "interrupted while searching; nothing was written; the best so far is:\nw2v train text.txt" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.txt"]


def test_words_that_look_like_options_stay_behind_their_sign():
    arguments = ["--autotune=1m", "--window=2", "--lower", "--", "-odd name.txt"]
    config = TrainConfig(alpha=0.1)
    told = autotune.repeating(arguments, config, ["alpha"])
    assert told == "w2v train --window 2 --lower --alpha 0.1 -- '-odd name.txt'"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1.5m", 90), ("2h", 7200), ("300", 300)])
def test_times_are_read(text, seconds):
    assert duration(text) == seconds
