"""Deterministic training: the number of threads decides nothing."""

import hashlib

import numpy as np
import pytest
from conftest import config_of, random_stream
from numba import njit

from w2v import preparation
from w2v.preparation import ROUND, initial_weights
from w2v.records import Schedule
from w2v.row_copies import add_changes, copied, count_copies
from w2v.trainer import train
from w2v.workers import Chunk, Workers

COUNTS = np.array([4000 // n for n in range(1, 200)])
STREAM = random_stream(20_000, COUNTS, 500)


def trained(config, n_epochs=2):
    weights = initial_weights(len(COUNTS), config)
    train(STREAM, COUNTS, weights, config, Schedule(config.start_alpha, 1e-4, n_epochs, len(STREAM)))
    return weights


def digest(weights):
    return hashlib.sha256(weights.inputs.tobytes() + weights.outputs.tobytes()).hexdigest()


def test_any_number_of_threads_gives_the_same_bytes(kind):
    found = {digest(trained(config_of(kind, deterministic=True, sample=0.01, threads=n))) for n in (1, 2, 4, 2)}
    assert len(found) == 1


def test_a_round_adds_what_each_chunk_changes_alone(kind):
    """The slow twin: copies of both whole matrices, and differences of whole matrices."""
    config = config_of(kind, deterministic=True, threads=2, sample=0.01)
    chunk = preparation.chunk_size(len(STREAM), len(COUNTS), config)
    n_tokens = chunk * (ROUND + 3)  # the second round is not full
    found = initial_weights(len(COUNTS), config)
    schedule = Schedule(0.05, 1e-4, 1, n_tokens)
    stream, key = STREAM[:n_tokens], preparation.epoch_key(config.seed, 0)
    assert preparation.chunk_size(n_tokens, len(COUNTS), config) < chunk
    chunk = preparation.chunk_size(n_tokens, len(COUNTS), config)
    train(stream, COUNTS, found, config, schedule)

    expected = initial_weights(len(COUNTS), config)
    averaged = len(COUNTS) - 1 - preparation.MAX_HOT if config.loss == "hs" else len(COUNTS)
    starts = range(0, n_tokens, chunk)
    for first in range(0, len(starts), ROUND):
        changes = []
        for start in starts[first : first + ROUND]:
            weights = type(expected)(*(rows.copy() for rows in expected))
            workers = Workers(weights, stream, COUNTS, config_of(kind, sample=0.01), chunk)
            workers.train_one(
                weights, workers.scratches[0], Chunk(start, min(start + chunk, n_tokens), key, schedule.alpha(0, start))
            )
            changes.append([after - before for after, before in zip(weights, expected, strict=True)])
        for inputs, outputs in changes:
            expected.inputs[:] += inputs
            outputs[max(averaged, 0) :] /= ROUND
            expected.outputs[:] += outputs
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


def test_rows_are_copied_once_and_their_changes_added():
    source = np.arange(24.0, dtype=np.float32).reshape(6, 4)
    before, rows = source.copy(), np.zeros((3, 4), np.float32)
    copies = preparation.Copies(source, np.full(6, -1, np.int32), np.zeros(3, np.int64), np.zeros(1, np.int64))

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
            add_changes(changed, one, n_copies, np.float32(0.5), 5, part, 2)
    np.testing.assert_array_equal(source - before, np.repeat([[1100.0], [0], [10], [1000], [0], [500.5]], 4, axis=1))
    assert (copies.slots == -1).all() and (n_copies == 0).all()
