"""Curves from real logs, and from files that are none."""

import json
import signal
import sys

import pytest

from w2v.cli.classify_commands import _Report
from w2v.cli.commands import main
from w2v.errors import FormatError, W2VError
from w2v.pictures import curves as plot

RUN = {"event": "run", "resumed": False}
START = {"event": "start", "n_epochs": 2}


def write(path, *events):
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def progress(done, loss):
    return {"event": "progress", "done": done, "loss": loss, "alpha": 0.1 * (1 - done), "words_per_second": 1000}


def epoch(number, loss):
    return {"event": "epoch", "epoch": number, "mean_loss": loss}


def _only(path):
    """The curves of the one run in a log."""
    (run,) = plot.read_runs(path)
    return plot._curves(run)


def test_curves_of_training(tmp_path):
    log = write(tmp_path / "a", RUN, START, progress(0.25, 3.0), epoch(1, 2.5), progress(0.75, None), epoch(2, 2.0))
    curves = _only(log)
    assert curves["loss per pair"] == {plot.RECENT: ([0.5], [3.0]), "epoch": ([1, 2], [2.5, 2.0])}
    assert curves["learning rate"][""] == ([0.5, 1.5], [pytest.approx(0.075), pytest.approx(0.025)])


def test_all_runs_of_a_log_and_what_went_on_from_them(tmp_path):
    older, resumed = [RUN, START, epoch(1, 9.0), epoch(2, 8.0)], {"event": "run", "resumed": True}
    failed = [RUN, {"event": "error", "message": "no text"}]
    log = write(tmp_path / "a.log", *older, *failed, RUN, START, epoch(1, 5.0), resumed, START, epoch(2, 4.0))
    losses = [plot._curves(run)["loss per pair"]["epoch"] for run in plot.read_runs(log)]
    assert losses == [([1, 2], [9.0, 8.0]), ([1, 2], [5.0, 4.0])]
    (tmp_path / "b").mkdir()
    other = write(tmp_path / "b" / "a.log", RUN, START, epoch(1, 1.0))
    third = write(tmp_path / "c.log", RUN, START, epoch(1, 1.0))
    names = [f"{log}, run 1", f"{log}, run 2", str(other), "c"]  # no two are called the same
    assert list(plot._named_runs([str(log), str(other), str(third)])) == names


def test_the_number_of_epochs_is_found_where_it_is(tmp_path):
    settings = {**RUN, "config": {"epochs": 4}}
    for events, n_epochs in (
        ([RUN, {"event": "start"}, epoch(1, 3.0), epoch(2, 2.0)], 2),
        ([settings, {"event": "start", "n_epochs": "many"}, epoch(1, 3.0)], 4),
        ([progress(0.25, 3.0)], 1),
    ):
        curves = _only(
            write(tmp_path / "a", *events, progress(0.5, 2.5), {"event": "progress", "done": "x", "loss": 1})
        )
        assert curves["learning rate"][""][0][-1] == 0.5 * n_epochs


def test_a_colour_is_a_run_in_every_panel(tmp_path, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    first = write(tmp_path / "a.log", RUN, START, progress(0.1, 3.0), epoch(1, 2.5), progress(0.6, 2.4), epoch(2, 2.0))
    second = write(tmp_path / "b.log", RUN, START, progress(0.2, 5.0), epoch(1, 4.5), *[RUN, START, epoch(1, 9.0)])
    figures = []
    monkeypatch.setattr(pyplot, "close", figures.append)
    plot.draw([first, second], tmp_path / "x.png")
    lines = [line for ax in figures[0].axes for line in ax.lines]
    colours = {
        (line.get_label().removesuffix(", epoch").removesuffix(f", {plot.RECENT}"), line.get_color()) for line in lines
    }
    assert sorted(name for name, _ in colours) == ["a", "b, run 1", "b, run 2"]
    assert len({colour for _, colour in colours}) == 3
    dotted = [line.get_linestyle() for line in lines if line.get_label().endswith(plot.RECENT)]
    assert dotted == [":", ":"]


def test_curves_of_a_classifier(tmp_path):
    events = [
        {"event": "fit_epoch", "epoch": n, "loss": 1 / n, "accuracy": 0.5 + n / 10, "validation_loss": None,
         "validation_accuracy": 0.4} for n in (1, 2)
    ]  # fmt: skip
    curves = _only(write(tmp_path / "a", RUN, *events))
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
    _, run = plot.read_runs("run.jsonl")
    curves = plot._curves(run)
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
            plot.read_runs(tmp_path / "a")
    with pytest.raises(W2VError, match="cannot read"):
        plot.read_runs(tmp_path / "none")
    write(tmp_path / "a", START, epoch(1, 1.0))
    assert main(["plot", str(tmp_path / "a"), "-o", str(tmp_path / "a.gif")]) == 2
    assert "a picture ends in one of .png" in capsys.readouterr().err
    assert main(["plot", str(tmp_path / "a")]) == 2


def test_without_matplotlib(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    write(tmp_path / "a", START, epoch(1, 1.0))
    assert main(["plot", str(tmp_path / "a"), "-o", str(tmp_path / "a.png")]) == 2
    assert "pip install 'w2v[plot]'" in capsys.readouterr().err and not (tmp_path / "a.png").exists()
