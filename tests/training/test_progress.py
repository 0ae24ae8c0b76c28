"""What is shown while training: figures, plain lines, the bar and the JSON log."""

import io
import json
import os

import pytest

from w2v.training.history import Statistics
from w2v.training.progress import Bar, JsonLog, Lines, Meter, Several
from w2v.training.schedule import Schedule

SCHEDULE = Schedule(0.05, 0.001, 2, 110)  # 100 words and 10 breaks an epoch
N_WORDS = 100


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only when told: [seconds]."""
    now = [1000.0]
    monkeypatch.setattr("w2v.training.progress.time.monotonic", lambda: now[0])
    return now


def epoch_of(display, number=1, clock=None, seconds=0.0):
    """Ten chunks of ten words, three of them subsampled, then the epoch's end."""
    for n_done in range(10):
        if clock is not None:
            clock[0] += seconds / 10
        display.chunk((14.0, 7, 7, 3), SCHEDULE.alpha(number - 1, 11 * n_done))
    display.epoch(number, Statistics(140.0, 70, 70, 30), 2.0)


def test_figures(clock):
    meter = Meter(N_WORDS)
    meter.start(SCHEDULE, Statistics())
    assert meter.figures()["eta_seconds"] is None
    epoch_of(meter, clock=clock, seconds=4.0)
    assert meter.figures() == {
        "done": 0.5, "words_per_second": 25, "alpha": 0.02795, "loss": 2.0, "seconds": 4.0, "eta_seconds": 4.0,
    }  # fmt: skip
    assert meter.figures()["loss"] == 0.0  # nothing since the last call
    epoch_of(meter, 2)
    assert meter.figures()["done"] == 1.0 and meter.figures()["eta_seconds"] == 0.0


def test_breaks_count_where_the_words_are_not_known():
    meter = Meter()
    meter.start(SCHEDULE, Statistics())
    assert meter.n_total == 220


def test_lines_come_every_few_seconds_and_after_each_epoch(clock):
    stream = io.StringIO()
    lines = Lines(N_WORDS, stream, seconds=5.0)
    lines.start(SCHEDULE, Statistics())
    epoch_of(lines, clock=clock, seconds=11.0)
    shown = stream.getvalue().splitlines()
    assert [line.split()[0] for line in shown] == ["25.0%", "50.0%", "epoch"]
    assert shown[0] == " 25.0%  9 words/s  alpha 0.04020  loss 2.0000  16 s left"
    assert shown[2] == "epoch 1/2: loss 2.0000 per pair, 50 words/s, 2.0 s"


def test_the_bar_ends_at_its_end(capsys):
    bar = Bar(N_WORDS)
    bar.start(SCHEDULE, Statistics())
    epoch_of(bar)
    epoch_of(bar, 2)
    bar.close()
    shown = capsys.readouterr().err
    last = shown.split("\r")[-1]
    assert "epoch 1/2:   0%" in shown
    assert "epoch 2/2: 100%" in last and "words/s" in last and "loss 2.0000" in last and "alpha 0.0" in last


def test_the_log_is_json_lines(tmp_path, clock):
    path = tmp_path / "run.jsonl"
    path.write_text('{"event": "earlier"}\n')
    with JsonLog(path) as log:
        meter = log.meter(N_WORDS, seconds=3.0)
        log.write("run", text="é", settings={"a": 1})
        meter.start(SCHEDULE, Statistics())
        epoch_of(meter, clock=clock, seconds=4.0)
        log.write("ledger", loss=float("nan"), worst=float("-inf"), read=3)
    events = [json.loads(line, parse_constant=pytest.fail) for line in path.read_text("utf-8").splitlines()]
    assert [event["event"] for event in events] == [
        "earlier",
        "run",
        "start",
        "progress",
        "progress",
        "epoch",
        "ledger",
    ]
    assert events[2]["n_words"] == 200 and events[2]["n_epochs"] == 2
    assert [event["done"] for event in events[3:5]] == [0.05, 0.45]  # at once, then after 3 seconds
    assert events[5]["mean_loss"] == 2.0 and events[5]["n_subsampled"] == 30
    assert (events[6]["loss"], events[6]["worst"], events[6]["read"]) == (None, None, 3)


@pytest.mark.parametrize(("error", "event"), [(ValueError("why"), "error"), (KeyboardInterrupt("stop"), "interrupted")])
def test_the_log_ends_with_the_error(tmp_path, error, event):
    with pytest.raises(type(error)), JsonLog(tmp_path / "run.jsonl") as log:
        raise error
    (line,) = (tmp_path / "run.jsonl").read_text().splitlines()
    assert json.loads(line)["event"] == event and json.loads(line)["message"] == str(error)
    assert log.file.closed


def test_no_path_logs_nowhere(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    with JsonLog(None) as log:
        log.write("run")
    assert log.file.name == os.devnull and list(tmp_path.iterdir()) == [] and capfd.readouterr() == ("", "")


def test_several_get_everything():
    streams = [io.StringIO(), io.StringIO()]
    several = Several([Lines(N_WORDS, stream, seconds=0.0) for stream in streams])
    several.start(SCHEDULE, Statistics())
    epoch_of(several)
    several.close()
    assert streams[0].getvalue().count("\n") == 11
    assert streams[0].getvalue().count("loss 2.0000") == streams[1].getvalue().count("loss 2.0000") == 11
