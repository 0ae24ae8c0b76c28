"""Checkpoints of a classifier: when they are written, damage, and states that no training has."""

import json
import math
import shutil
import signal
import time

import numpy as np
import pytest
from labelled import labelled_text, tokens_of
from support import StopsAt

from w2v.classify.checkpoint import Standing, classifier_checkpoints
from w2v.classify.config import ClassifyConfig
from w2v.classify.embeddings import EmbeddingTraining
from w2v.classify.format import save_classifier
from w2v.classify.training import train_classifier
from w2v.config import TextConfig
from w2v.errors import ConfigError, FormatError, W2VError
from w2v.system.container import read_container, write_container
from w2v.system.interrupts import Interrupted
from w2v.training import checkpoint
from w2v.vectors.keyed_vectors import KeyedVectors

SETTINGS = {
    "embeddings": {"finetune": True, "dim": 10, "epochs": 5, "threads": 1, "validation": 0.1},
    "means": {"epochs": 5, "hidden": 4, "validation": 0.1},
}
both = pytest.mark.parametrize("kind", SETTINGS)


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A folder, which is the current one, with documents and vectors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.txt").write_text(labelled_text(400, seed=1))
    words = [word for word in dict.fromkeys(labelled_text(400, seed=1).split()) if not word.startswith("__")]
    vectors = KeyedVectors(6)
    vectors.index_to_key = words
    vectors.vectors = np.random.default_rng(5).normal(0, 1, (len(words), 6)).astype(np.float32)
    vectors.save("vectors.w2v")
    return tmp_path


class Stop(Exception):
    """Ends a training as a crash would."""


def crash(epoch):
    raise Stop


def train(kind, checkpoints, at=None, how=crash, progress=None):
    """Train; `how` is called after epoch `at`. Returns the classifier and the epochs that were done."""
    epochs = []

    def on_epoch(epoch):
        epochs.append(epoch.number)
        if epoch.number == at:
            how(epoch)

    config = ClassifyConfig(**SETTINGS[kind])
    vectors = None if config.finetune else KeyedVectors.load("vectors.w2v")
    tokens = tokens_of("train.txt")
    return train_classifier(tokens, config, TextConfig(), checkpoints, vectors, progress, on_epoch), epochs


def stopped(kind, path="c", at=4):
    """A training that crashed in epoch `at`, having written each one before."""
    with pytest.raises(Stop):
        train(kind, classifier_checkpoints(path, True), at)


def bytes_of(classifier):
    save_classifier("result", classifier)
    with open("result", "rb") as file:
        return file.read()


# ---- when they are written


@both
def test_after_each_epoch_with_the_one_before(room, kind):
    stopped(kind)
    for name, n_epochs in (("c", 3), ("c.previous", 2)):
        assert len(json.loads(read_container(name)[1]["state"])["epochs"]) == n_epochs
    checkpoints = classifier_checkpoints("c", True)
    assert train(kind, checkpoints)[1] == [4, 5]
    checkpoints.remove()
    assert not (room / "c").exists() and not (room / "c.previous").exists()


@both
def test_only_on_a_signal(room, kind):
    with pytest.raises(Stop):
        train(kind, classifier_checkpoints("c", False), 4)
    assert not (room / "c").exists()
    with pytest.raises(Interrupted, match="^interrupted after 2 whole epochs; the same command goes on from c") as stop:
        train(kind, classifier_checkpoints("c", False), 2, lambda epoch: signal.raise_signal(signal.SIGINT))
    assert stop.value.signal_number == signal.SIGINT and (room / "c").exists()
    assert not (room / "c.previous").exists()


def test_in_the_middle_of_an_epoch(room, monkeypatch):
    whole, _ = train("embeddings", classifier_checkpoints("none", False))
    work = EmbeddingTraining._train
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(EmbeddingTraining, "_train", lambda *args: (time.sleep(0.005), work(*args))[1])
        train("embeddings", classifier_checkpoints("c", False), progress=StopsAt(70))
    state = json.loads(read_container("c")[1]["state"])
    assert len(state["epochs"]) == 1 and state["n_chunks"] > 0
    resumed, epochs = train("embeddings", classifier_checkpoints("c", False))
    assert epochs == [2, 3, 4, 5] and bytes_of(resumed) == bytes_of(whole)


def test_a_full_disk_is_a_warning_while_training_goes_on(room, monkeypatch, caplog):
    from w2v.classify import training

    written = []

    def fails(*args):
        written.append(args)
        raise W2VError("cannot write c: no space left")

    monkeypatch.setattr(training, "write_standing", fails)
    _, epochs = train("embeddings", classifier_checkpoints("c", True))
    assert epochs == [1, 2, 3, 4, 5] and len(written) == 5 and "no space left" in caplog.text
    with pytest.raises(W2VError, match="no space left"):
        train("embeddings", classifier_checkpoints("c", True), 2, lambda epoch: signal.raise_signal(signal.SIGINT))


def test_an_error_names_the_last_one(room):
    with pytest.raises(Stop) as error:
        train("embeddings", classifier_checkpoints("c", True), 4)
    how = "the last checkpoint is c; go on from it with: the same command with --checkpoint c"
    assert error.value.__notes__ == [how]
    with pytest.raises(Stop) as error:
        train("embeddings", classifier_checkpoints("d", True), 1)
    assert not hasattr(error.value, "__notes__")


# ---- damage


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@both
def test_a_damaged_one_is_refused_and_the_one_before_is_offered(room, kind):
    whole, _ = train(kind, classifier_checkpoints("none", False))
    stopped(kind)
    flip(room / "c", -300)
    how = r"the checkpoint before it is whole: the same command with --checkpoint c\.previous$"
    with pytest.raises(FormatError, match=rf"is not what was written; .*; {how}"):
        train(kind, classifier_checkpoints("c", True))
    older = (room / "c.previous").read_bytes()
    with pytest.raises(Stop):
        train(kind, classifier_checkpoints("c.previous", True), 4)
    assert (room / "c.previous").read_bytes() == older, "the damaged one is replaced, not the good one"
    checkpoint.check_checkpoint("c")
    checkpoints = classifier_checkpoints("c", True)
    resumed, epochs = train(kind, checkpoints)
    assert epochs == [4, 5] and bytes_of(resumed) == bytes_of(whole)
    flip(room / "c", -300)
    (room / "c.previous").unlink()
    with pytest.raises(FormatError) as error:
        train(kind, classifier_checkpoints("c", True))
    assert "--checkpoint" not in str(error.value)


def test_a_new_one_may_be_called_previous(room):
    stopped("embeddings", "new.previous")
    assert (room / "new.previous").exists() and not (room / "new").exists()


def test_one_of_something_else_is_not_touched(room):
    stopped("embeddings")
    before = (room / "c").read_bytes()
    shutil.copy("vectors.w2v", "v")
    for path, kind in (("c", "means"), ("v", "embeddings")):
        checkpoints = classifier_checkpoints(path, True)
        with pytest.raises(ConfigError, match=f"^{path} is there and is no checkpoint of these documents and settings"):
            train(kind, checkpoints)
        checkpoints.remove()
    assert (room / "c").read_bytes() == before and (room / "v").exists()


# ---- states that no training has


def changed(kind, arrays=None, **state):
    """The checkpoint of a training with some of its values changed; a function gets the value and returns the new."""
    found, strings = read_container("c")
    values = json.loads(strings["state"])
    for name, value in state.items():
        values[name] = value(values.get(name)) if callable(value) else value
    for name, change in (arrays or {}).items():
        new = change(np.array(found.pop(name)) if name in found else None)
        if new is not None:
            found[name] = new
    write_container("d", found, {**strings, "state": json.dumps({k: v for k, v in values.items() if v != "gone"})})
    return train(kind, classifier_checkpoints("d", True))


def put(row, column, value):
    """A change of one number of the epochs."""
    return lambda epochs: [
        [value if (n, m) == (row, column) else old for m, old in enumerate(one)] for n, one in enumerate(epochs)
    ]


def with_number(value, place=(0, 0)):
    def change(array):
        array[place] = value
        return array

    return change


EPOCHS = [
    "gone", None, 7, "three", {}, [3], [[1, 2]], [[]], lambda epochs: epochs * 3, lambda epochs: epochs[::-1],
    put(0, 0, 1.0), put(0, 0, True), put(1, 0, 1), put(0, 1, -1.0), put(0, 1, math.nan), put(0, 1, "low"),
    put(0, 1, 10**400), put(0, 2, 1.5), put(0, 2, None), put(0, 3, math.inf), put(0, 4, -0.1), put(0, 4, math.nan),
    put(2, 2, [0.5]),
]  # fmt: skip
EMBEDDINGS = [
    {"n_chunks": -1}, {"n_chunks": 10**6}, {"n_chunks": 2**80}, {"n_chunks": 1.0}, {"n_chunks": True},
    {"n_chunks": "1"}, {"n_chunks": None}, {"n_chunks": "gone"}, {"n_chunks": 3}, {"sums": "gone"}, {"sums": 4},
    {"sums": [0, 0, 0]}, {"sums": [0.0] * 5}, {"sums": [math.nan, 0, 0, 0]}, {"sums": [1.0, 0, 0, 0]},
    {"sums": [0, 0, 9, 0]}, {"sums": [0, 0, 0, "0"]}, {"n_chunks": 1, "sums": [1.0, 6.0, 5.0, 1.0]},
    {"n_chunks": 1, "sums": [1.0, 6.0, 60.5, 1.0]}, {"n_chunks": 1, "sums": [1.0, 6.0, 60.0, 7.0]},
    {"n_chunks": 1, "sums": [1.0, 6.0, 1e9, 1.0]}, {"seconds": -1}, {"seconds": math.inf}, {"seconds": "long"},
    {"seconds": "gone"}, {"more": 1}, {"arrays": {"inputs": lambda a: None}}, {"arrays": {"outputs": lambda a: a[:-1]}},
    {"arrays": {"inputs": lambda a: a[:, :-1]}}, {"arrays": {"inputs": lambda a: a.astype(np.float64)}},
    {"arrays": {"inputs": lambda a: a.ravel()}}, {"arrays": {"outputs": with_number(np.nan)}},
    {"arrays": {"inputs": with_number(np.inf)}}, {"arrays": {"inputs": with_number(1, (0, 12))}},
    {"arrays": {"others": lambda a: np.zeros(3, np.float32)}},
]  # fmt: skip
MEANS = [
    {"n_steps": -1}, {"n_steps": 0}, {"n_steps": 37}, {"n_steps": 10**30}, {"n_steps": 36.0}, {"n_steps": "gone"},
    {"epochs": []}, {"n_chunks": 0}, {"arrays": {"parameter0": lambda a: None}},
    {"arrays": {"parameter3": lambda a: a[:-1]}}, {"arrays": {"mean1": lambda a: a[None]}},
    {"arrays": {"square2": lambda a: a.astype(np.int32)}}, {"arrays": {"square0": with_number(-1.0)}},
    {"arrays": {"mean0": with_number(-np.inf)}}, {"arrays": {"parameter4": lambda a: np.zeros(3, np.float32)}},
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes"), [("embeddings", EMBEDDINGS), ("means", MEANS)])
def test_states_that_no_training_has_are_one_sentence(room, kind, changes):
    stopped(kind)
    changed(kind)  # the same as it was
    for change in [{"epochs": epochs} for epochs in EPOCHS] + changes:
        with pytest.raises(FormatError, match=r"^d: where training stands is malformed \(.*\); remove it to start"):
            changed(kind, **change)
            pytest.fail(f"{change} was taken")


@pytest.mark.parametrize("text", ["", "{", "[" * 10**5, "nonsense", None])
def test_a_state_that_is_no_json(room, text):
    stopped("embeddings")
    arrays, strings = read_container("c")
    strings.pop("state")
    write_container("d", arrays, strings if text is None else {**strings, "state": text})
    with pytest.raises(FormatError, match="^d: the state is missing or damaged; remove it to start again"):
        train("embeddings", classifier_checkpoints("d", True))


@pytest.mark.parametrize("state", [None, 3, [], "epochs", True])
def test_a_state_without_names(state):
    with pytest.raises(FormatError, match="malformed"):
        Standing("d", {}, state)
