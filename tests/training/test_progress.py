"""What is shown while training: figures, plain lines, the bar and the JSON log."""

import json
import os

import pytest

from w2v.errors import ConfigError
from w2v.training.bar import Bar
from w2v.training.history import Statistics
from w2v.training.json_log import JsonLog
from w2v.training.listeners import Progress, Several
from w2v.training.progress import Calls, Lines, Meter, listener
from w2v.training.schedule import Schedule

SCHEDULE = Schedule(0.05, 0.001, 2, 110)  # 100 words and 10 breaks an epoch
N_WORDS = 100


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only when told: [seconds]."""
    now = [1000.0]
    monkeypatch.setattr("w2v.training.progress.time.monotonic", lambda: now[0])
    return now


def ready(display):
    """A display whose corpus is read."""
    display.has_read(N_WORDS)
    display.start(SCHEDULE, Statistics())
    return display


def epoch_of(display, number=1, clock=None, seconds=0.0):
    """Ten chunks of ten words, three of them subsampled, then the epoch's end."""
    for n_done in range(10):
        if clock is not None:
            clock[0] += seconds / 10
        display.chunk((14.0, 7, 7, 3), SCHEDULE.alpha(number - 1, 11 * n_done))
    display.epoch(number, Statistics(140.0, 70, 70, 30), 2.0)


def test_figures(clock):
    meter = ready(Meter())
    assert meter.figures().eta_seconds is None and meter.figures().epoch == 1
    epoch_of(meter, clock=clock, seconds=4.0)
    assert meter.figures()._asdict() == {
        "done": 0.5, "epoch": 2, "n_epochs": 2, "n_tokens": 100, "n_all_tokens": 200, "words_per_second": 25,
        "alpha": 0.02795, "loss": 0.0, "seconds": 4.0, "eta_seconds": 4.0, "is_epoch_end": False,
    }  # fmt: skip
    meter.chunk((14.0, 7, 7, 3), 0.03)
    assert meter.figures().loss == 2.0 and meter.figures().loss == 0.0  # nothing since the last call
    meter.start(SCHEDULE, Statistics(140.0, 70, 70, 30))
    epoch_of(meter, 2)
    assert meter.figures().done == 1.0 and meter.figures().eta_seconds == 0.0 and meter.figures().epoch == 2


def test_a_resumed_run_is_in_its_epoch():
    meter = Meter()
    meter.has_read(N_WORDS)
    meter.start(SCHEDULE, Statistics(1.0, 1, 100, 20))
    assert meter.figures().epoch == 2 and meter.figures().done == 0.6 and meter.figures().words_per_second == 0


def test_breaks_count_where_the_words_are_not_known():
    meter = Meter()
    meter.start(SCHEDULE, Statistics())
    assert meter.n_all == 220


def test_lines_come_every_few_seconds_and_after_each_epoch(clock, caplog):
    caplog.set_level("INFO", "w2v")
    epoch_of(ready(Lines(seconds=5.0)), clock=clock, seconds=11.0)
    shown = caplog.messages
    assert [line.split()[0] for line in shown] == ["25.0%", "50.0%", "epoch"]
    assert shown[0] == " 25.0%  9 words/s  alpha 0.04020  loss 2.0000  16 s left"
    assert shown[2] == "epoch 1/2: loss 2.0000 per pair, 50 words/s, 2.0 s"


def test_figures_of_an_epoch_have_nothing_of_the_one_before(clock, caplog):
    """A run of several epochs in five seconds showed the mean of all as the loss of the last."""
    caplog.set_level("INFO", "w2v")
    lines = ready(Lines(seconds=5.0))
    epoch_of(lines, clock=clock, seconds=4.0)
    clock[0] += 2.0
    lines.chunk((7.0, 7, 7, 3), 0.02)
    assert caplog.messages[-1].startswith(" 55.0%") and "loss 1.0000" in caplog.messages[-1]


def test_the_bar_ends_at_its_end(capsys):
    bar = ready(Bar())
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
        meter = log.meter(seconds=3.0)
        meter.has_read(N_WORDS)
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
    class Told(Progress):
        def __init__(self):
            self.events = []

        def __getattribute__(self, name):
            if not name.startswith("_") and hasattr(Progress, name):
                return lambda *values: self.events.append((name, values))
            return object.__getattribute__(self, name)

    told = [Told(), Told()]
    events = [
        ("reading", (10, "B")), ("read", (10,)), ("has_read", (5,)), ("compiling", ()), ("start", (SCHEDULE, 0)),
        ("chunk", ([1.0], 0.1)), ("epoch", (1, None, 2.0)), ("close", ()),
    ]  # fmt: skip
    assert {name for name, _ in events} == {name for name in vars(Progress) if not name.startswith("_")}
    several = Several(told)
    for name, values in events:
        getattr(several, name)(*values)
    assert told[0].events == told[1].events == events


def test_a_function_is_called_now_and_then_and_after_each_epoch(clock):
    calls = []
    display = ready(Calls(calls.append, seconds=1.0))
    epoch_of(display, clock=clock, seconds=3.0)
    epoch_of(display, 2)
    assert [call.n_tokens for call in calls] == [10, 50, 90, 100, 200]
    assert [call.is_epoch_end for call in calls] == [False] * 3 + [True] * 2
    assert [call.epoch for call in calls] == [1, 1, 1, 1, 2] and {call.loss for call in calls} == {2.0}


@pytest.mark.parametrize("wrong", [3, "yes", 0])
def test_what_is_no_progress_is_refused(wrong):
    with pytest.raises(ConfigError, match=f"progress is {wrong!r}; give True for a bar"):
        listener(wrong)
