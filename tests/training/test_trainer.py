import hashlib
import os
import signal
import subprocess
import threading
import time

import numpy as np
import pytest
from starting import started
from support import KINDS, config_of, python, train

from w2v.corpus.stream import BREAK
from w2v.errors import ConfigError, W2VError
from w2v.kernel import chunk as kernels
from w2v.kernel.tables import build_tables
from w2v.kernel.weights import initial_weights
from w2v.objectives import full_softmax
from w2v.system.interrupts import Interrupted
from w2v.training import schedule as schedules
from w2v.training import trainer
from w2v.training.history import History, Statistics
from w2v.training.listeners import Progress
from w2v.training.schedule import Schedule, chunk_size

N_TOPIC_WORDS = 20


@pytest.fixture(scope="module")
def topics():
    """(stream, counts): sentences of 10 words, each from one of two topics, whose words are equally likely.

    Topic 0 has the even word ids, topic 1 the odd ones.
    """
    generator = np.random.default_rng(5)
    sentences = 2 * generator.integers(0, N_TOPIC_WORDS, (2000, 11)) + generator.integers(0, 2, (2000, 1))
    sentences[:, -1] = BREAK
    stream = sentences.reshape(-1).astype(np.int32)
    return stream, np.bincount(stream[stream >= 0])


class Recorder(Progress):
    """Keeps what it is told, and raises where it is told to."""

    def __init__(self, raise_at=None):
        self.events, self.chunks, self.alphas, self.raise_at = [], Statistics(), [], raise_at

    def note(self, event):
        self.events.append(event)
        if event == self.raise_at:
            raise RuntimeError(f"raised at {event}")

    def start(self, schedule, done):
        self.note("start")

    def chunk(self, statistics, alpha):
        self.chunks = self.chunks.plus(statistics)
        self.alphas.append(alpha)
        self.note("chunk")

    def epoch(self, number, statistics, seconds):
        self.note(f"epoch {number}")

    def close(self):
        self.note("close")


def train_topics(topics, config, n_epochs=1, **arguments):
    """(weights, history) after training on the topics corpus."""
    stream, counts = topics
    weights = initial_weights(len(counts), config)
    n_before = len(arguments["history"].epochs) if "history" in arguments else 0
    schedule = Schedule(config.start_alpha, config.min_alpha, n_epochs, len(stream), n_before)
    return weights, train(stream, counts, weights, config, schedule, **arguments)


def assert_no_thread_left():
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("w2v")]


# ---- learning


def untrained_loss(topics, config):
    stream, counts = topics
    history = train(stream, counts, initial_weights(len(counts), config), config, Schedule(0.0, 0.0, 1, len(stream)))
    return history.total.mean_loss


def test_words_of_a_topic_become_neighbours(topics, kind):
    config = config_of(kind, vector_size=20, window=5, alpha=0.01)
    (inputs, _), history = train_topics(topics, config, n_epochs=10)
    losses = [epoch.mean_loss for epoch in history.epochs]
    assert losses[-1] < losses[0] and losses[-1] < 0.85 * untrained_loss(topics, config)
    unit = inputs / np.linalg.norm(inputs, axis=1, keepdims=True)
    cosines = unit @ unit.T - 2 * np.eye(len(unit))
    assert (cosines.argmax(axis=1) % 2 == np.arange(len(unit)) % 2).all()


@pytest.mark.parametrize("loss", ["softmax", "hs"])
@pytest.mark.parametrize("model", ["sg", "cbow"])
def test_loss_of_the_exact_objectives_reaches_the_entropy(topics, model, loss):
    """The center is one of its topic's equally likely words, whatever the context: log 20 nats, from log 40."""
    config = config_of({"model": model, "loss": loss}, vector_size=20, window=5, alpha=0.05)
    _, history = train_topics(topics, config, n_epochs=10)
    assert history.epochs[-1].mean_loss == pytest.approx(np.log(N_TOPIC_WORDS), rel=0.03)


@pytest.mark.parametrize("n_words", [50, 20_001])
@pytest.mark.parametrize("loss", ["ns", "hs"])
def test_initial_weights_are_uniform(n_words, loss):
    config = config_of({"model": "sg", "loss": loss}, vector_size=100)
    inputs, outputs = initial_weights(n_words, config)
    assert inputs.shape == (n_words, 112) and outputs.shape == (n_words - (loss == "hs"), 112)
    assert inputs.dtype == outputs.dtype == np.float32 and not outputs.any() and not inputs[:, 100:].any()
    assert inputs.ctypes.data % 64 == outputs.ctypes.data % 64 == 0
    used = inputs[:, :100].astype(np.float64)
    assert 0.099 < np.abs(used).max() <= 0.1 and abs(used.mean()) < 0.004
    np.testing.assert_allclose(np.linalg.norm(used, axis=1), np.sqrt(1 / 3), rtol=0.25)  # rows that are left out show
    assert len(np.unique(used[:, 0])) > 0.99 * n_words


# ---- the same again


def digest_of_a_run(seed):
    """What a process prints to be compared with another."""
    generator = np.random.default_rng(0)
    stream, counts = generator.integers(0, 30, 3000).astype(np.int32), np.full(30, 100)
    config = config_of(KINDS["sg-ns"], seed=seed, sample=0.01)
    weights = initial_weights(30, config)
    train(stream, counts, weights, config, Schedule(0.025, 1e-4, 2, len(stream)))
    return hashlib.sha256(weights.inputs.tobytes() + weights.outputs.tobytes()).hexdigest()


def test_same_seed_gives_the_same_bytes_in_any_process():
    code = "import test_trainer; print(*(test_trainer.digest_of_a_run(seed) for seed in (1, 2)))"
    one, two = (python(code, PYTHONHASHSEED=hash_seed).stdout.split() for hash_seed in ("1", "2"))
    assert one == two == [digest_of_a_run(1), digest_of_a_run(2)]
    assert one[0] != one[1]


def test_training_without_compiler_is_silent_and_the_same():
    """Even where every warning is an error: NumPy warns of uint64 numbers that wrap around."""
    code = "import test_trainer; print(*test_trainer.small_run())"
    process = python(code, NUMBA_DISABLE_JIT="1", PYTHONWARNINGS="error::RuntimeWarning")
    found = [float(number) for number in process.stdout.split()]
    expected = small_run()
    assert found[1:] == expected[1:] and found[0] == pytest.approx(expected[0], rel=1e-6) and not process.stderr


def small_run():
    """Statistics of a little training."""
    stream, counts = (np.arange(200) % 20).astype(np.int32), np.full(20, 10)
    config = config_of(KINDS["sg-ns"], sample=0.01)
    return list(train(stream, counts, initial_weights(20, config), config, Schedule(0.05, 0.01, 1, 200)).total)


def test_further_epochs_draw_other_numbers(topics):
    stream, counts = topics
    config = config_of(KINDS["sg-ns"], sample=0.01)
    weights = initial_weights(len(counts), config)
    found = {
        tuple(train(stream, counts, weights, config, Schedule(1e-6, 1e-6, 2, len(stream), first)).epochs[n][1:])
        for first in (0, 2)
        for n in range(2)
    }
    assert len(found) == 4


def test_two_threads_train_the_same_pairs(topics, kind):
    config = config_of(kind, sample=0.01)
    one, two = (train_topics(topics, config_of(kind, sample=0.01, threads=n), 2)[1] for n in (1, 2))
    assert [epoch[1:] for epoch in one.epochs] == [epoch[1:] for epoch in two.epochs]
    n_tokens = np.count_nonzero(topics[0] != BREAK)
    for epoch in two.epochs:
        assert epoch.n_trained + epoch.n_subsampled == n_tokens and epoch.n_subsampled > 0
        if config.model == "cbow":
            assert 0 < epoch.n_pairs <= epoch.n_trained
    assert two.total.loss == pytest.approx(one.total.loss, rel=0.05)


# ---- what is reported


def test_history_and_progress_add_up(topics):
    recorder, before = Recorder(), History([Statistics(1.5, 1, 2, 3)], [0.5], [(0.1, 0.05)])
    epochs = []
    config = config_of(KINDS["sg-ns"], sample=0.01)
    _, history = train_topics(topics, config, 3, progress=recorder, history=before, after_epoch=epochs.append)
    assert recorder.events[0] == "start" and recorder.events[-2:] == ["epoch 3", "close"]
    assert [event for event in recorder.events if event.startswith("epoch")] == ["epoch 1", "epoch 2", "epoch 3"]
    assert epochs == [0, 1, 2]
    assert history.total[1:] == recorder.chunks[1:] and history.total.loss == pytest.approx(recorder.chunks.loss)
    assert history.total == Statistics(
        sum(epoch.loss for epoch in history.epochs),
        *(sum(epoch[n] for epoch in history.epochs) for n in (1, 2, 3)),
    )
    assert history.total.mean_loss == history.total.loss / history.total.n_pairs
    assert len(history.epochs) == len(history.seconds) == len(history.alphas) == 3
    assert before.epochs[1:] == history.epochs and before.alphas[1:] == history.alphas
    assert all(isinstance(number, int) for number in history.total[1:])
    assert Statistics().mean_loss == 0.0


def test_learning_rate_falls_in_a_line_to_its_end(topics):
    recorder = Recorder()
    config = config_of(KINDS["sg-ns"], alpha=0.05, min_alpha=0.01)
    _, history = train_topics(topics, config, 3, progress=recorder)
    n_chunks = len(recorder.alphas)
    assert n_chunks >= 3 * 60 and recorder.alphas[0] == 0.05
    steps = np.diff(recorder.alphas)
    np.testing.assert_allclose(steps, -0.04 / n_chunks, rtol=0.05)
    assert 0.01 < recorder.alphas[-1] < 0.01 + 0.041 / n_chunks
    flat = [alpha for pair in history.alphas for alpha in pair]
    np.testing.assert_allclose(flat, np.repeat(np.linspace(0.05, 0.01, 4), 2)[1:-1])


def test_schedule_ends_at_its_end():
    schedule = Schedule(0.5, 0.1, 4, 1000)
    assert [schedule.alpha(0, 0), schedule.alpha(2, 0)] == [0.5, pytest.approx(0.3)]
    assert schedule.alpha(0, 1000) == schedule.alpha(1, 0)
    assert schedule.alpha(3, 1000) == schedule.alpha(4, 0) == schedule.alpha(9, 0) == pytest.approx(0.1)
    assert Schedule(0.5, 0.1, 4, 1000, first_epoch=7).alpha(0, 0) == 0.5


@pytest.mark.parametrize("alpha", [0.025, 0.05])
def test_chunks_train_with_the_scheduled_rate(topics, monkeypatch, alpha):
    seen, real = [], kernels.train_chunk
    monkeypatch.setattr(kernels, "train_chunk", lambda *arguments: (seen.append(arguments), real(*arguments)))
    train_topics(topics, config_of(KINDS["cbow-ns"], alpha=alpha), 2)
    n_tokens, covered = len(topics[0]), []
    seen = [arguments for arguments in seen if arguments[5] < arguments[6]]  # an empty chunk compiles the kernel
    for number, (*_, start, end, _, _, rate, _) in enumerate(seen):
        epoch = number >= len(seen) // 2
        covered.append((epoch, start, end))
        assert rate == pytest.approx(alpha + (1e-4 - alpha) * (epoch * n_tokens + start) / (2 * n_tokens), rel=1e-6)
    for epoch in (False, True):
        ranges = [(start, end) for found, start, end in covered if found == epoch]
        assert ranges[0][0] == 0 and ranges[-1][1] == n_tokens
        assert all(left[1] == right[0] for left, right in zip(ranges, ranges[1:], strict=False))


# ---- stopping


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("raise_at", ["chunk", "epoch 1"])
def test_error_in_progress_stops_all(topics, raise_at, threads):
    recorder = Recorder(raise_at)
    with pytest.raises(RuntimeError, match=f"raised at {raise_at}"):
        train_topics(topics, config_of(KINDS["sg-ns"], threads=threads), 2, progress=recorder)
    assert recorder.events[-1] == "close" and "epoch 2" not in recorder.events
    assert_no_thread_left()


def test_error_in_after_epoch_stops_all(topics):
    recorder = Recorder()

    def after_epoch(epoch):
        assert_no_thread_left()  # it is called when no thread is at work
        raise LookupError("from the callback")

    with pytest.raises(LookupError, match="from the callback"):
        train_topics(topics, config_of(KINDS["sg-ns"], threads=2), 2, progress=recorder, after_epoch=after_epoch)
    assert recorder.events[-2:] == ["epoch 1", "close"]
    assert_no_thread_left()


@pytest.mark.parametrize("threads", [1, 2])
def test_error_in_a_thread_stops_all(topics, monkeypatch, threads):
    calls, real = [], kernels.train_chunk

    def fails_once(*arguments):
        calls.append(1)
        if len(calls) == 5:
            raise MemoryError("from the kernel")
        time.sleep(0.001)
        real(*arguments)

    monkeypatch.setattr(kernels, "train_chunk", fails_once)
    monkeypatch.setattr(schedules, "MAX_CHUNK", 10)  # thousands of chunks, so stopping early can be seen
    recorder = Recorder()
    with pytest.raises(MemoryError, match="from the kernel"):
        train_topics(topics, config_of(KINDS["sg-ns"], threads=threads), 2, progress=recorder)
    assert len(calls) < len(topics[0]) // 10
    assert recorder.events[-1] == "close"
    assert_no_thread_left()


def endless_training():
    """Trains until a signal comes; says when it is at work, and what became of it."""

    class SaysWhenAtWork(Recorder):
        def chunk(self, statistics, alpha):
            if not self.events or self.events[-1] != "chunk":
                print("at work", flush=True)
            super().chunk(statistics, alpha)

    generator = np.random.default_rng(0)
    stream, counts = generator.integers(0, 1000, 2_000_000).astype(np.int32), np.full(1000, 2000)
    config, recorder = config_of(KINDS["sg-ns"], threads=2, vector_size=100), SaysWhenAtWork()
    weights, history = initial_weights(1000, config), History()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells have it ignored in background jobs
    try:
        train(stream, counts, weights, config, Schedule(0.025, 1e-4, 10**6, len(stream)), recorder, history)
    except Interrupted as error:
        assert isinstance(error, KeyboardInterrupt)
        assert_no_thread_left()
        chunk = chunk_size(len(stream), 1000, config)
        assert history.in_hand.n_trained == chunk * history.n_chunks
        assert history.total.plus(history.in_hand)[1:] == recorder.chunks[1:]
        print("interrupted", recorder.events[-1], flush=True)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent to processes on POSIX systems only")
def test_ctrl_c_stops_after_whole_chunks():
    code = "import test_trainer; test_trainer.endless_training()"
    process = started(["-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "at work\n", process.stderr.read()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert output == "interrupted close\n", errors
    assert process.returncode == 0 and not errors


def test_ctrl_c_between_epochs(topics):
    recorder = Recorder()

    def after_epoch(epoch):
        raise KeyboardInterrupt  # where Python would raise it if the signal came now

    with pytest.raises(Interrupted, match="between chunks"):
        train_topics(topics, config_of(KINDS["sg-ns"], threads=2), 2, progress=recorder, after_epoch=after_epoch)
    assert recorder.events[-1] == "close"
    assert_no_thread_left()


# ---- refusals


@pytest.mark.parametrize("name", ["sg-ns", "sg-hs", "cbow-softmax", "cbow-sampled-sum"])
def test_divergence_names_the_learning_rate(topics, name):
    with pytest.raises(W2VError, match=r"diverged.*lower --alpha \(it was 1e\+06\)") as error:
        train_topics(topics, config_of(KINDS[name], alpha=1e6, min_alpha=1e6), 20)
    assert ("mean instead of the sum" in str(error.value)) == name.endswith("sum")
    assert_no_thread_left()


def test_divergence_stops_the_epoch(topics, monkeypatch):
    calls = []

    def diverges(*arguments):
        calls.append(1)
        time.sleep(0.001)
        arguments[-1][kernels.LOSS] = np.nan

    monkeypatch.setattr(kernels, "train_chunk", diverges)
    monkeypatch.setattr(schedules, "MAX_CHUNK", 10)
    with pytest.raises(W2VError, match="diverged"):
        train_topics(topics, config_of(KINDS["sg-ns"], threads=2))
    assert len(calls) < len(topics[0]) // 10


def test_full_softmax_is_refused_for_large_vocabularies():
    config = config_of(KINDS["sg-softmax"])
    build_tables(np.ones(full_softmax.MAX_WORDS, np.int64), config)
    with pytest.raises(ConfigError, match=r"20,001 words are more than 20,000; use --loss sampled"):
        build_tables(np.ones(full_softmax.MAX_WORDS + 1, np.int64), config)


def test_wrong_settings_are_refused_before_training(topics):
    recorder = Recorder()
    with pytest.raises(ConfigError, match="window is 0"):
        train_topics(topics, config_of(KINDS["sg-ns"], window=0, vector_size=5), progress=recorder)
    assert recorder.events == []


def test_a_slow_start_is_announced_and_a_quick_one_is_not(monkeypatch):
    class Told(Progress):
        def __init__(self):
            self.n_notes = 0

        def compiling(self):
            self.n_notes += 1

    for seconds, n_notes in ((0.01, 1), (60.0, 0)):
        told = Told()
        monkeypatch.setattr("w2v.training.trainer._COMPILING_SECONDS", seconds)
        trainer.compile_first(lambda *chunk: time.sleep(0.2), told)
        assert told.n_notes == n_notes
