"""Engines by their protocol: the same calls to each, slices at their positions, and one that trains elsewhere."""

import hashlib
import inspect

import numpy as np
import pytest
from support import KINDS, config_of, random_stream, train

from w2v.corpus.stream import BREAK
from w2v.kernel.layout import Weights
from w2v.kernel.weights import initial_weights
from w2v.training import trainer
from w2v.training.engine import INPUTS, OUTPUTS, Engine, Load
from w2v.training.engines import engine_of
from w2v.training.hogwild import Hogwild
from w2v.training.listeners import Pauses
from w2v.training.rounds import Rounds
from w2v.training.schedule import ROUND, Chunk, Schedule, epoch_key

COUNTS = np.array([4000 // n for n in range(1, 200)])
STREAM = random_stream(8000, COUNTS, 400)
ENGINES = [Hogwild, Rounds]


def load_of(config, stream=STREAM, weights=None, **more):
    weights = initial_weights(len(COUNTS), config) if weights is None else weights
    return Load(weights, stream, COUNTS, config, chunk_size=500, **more)


def chunks(start, end, size=500):
    key = epoch_key(1, 0)
    return iter([Chunk(at, min(at + size, end), key, 0.05) for at in range(start, end, size)])


def digest(weights):
    return hashlib.sha256(weights.inputs.tobytes() + weights.outputs.tobytes()).hexdigest()


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_has_the_calls_of_the_protocol(engine):
    names = {"prepare", "train", "weights", "rows", "set_rows", "add_to_rows", "close"}
    for name in names:
        assert list(inspect.signature(getattr(engine, name)).parameters) == list(
            inspect.signature(getattr(Engine, name)).parameters
        )
    assert {name for name in vars(Engine) if not name.startswith("_")} == names


@pytest.mark.parametrize("engine", ENGINES)
def test_every_chunk_is_trained_and_reported_once(engine):
    config = config_of(KINDS["sg-ns"], threads=2, sample=0.01)
    one, found = engine(load_of(config)), []
    assert one.loss_at_zero == pytest.approx((1 + config.negative) * np.log(2))
    before = digest(one.weights())
    one.prepare()
    assert digest(one.weights()) == before
    one.train(chunks(0, len(STREAM)), lambda statistics, alpha: found.append((*statistics, alpha)), lambda: False)
    total = np.sum(found, axis=0)
    assert len(found) == 16 and total[2] + total[3] == np.count_nonzero(STREAM != BREAK)
    assert {alpha for *_, alpha in found} == {0.05} and digest(one.weights()) != before
    one.close()


@pytest.mark.parametrize(("engine", "step"), [(Hogwild, 1), (Rounds, ROUND)])
def test_training_stops_at_a_multiple_of_the_granularity(engine, step):
    found = []
    one = engine(load_of(config_of(KINDS["sg-ns"])))
    assert one.granularity == step
    one.train(chunks(0, len(STREAM)), lambda *figures: found.append(figures), lambda: len(found) > 0)
    assert len(found) and len(found) % step == 0
    assert len(found) == ROUND or engine is Hogwild  # whose threads are asked every tenth of a second


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_are_handed_out_and_changes_taken_in(engine):
    one = engine(load_of(config_of(KINDS["cbow-hs"])))
    before, ids = [rows.copy() for rows in one.weights()], np.array([7, 0, 3])
    for side in (INPUTS, OUTPUTS):
        rows = one.rows(side, ids)
        np.testing.assert_array_equal(rows, before[side][ids])
        one.add_to_rows(side, ids, np.full_like(rows, 2))
        rows[:] = 99  # a copy
        np.testing.assert_array_equal(one.weights()[side][ids], before[side][ids] + np.float32(2))
        others = np.setdiff1d(np.arange(len(before[side])), ids)
        np.testing.assert_array_equal(one.weights()[side][others], before[side][others])


@pytest.mark.parametrize("deterministic", [False, True])
def test_slices_trained_elsewhere_draw_the_numbers_of_their_positions(kind, deterministic):
    """Two engines, each with its slice of whole sentences, and the weights handed over by rows, give one's bytes."""
    config = config_of(kind, sample=0.01, deterministic=deterministic)
    step = 500 * (ROUND if deterministic else 1)
    stream = STREAM.copy()
    stream[step - 1] = stream[2 * step - 1] = BREAK
    whole = engine_of(config)(load_of(config, stream[: 2 * step]))
    whole.train(chunks(0, 2 * step), lambda *figures: None, lambda: False)

    def in_slices(second_position):
        first = engine_of(config)(load_of(config, stream[:step].copy()))
        first.train(chunks(0, step), lambda *figures: None, lambda: False)
        second = engine_of(config)(load_of(config, stream[step : 2 * step].copy(), first_position=second_position))
        for side, rows in enumerate(second.weights()):
            ids = np.arange(len(rows))
            second.set_rows(side, ids, first.rows(side, ids))
        second.train(chunks(second_position, second_position + step), lambda *figures: None, lambda: False)
        return digest(second.weights())

    assert in_slices(step) == digest(whole.weights())
    assert in_slices(0) != digest(whole.weights())


class Elsewhere(Hogwild):
    """Trains a copy of the weights, as an engine of another process would; counts what it is asked."""

    closed = 0

    def __init__(self, load):
        self.own = Weights(*(rows.copy() for rows in load.weights))
        super().__init__(load._replace(weights=self.own))

    def close(self):
        Elsewhere.closed += 1


def test_the_trainer_needs_no_more_than_the_protocol(monkeypatch):
    """Callbacks and checkpoints see the weights of an engine that trains elsewhere, and in the end they are those of
    one that trains in place."""
    config = config_of(KINDS["cbow-ns"], sample=0.01)

    class Every10(Pauses):
        def __init__(self, weights):
            self.weights, self.seen = weights, []

        def limit(self, n_done, n_all):
            return min(n_done // 10 * 10 + 10, n_all)

        def write(self, is_last):
            self.seen.append(digest(self.weights))

    def seen_with(engine):
        monkeypatch.setattr(trainer, "engine_of", lambda config: engine)
        weights, epochs = initial_weights(len(COUNTS), config), []
        pauses, schedule = Every10(weights), Schedule(0.05, 1e-4, 2, len(STREAM))
        train(STREAM, COUNTS, weights, config, schedule, pauses=pauses,
              after_epoch=lambda epoch: epochs.append(digest(weights)))  # fmt: skip
        assert len(pauses.seen) == len(set(pauses.seen)) > 10 and len(epochs) == 2
        return [*pauses.seen, *epochs, digest(weights)]

    before = Elsewhere.closed
    assert seen_with(Hogwild) == seen_with(Elsewhere) and Elsewhere.closed == before + 1


@pytest.mark.parametrize("raises_in", ["prepare", "train", "weights"])
def test_an_engine_is_closed_whatever_happens(monkeypatch, raises_in):
    def fails(*arguments):
        raise LookupError("from the engine")

    failing = type("Failing", (Elsewhere,), {raises_in: fails})
    monkeypatch.setattr(trainer, "engine_of", lambda config: failing)
    config, before = config_of(KINDS["sg-ns"]), Elsewhere.closed
    with pytest.raises(LookupError, match="from the engine"):
        train(STREAM, COUNTS, initial_weights(len(COUNTS), config), config, Schedule(0.05, 1e-4, 1, len(STREAM)))
    assert Elsewhere.closed == before + 1


def test_weights_that_are_not_finite_elsewhere_are_seen(monkeypatch):
    class Diverges(Elsewhere):
        def train(self, chunks, report, should_stop):
            super().train(chunks, report, should_stop)
            self.own.inputs[0, 0] = np.nan

    monkeypatch.setattr(trainer, "engine_of", lambda config: Diverges)
    config = config_of(KINDS["sg-ns"])
    with pytest.raises(trainer.DivergedError, match="no longer finite"):
        train(STREAM, COUNTS, initial_weights(len(COUNTS), config), config, Schedule(0.05, 1e-4, 1, len(STREAM)))
