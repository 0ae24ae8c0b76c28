"""What several test files share: every kind of training, and Python in a process of its own."""

import gzip
import os
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

import w2v
from w2v.compiled.matrix import matrix, read_only
from w2v.config import TrainConfig
from w2v.corpus.stream import BREAK
from w2v.errors import FormatError
from w2v.kernel import chunk as kernels
from w2v.kernel import outputs
from w2v.kernel.layout import Scratch, Settings, Tables, Weights, WordRows
from w2v.kernel.scratch import make_scratch
from w2v.kernel.settings import kernel_settings
from w2v.kernel.tables import build_tables
from w2v.training import trainer
from w2v.training.engine import Load
from w2v.training.listeners import Progress
from w2v.training.schedule import chunk_size

LOSSES = ("ns", "hs", "softmax", "sampled")
SG_KINDS = {f"sg-{loss}": {"model": "sg", "loss": loss} for loss in LOSSES}
CBOW_KINDS = {f"cbow-{loss}": {"model": "cbow", "loss": loss} for loss in LOSSES}
SUM_KINDS = {f"{name}-sum": {**kind, "cbow_mean": False} for name, kind in CBOW_KINDS.items()}
CORRECTED_KINDS = {f"{name}-corrected": {**kind, "cbow_update": "corrected"} for name, kind in CBOW_KINDS.items()}
PAIR_KINDS = {
    f"{name}-pair": {**kind, "negative_sharing": "pair"}
    for name, kind in {**SG_KINDS, **CBOW_KINDS}.items()
    if kind["loss"] in ("ns", "sampled")
}
WINDOW_KINDS = {
    f"{name}-window": {**kind, "negative_sharing": "window"}
    for name, kind in {**SG_KINDS, **CBOW_KINDS}.items()
    if kind["loss"] == "ns"
}
BOTH_KINDS = {f"{model}-both": {"model": model, "loss": "hs+ns"} for model in ("sg", "cbow")}
KINDS = {**SG_KINDS, **CBOW_KINDS, **SUM_KINDS, **CORRECTED_KINDS, **PAIR_KINDS, **WINDOW_KINDS, **BOTH_KINDS}


# Environments in which Numba compiles for another processor, or not at all.
OTHER_PROCESSORS = {
    "no compiler": {"NUMBA_DISABLE_JIT": "1"},
    "256-bit registers": {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+sse4.2,+avx,+avx2,+fma,+bmi,+bmi2"},
    "512-bit registers": {
        "NUMBA_CPU_NAME": "skylake-avx512",
        "NUMBA_CPU_FEATURES": "+sse4.2,+avx,+avx2,+fma,+bmi,+bmi2,+avx512f,+avx512cd,+avx512bw,+avx512dq,+avx512vl",
    },
}


class Bench(NamedTuple):
    """A chunk's worth of everything `train_chunk` takes."""

    weights: Weights
    tables: Tables
    settings: Settings
    scratch: Scratch

    def run(self, stream, start, end, key, alpha, offset=0):
        """Train; returns the statistics."""
        statistics = np.zeros(kernels.N_STATISTICS)
        alpha = self.weights.inputs.dtype.type(alpha)
        with np.errstate(over="ignore"):  # wrapping around is what the random numbers are made of, and NumPy warns
            kernels.train_chunk(*self, read_only(stream), start, end, offset, np.uint64(key), alpha, statistics)
        return statistics


def bench(counts, config, chunk, dtype=np.float32, seed=0, word_rows=None, n_held=0, hot=range(0)):
    """Random weights of a size that makes every term of the gradient count, and the tables for `config`."""
    counts = np.asarray(counts, np.int64)
    generator, d = np.random.default_rng(seed), config.vector_size
    weights = []
    n_inputs = len(counts) if word_rows is None else max(1 + int(word_rows.row_ids.max()), len(counts))
    for n_rows in (n_inputs, config.objective.n_output_rows(len(counts))):
        rows = matrix(n_rows, d).astype(dtype, copy=False)
        rows[:, :d] = generator.normal(0, 1 / np.sqrt(d), (n_rows, d))
        weights.append(rows)
    tables = build_tables(counts, config, word_rows)._replace(frozen_rows=matrix(0, 1, dtype))
    scratch = make_scratch(len(counts), tables, config, chunk, dtype, n_held=n_held, hot=hot)
    return Bench(Weights(*weights), tables, kernel_settings(config), scratch)


def compile_kernel(dtype, has_lists):
    """Have the version of the kernel that is for weights of a dtype, and for words with one row or with lists of rows,
    compiled and kept."""
    counts, ones = [10] * 9, np.ones(9, dtype)
    rows = WordRows(np.arange(10), np.arange(9, dtype=np.int32), ones, ones) if has_lists else None
    bench(counts, config_of(KINDS["sg-ns"]), 9, dtype, word_rows=rows).run(np.full(9, BREAK, np.int32), 0, 0, 1, 0.05)


@njit
def pick_outputs(center_id, random, tables, settings, scratch):
    """The kernel's function, which has no entry from Python of its own."""
    return outputs.pick_outputs(center_id, random, tables, settings, scratch, 0)


def random_stream(n_tokens, counts, n_breaks, seed=0):
    """Tokens drawn in proportion to `counts`, and BREAKs in random places, some side by side."""
    generator = np.random.default_rng(seed)
    stream = generator.choice(len(counts), n_tokens, p=np.asarray(counts) / np.sum(counts)).astype(np.int32)
    places = generator.integers(0, n_tokens, n_breaks)
    stream[places] = BREAK
    stream[np.minimum(places[: n_breaks // 4] + 1, n_tokens - 1)] = BREAK
    return stream


def train(stream, counts, weights, config, schedule, *listeners, frozen=None, word_rows=None, **more):
    """`trainer.train`, with the chunks that a run of the command has."""
    schedule = schedule._replace(chunk_size=chunk_size(len(stream), len(counts), config))
    load = Load(weights, stream, counts, config, word_rows=word_rows, frozen=frozen)
    return trainer.train(load, schedule, *listeners, **more)


def python(code, *arguments, check=True, **environment):
    """Run `code` in a new process that can import the package and these tests; returns it when it is done."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=python_environment(**environment),
        check=check,
        capture_output=True,
        text=True,
        timeout=300,
    )


def python_environment(**environment):
    """This process's environment with the package and these tests importable."""
    tests = Path(__file__).parent
    rooms = [path for path in tests.iterdir() if path.is_dir() and path.name != "bench"]
    here = [str(path) for path in (Path(w2v.__file__).parents[1], tests, *rooms)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(here), **environment}


def config_of(kind, **settings):
    """A small `TrainConfig` of a kind."""
    return TrainConfig(**{"vector_size": 16, "window": 3, "sample": 0.0, "threads": 1, **settings, **kind})


class StopsAt(Progress):
    """Sends this process the signal of Ctrl-C after a number of chunks."""

    def __init__(self, n_chunks):
        self.left = n_chunks

    def chunk(self, statistics, alpha):
        self.left -= 1
        if self.left == 0:
            signal.raise_signal(signal.SIGINT)


def assert_untrue_headers_take_no_memory(read, rows):
    """A header that announces far more than the `rows` behind it is refused before memory is taken."""
    for data in (b"100000000000 1\n" + rows, b"2 100000000000\n" + rows):
        for packed in (data, gzip.compress(data)):
            tracemalloc.start()
            with pytest.raises(FormatError):
                read(packed)
            assert tracemalloc.get_traced_memory()[1] < 10_000_000
            tracemalloc.stop()
