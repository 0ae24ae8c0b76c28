"""Deterministic training: the number of threads decides nothing."""

import hashlib

import numpy as np
import pytest
from numba import njit
from support import config_of, random_stream, train

from w2v.kernel.layout import Copies
from w2v.kernel.row_copies import add_changes, copied, count_copies, forget_counts
from w2v.kernel.weights import initial_weights
from w2v.training.engine import Load
from w2v.training.hogwild import Hogwild
from w2v.training.schedule import ROUND, Chunk, Schedule, chunk_size, epoch_key

COUNTS = np.array([4000 // n for n in range(1, 200)])
STREAM = random_stream(20_000, COUNTS, 500)


def trained(config, n_epochs=2):
    weights = initial_weights(len(COUNTS), config)
    train(STREAM, COUNTS, weights, config, Schedule(config.start_alpha, 1e-4, n_epochs, len(STREAM)))
    return weights


def some_weights(config):
    """Every step changes them: while the outputs are zero, inputs stay as they are."""
    weights = initial_weights(len(COUNTS), config)
    d = config.vector_size
    weights.outputs[:, :d] = np.random.default_rng(2).normal(0, 0.1, (len(weights.outputs), d))
    return weights


def digest(weights):
    return hashlib.sha256(weights.inputs.tobytes() + weights.outputs.tobytes()).hexdigest()


def test_any_number_of_threads_gives_the_same_bytes(kind):
    found = {digest(trained(config_of(kind, deterministic=True, sample=0.01, threads=n))) for n in (1, 2, 4, 2)}
    assert len(found) == 1


def test_a_round_adds_what_each_chunk_changes_alone(kind):
    """The slow twin: copies of both whole matrices, and differences of whole matrices."""
    config = config_of(kind, deterministic=True, threads=2, sample=0.01)
    stream = random_stream(6000, COUNTS, 0)  # without breaks each chunk changes all rows that it picks
    chunk, key = chunk_size(len(stream), len(COUNTS), config), epoch_key(config.seed, 0)
    found, expected, weights = (some_weights(config) for _ in range(3))
    schedule = Schedule(0.05, 1e-4, 1, len(stream))
    train(stream, COUNTS, found, config, schedule)

    calls = Hogwild(Load(weights, stream, COUNTS, config_of(kind, sample=0.01), chunk_size=chunk)).calls
    starts = range(0, len(stream), chunk)
    assert len(starts) % ROUND
    for first in range(0, len(starts), ROUND):
        changes = []
        for start in starts[first : first + ROUND]:
            for rows, before in zip(weights, expected, strict=True):
                rows[:] = before
            described = Chunk(start, min(start + chunk, len(stream)), key, schedule.alpha(0, start))
            calls.train(weights, calls.scratches[0], described)
            changes.append([after - before for after, before in zip(weights, expected, strict=True)])
        for rows, changed in zip(expected, zip(*changes, strict=True), strict=True):
            n_changed = sum((change != 0).any(axis=1) for change in changed)
            rows += sum(changed) / np.where(n_changed == ROUND, ROUND, 1)[:, None]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


@pytest.mark.parametrize("loss", ["ns", "hs"])
def test_deterministic_training_learns_as_the_other(loss):
    config = config_of({"model": "sg", "loss": loss}, vector_size=32, sample=0.01, alpha=0.025)
    losses = []
    for deterministic in (False, True):
        one = config_of({"model": "sg", "loss": loss}, vector_size=32, sample=0.01, deterministic=deterministic)
        weights = initial_weights(len(COUNTS), one)
        losses.append(train(STREAM, COUNTS, weights, one, Schedule(config.start_alpha, 1e-4, 5, len(STREAM))))
    hogwild, rounds = (history.epochs[-1].mean_loss for history in losses)
    assert rounds == pytest.approx(hogwild, rel=0.05)
    assert losses[1].epochs[-1].mean_loss < losses[1].epochs[0].mean_loss


@pytest.mark.parametrize("n_chunks", [2, 3])
def test_rows_are_copied_once_and_their_changes_added(n_chunks):
    source = np.arange(24.0, dtype=np.float32).reshape(6, 4)
    before, rows = source.copy(), np.zeros((3, 4), np.float32)
    copies = Copies(source, np.full(6, -1, np.int32), np.zeros(3, np.int64), np.zeros(1, np.int64))

    @njit
    def copy(ids, rows, copies):
        copied(ids, 1, 4, rows, copies)

    ids = np.array([9, 5, 2, 5, 0, 9])
    copy(ids, rows, copies)
    np.testing.assert_array_equal(ids, [9, 0, 1, 0, 2, 9])
    np.testing.assert_array_equal(rows, source[[5, 2, 0]])
    assert copies.n[0] == 3 and copies.slots[[5, 2, 0]].tolist() == [0, 1, 2]
    others = copies._replace(ids=np.array([5, 3, 0]), slots=np.full(6, -1, np.int32))
    other_rows, n_copies = source[[5, 3, 0]] + 1000, np.zeros(6, np.int32)
    rows += [[1], [10], [100]]
    for part in range(2):
        for one in (copies, others):
            count_copies(one, n_copies, part, 2)
        for one, changed in ((copies, rows), (others, other_rows)):
            add_changes(changed, one, n_copies, n_chunks, part, 2)
        for one in (copies, others):
            forget_counts(one, n_copies, part, 2)
    in_both = np.array([1100.0, 1001.0]) / (2 if n_chunks == 2 else 1)  # rows 0 and 5
    expected = [[in_both[0]], [0], [10], [1000], [0], [in_both[1]]]
    np.testing.assert_allclose(source - before, np.repeat(expected, 4, axis=1))
    assert (copies.slots == -1).all() and (n_copies == 0).all()
