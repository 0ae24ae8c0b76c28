"""Training on a cluster, from the first word to the file: what `w2v train --cluster` and Python programs call."""

import contextlib
import dataclasses
import logging
import os
import secrets
from collections.abc import Sequence
from glob import has_magic
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib.format import open_memmap

from w2v.cluster.engine import Engine, connect
from w2v.cluster.job import JOB, Job
from w2v.cluster.reading import Corpus, read_corpus
from w2v.cluster.rounds import Rounds, Standing, Tell
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.ngrams import ngrams_of
from w2v.corpus.sources import expand_paths
from w2v.errors import ClusterError, ConfigError, CorpusError, FileError
from w2v.formats.format import VectorTable
from w2v.formats.table import format_of
from w2v.formats.vector_files import write_vectors
from w2v.system.files import STDIN, check_outputs
from w2v.system.interrupts import Interrupted, deferred_signals
from w2v.system.parallel import usable_cpus
from w2v.system.remote import is_remote
from w2v.system.sole_use import sole_use
from w2v.training import model_file
from w2v.training.history import History
from w2v.training.keywords import announce
from w2v.training.ledger import Ledgers
from w2v.training.listeners import Progress
from w2v.training.state import TrainingState

logger = logging.getLogger("w2v")
GAIN = 2.0
ROUNDS = 50  # of an epoch
_SHARD_BYTES = 64 << 20  # small files are one shard together
_BLOCKS = (8, 64)  # of the model, at least and at most; between, as many as slices


class Finished(NamedTuple):
    """A job that is done."""

    output: str  # the file with the model
    history: History

    @property
    def ledger(self) -> Ledgers:
        """What became of every token, over all shards."""
        return Ledgers.of(self.history)


def train(
    corpus: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    cluster: str | Engine,
    work_dir: str | os.PathLike[str],
    config: TrainConfig | None = None,
    text: TextConfig | None = None,
    slices: int | None = None,
    rounds: int = ROUNDS,
    gain: float = GAIN,
    progress: Progress | None = None,
    tell: Tell = lambda event, facts: None,
    format: str | None = None,
) -> Finished:
    """Train on the machines of a cluster, and write the model.

    corpus: files, folders, patterns, or addresses (s3://…), which all workers can read. cluster: an address (see
    `ADDRESSES` in `engine.py`) or an engine. work_dir: a folder that all machines share, for what `resume` goes on
    from; it is emptied in the end. slices: how many are trained side by side and combined, by default one a worker.
    rounds: how often in an epoch that happens. gain: what several slices multiply the learning rate with. tell: called
    with each event, for a log. format: of the output, if its suffix does not say it.

    With the same number of slices and one thread each (`threads=1`, or `deterministic`) the model is the same, byte for
    byte, on any engine and whatever dies. Raises `ClusterError` when the cluster is lost, then `resume` goes on.
    """
    config, text = config or TrainConfig(), text or TextConfig()
    folder, output = os.path.abspath(work_dir), os.path.abspath(output)
    config.validate()
    text.validate()
    _check(config, text, folder, slices, rounds, gain)
    shards = _shards(corpus)
    check_outputs(
        [output], [file for shard in shards for file in shard if not is_remote(file)], "it is part of the corpus"
    )
    target = format_of(output, format)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        reason = "there is a file of that name" if isinstance(error, FileExistsError) else error.strerror
        raise FileError.of(f"cannot make the folder {work_dir}: {reason}; name another --work-dir", error) from error
    with contextlib.closing(connect(cluster) if isinstance(cluster, str) else cluster) as engine:
        name = cluster if isinstance(cluster, str) else engine.name
        kind, _, n_here = name.partition(":")
        if config.threads is None and kind == "local":
            config = dataclasses.replace(config, threads=max(1, usable_cpus() // int(n_here)))
        n_slices = slices or max(engine.n_workers, 1)
        n_blocks = min(max(n_slices, _BLOCKS[0]), _BLOCKS[1])
        job = Job(
            folder, shards, text, config, n_slices, rounds, n_blocks, float(gain), output, target.name, name,
            identity=secrets.token_hex(8),
        )  # fmt: skip
        job.save()
        return _run(job, engine, progress or Progress(), tell)


def resume(
    work_dir: str | os.PathLike[str],
    cluster: str | Engine | None = None,
    output: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    tell: Tell = lambda event, facts: None,
) -> Finished:
    """Finish a job from its folder, on the same cluster or another; what is written there is not done again."""
    folder = os.path.abspath(work_dir)
    job = load_job(folder)
    if output is not None:
        job = dataclasses.replace(job, output=os.path.abspath(output), format=format_of(os.fspath(output), None).name)
    where = job.cluster if cluster is None else cluster
    with contextlib.closing(connect(where) if isinstance(where, str) else where) as engine:
        return _run(job, engine, progress or Progress(), tell)


def load_job(folder: str) -> Job:
    """The unfinished job of a folder. Raises `ConfigError` where there is none, `FormatError` for a damaged one."""
    if not Path(folder, JOB).exists():
        raise ConfigError(f"{folder} holds no unfinished run of a cluster; w2v train … --work-dir begins one")
    return Job.load(folder)


def _check(config: TrainConfig, text: TextConfig, folder: str, slices: int | None, rounds: int, gain: float) -> None:
    """Refuse what cannot be done, before anything is done."""
    for name, value in (("slices", 1 if slices is None else slices), ("rounds", rounds)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ConfigError(f"{name} is {value!r}; give a whole number of at least 1")
    if not 0 < gain <= 100:
        raise ConfigError(f"gain is {gain!r}; give a factor such as {GAIN:g}")
    if ngrams_of(config) is not None:
        raise ConfigError(
            "n-grams (max_n) cannot be trained on a cluster yet; leave max_n out, or train on one machine"
        )
    if text.vocab_memory is not None:
        raise ConfigError("a cluster counts all words, exactly, in parts; leave vocab_memory out")
    if Path(folder, JOB).exists():
        raise ConfigError(
            f"{folder} holds an unfinished run; w2v resume {folder} goes on from it, or name another folder"
        )


def _shards(corpus: Sequence[str | os.PathLike[str]]) -> tuple[tuple[str, ...], ...]:
    """The files of each shard: a large one, or some small ones that follow each other."""
    files = [file if is_remote(file) else os.path.abspath(file) for file in expand_paths(list(corpus))]
    if STDIN in map(os.path.basename, files):
        raise CorpusError("workers cannot read the standard input of this process; name files that they can read")
    shards: list[tuple[list[str], int]] = []
    for file in files:
        if is_remote(file) and has_magic(file):
            raise ConfigError(f"{file}: files elsewhere are not listed; name each of them")
        size = _SHARD_BYTES if is_remote(file) else os.path.getsize(file)
        if shards and shards[-1][1] + size <= _SHARD_BYTES:
            shards[-1] = ([*shards[-1][0], file], shards[-1][1] + size)
        else:
            shards.append(([file], size))
    return tuple(tuple(files) for files, _ in shards)


def _run(job: Job, engine: Engine, progress: Progress, tell: Tell) -> Finished:
    """Do what is left of a job."""
    how = f"w2v resume {job.folder}"
    announce(job.config)
    logger.info("%s: %d workers, %d slices, %d rounds an epoch%s", engine.name, engine.n_workers, job.n_slices,
                job.n_rounds, f"; dashboard {engine.dashboard}" if engine.dashboard else "")  # fmt: skip
    with sole_use(job.path(JOB)), deferred_signals() as signals:
        try:
            with signals.at_once():
                corpus = read_corpus(job, engine, progress)
                standing = Rounds(job, engine, corpus, progress, tell).train()
            signals.check()
            _write_model(job, corpus, standing)
        except Interrupted as stop:
            raise Interrupted(f"{job.standing()}; go on with: {how}", stop.signal_number) from None
        except ClusterError as error:
            error.add_note(f"{job.standing()}; go on with: {how}")
            raise
        finally:
            progress.close()
        finished = Finished(job.output, standing.history)
        finished.ledger.check()
        job.clear()
    return finished


def _write_model(job: Job, corpus: Corpus, standing: Standing) -> None:
    """Write the model block by block: both matrices are on the disk, and mapped."""
    vocab, size = corpus.whole.vocab, job.config.vector_size
    n_rows = len(vocab), job.config.objective.n_output_rows(len(vocab))
    state = TrainingState.from_config(job.config, job.text)
    state.history, state.corpus_facts = standing.history, corpus.facts()
    paths = [job.path("blocks", f"{side}.npy") for side in ("inputs", "outputs")]
    inputs, outputs = (open_memmap(path, "w+", np.float32, (n, size)) for path, n in zip(paths, n_rows, strict=True))
    for block, name in enumerate(standing.names):
        rows = job.read_block(block, name, len(vocab))
        for whole, bound, part in zip((inputs, outputs), job.bounds(block, len(vocab)), rows, strict=True):
            whole[bound] = part
    table = VectorTable(vocab.words, inputs, vocab.counts, outputs, model_file.metadata_of(state))
    write_vectors(job.output, table, job.format)
