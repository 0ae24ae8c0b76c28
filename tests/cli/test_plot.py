"""Curves from real logs, and from files that are none."""

import json
import signal
import sys

import pytest

from w2v.cli import plot
from w2v.cli.classify_commands import _Report
from w2v.cli.commands import main
from w2v.errors import FormatError, W2VError

RUN = {"event": "run", "resumed": False}
START = {"event": "start", "n_epochs": 2}


def write(path, *events):
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def progress(done, loss):
    return {"event": "progress", "done": done, "loss": loss, "alpha": 0.1 * (1 - done), "words_per_second": 1000}


def epoch(number, loss):
    return {"event": "epoch", "epoch": number, "mean_loss": loss}


def test_curves_of_training(tmp_path):
    log = write(tmp_path / "a", RUN, START, progress(0.25, 3.0), epoch(1, 2.5), progress(0.75, None), epoch(2, 2.0))
    curves = plot._curves(plot.read_log(log))
    assert curves["loss per pair"] == {"so far": ([0.5], [3.0]), "epoch": ([1, 2], [2.5, 2.0])}
    assert curves["learning rate"][""] == ([0.5, 1.5], [pytest.approx(0.075), pytest.approx(0.025)])


def test_the_last_run_and_what_it_went_on_from(tmp_path):
    older, resumed = [RUN, START, epoch(1, 9.0), epoch(2, 8.0)], {"event": "run", "resumed": True}
    log = write(tmp_path / "a", *older, RUN, START, epoch(1, 5.0), resumed, START, epoch(2, 4.0))
    assert plot._curves(plot.read_log(log))["loss per pair"]["epoch"] == ([1, 2], [5.0, 4.0])


def test_curves_of_a_classifier(tmp_path):
    events = [
        {"event": "fit_epoch", "epoch": n, "loss": 1 / n, "accuracy": 0.5 + n / 10, "validation_loss": None,
         "validation_accuracy": 0.4} for n in (1, 2)
    ]  # fmt: skip
    curves = plot._curves(plot.read_log(write(tmp_path / "a", RUN, *events)))
    assert curves["loss"] == {"train": ([1, 2], [1, 0.5])}
    assert curves["accuracy"] == {"train": ([1, 2], [0.6, 0.7]), "validation": ([1, 2], [0.4, 0.4])}


def test_a_real_classifier_that_went_on(tmp_path, monkeypatch):
    """All its epochs, each once, and nothing of the chunks within them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("__label__x a b\n__label__y c d\n" * 50)
    log = _Report.epoch

    def stop_once(self, epoch):
        log(self, epoch)
        if epoch.number == 2:
            signal.raise_signal(signal.SIGINT)

    command = ["classify", "train", "text", "--epochs", "4", "--log", "run.jsonl", "--checkpoint", "c"]
    assert main([*command, "--validation", "0.2"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(_Report, "epoch", stop_once)
        assert main(command) == 130
    assert main(command) == 0
    curves = plot._curves(plot.read_log("run.jsonl"))
    assert curves.keys() == {"loss", "accuracy"} and curves["loss"].keys() == {"train"}
    assert curves["loss"]["train"][0] == [1, 2, 3, 4]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_picture_of_a_real_run(tmp_path, suffix):
    pytest.importorskip("matplotlib")
    (tmp_path / "text").write_text("a b c d e f g\n" * 300)
    log, picture = tmp_path / "run.jsonl", tmp_path / f"curve.{suffix}"
    for seed in ("1", "2"):
        command = ["train", str(tmp_path / "text"), "-o", str(tmp_path / "o.w2v"), "--log", str(log), "--seed", seed]
        assert main(command) == 0
    assert main(["plot", str(log), str(log), "-o", str(picture)]) == 0
    head = picture.read_bytes()[:40]
    assert {"png": b"PNG", "svg": b"xml", "pdf": b"PDF"}[suffix] in head and picture.stat().st_size > 3000


def test_what_is_no_log(tmp_path, capsys):
    for text, said in (
        ("no json\n", "line 1: not a line of a log"),
        ('{"event": "run"}\n[1]\n', "line 2: not an event"),
        ('{"event": 3}\n', "line 1: not an event"),
        ('{"event": "run"}\n', "no epoch is in this log yet"),
        ("", "no epoch is in this log yet"),
        ("[" * 100_000, "line 1: not a line of a log"),
    ):
        (tmp_path / "a").write_text(text)
        with pytest.raises(FormatError, match=said):
            plot.read_log(tmp_path / "a")
    with pytest.raises(W2VError, match="cannot read"):
        plot.read_log(tmp_path / "none")
    write(tmp_path / "a", START, epoch(1, 1.0))
    assert main(["plot", str(tmp_path / "a"), "-o", str(tmp_path / "a.gif")]) == 2
    assert "a picture ends in one of .png" in capsys.readouterr().err
    assert main(["plot", str(tmp_path / "a")]) == 2


def test_without_matplotlib(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    write(tmp_path / "a", START, epoch(1, 1.0))
    assert main(["plot", str(tmp_path / "a"), "-o", str(tmp_path / "a.png")]) == 2
    assert "pip install 'w2v[plot]'" in capsys.readouterr().err and not (tmp_path / "a.png").exists()
