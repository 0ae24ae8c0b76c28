"""The commands `train` and `resume`: corpus → vocabulary and ids → training → file."""

import argparse
import contextlib
import dataclasses
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from w2v import __version__
from w2v.cli.autotune import autotuned, check_autotune, searched_settings
from w2v.cli.file_commands import changed
from w2v.cli.settings import (
    check_no_phrases,
    check_same_text,
    corpus_paths,
    default_output,
    extended_config,
    output_format,
    phrase_config,
    preset,
    text_config,
    train_config,
)
from w2v.errors import ConfigError, CorpusError, FormatError
from w2v.presets import differences
from w2v.system.console import log, show
from w2v.system.files import STDIN, check_distinct, check_outputs
from w2v.system.interrupts import GaveUp, Interrupted, Signals, deferred_signals
from w2v.training.keywords import announce


class Job(NamedTuple):
    """What `train` was asked for, checked as far as that costs nothing."""

    paths: list[str]
    output: str
    format: str
    checkpoint: str
    checkpoint_every: str
    cache_dir: str | None
    log: str | None
    postprocess: str = ""  # steps before saving; checkpoints of older versions name none

    def facts(self) -> dict[str, Any]:
        """What a checkpoint keeps, so that `resume` can be called from another folder."""
        whole = {"output": self.output, "log": self.log, "cache_dir": self.cache_dir}
        places = {name: path and os.path.abspath(path) for name, path in whole.items()}
        paths = [path if path == STDIN else os.path.abspath(path) for path in self.paths]
        return {**self._asdict(), **places, "paths": paths}

    @classmethod
    def of_checkpoint(cls, path: str, facts: dict[str, Any], output: str | None, log_file: str | None) -> "Job":
        """From what `facts` made, or whatever the file says instead. output, log_file: as the user names them now.

        Raises `FormatError` for what is no such job, and `ConfigError` for an output outside of the checkpoint's folder
        that the user did not name: a file that came from elsewhere must not choose what is written over.
        """
        if not facts.keys() >= set(cls._fields) - set(cls._field_defaults):
            raise ConfigError(f"{path} was written by a Python program; finish it there, with Word2Vec.resume")
        job = cls(**{name: facts[name] for name in cls._fields if name in facts})
        paths = job.paths if isinstance(job.paths, list) else [0]
        texts = [*paths, job.output, job.format, job.checkpoint_every]
        texts += [place for place in (job.cache_dir, job.log) if place is not None]
        if not paths or not all(isinstance(text, str) and text and "\0" not in text for text in texts):
            raise FormatError(f"{path}: what its run reads and writes is malformed; the file is damaged")
        if not isinstance(job.postprocess, str):
            raise FormatError(f"{path}: what its run does to the vectors is malformed; the file is damaged")
        if output is None and not _is_beside(job.output, path):
            raise ConfigError(
                f"{path} would write to {job.output!r}, which is not in its folder; if that is right, add "
                f"-o {shlex.quote(job.output)}"
            )
        if log_file is None and job.log and not _is_beside(job.log, path):
            log(f"note: the log {job.log!r} is not in the checkpoint's folder and is not written; --log FILE names one")
            job = job._replace(log=None)
        if output is not None and os.path.abspath(output) != job.output:
            output, target = output_format(output, None)
            job = job._replace(output=output, format=target.name)
        return job._replace(checkpoint=path, log=log_file or job.log)

    def go_on(self) -> str:
        """How to go on from a checkpoint, with braces for its name."""
        from w2v.training.checkpoint import RESUME

        places = {"-o": self.output, "--log": self.log}
        named = [
            f" {option} {shlex.quote(os.path.abspath(place))}"
            for option, place in places.items()
            if place and not _is_beside(place, self.checkpoint)
        ]
        return RESUME + "".join(named).replace("{", "{{").replace("}", "}}")


def _is_beside(path: str, checkpoint: str) -> bool:
    """Whether a file is in the folder of the checkpoint or in one below, links followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.dirname(os.path.realpath(checkpoint)))


def train(args: argparse.Namespace) -> None:
    """Corpus → vocabulary and ids → training → file."""
    check_autotune(args)
    from w2v.corpus.vocabulary import Vocabulary
    from w2v.formats.table import format_to_read
    from w2v.formats.vector_files import read_vectors

    job, model, vocab = _train_job(args), _model_to_train(args), None
    _check_steps(job.postprocess, model.config)
    _check_ngrams(job, model.config)
    searched = searched_settings(args, model.config)
    if args.read_vocab:
        vocab = Vocabulary.load(args.read_vocab)
    elif args.extend:
        vocab = model.vocab
    table = None
    if args.init:
        format_to_read(args.init).verify(args.init)
        table = read_vectors(args.init)
    if args.preset:
        log(f"preset {args.preset} changes {differences(preset(args))}")
    for note in args.notes:
        log(f"note: {note}")
    if os.path.exists(job.checkpoint):
        log(f"note: {job.checkpoint} is there, the checkpoint of an unfinished run; this run replaces it, while "
            f"w2v resume {job.checkpoint} would go on from it")  # fmt: skip

    if searched:
        model.config = autotuned(args, job.paths, model, job.cache_dir, searched)

    def begin(corpus: Any) -> Any:
        if args.extend:
            model.extend(corpus.vocab)
        else:
            model.prepare(corpus)
        if table is not None:
            n_shared = model.start_from(table, args.freeze_init)
            state = "and stay as they are" if args.freeze_init else "at first"
            log(f"{n_shared:,} of {len(corpus.vocab):,} words have their vectors from {args.init} {state}")
        if args.save_vocab:
            corpus.vocab.save(args.save_vocab)
        return model.run

    _fit(job, model, vocab, begin, bool(args.extend))


def _model_to_train(args: argparse.Namespace) -> Any:
    """A new model, or the one to extend with the settings that were given."""
    from w2v.phrases.files import load_phrases
    from w2v.training.model import Word2Vec

    if args.freeze_init and not args.init:
        raise ConfigError("--freeze-init freezes the vectors of --init; name these")
    if not args.extend:
        model = Word2Vec.from_config(train_config(args), text_config(args), phrase_config(args))
        if args.read_phrases:
            model.phrases = load_phrases(args.read_phrases)
        return model
    if args.read_vocab or args.init:
        raise ConfigError("--extend takes words and vectors from its model; leave out --read-vocab and --init")
    if args.epochs is None or args.alpha is None:
        raise ConfigError("--extend needs --epochs and --alpha: trained vectors rarely need a whole schedule again")
    model = Word2Vec.load(args.extend)
    model.check_extends()
    check_no_phrases(args)
    model.config = extended_config(model.config, args)
    check_same_text(model.text, args)
    return model


def resume(args: argparse.Namespace) -> None:
    """Finish an interrupted run from its checkpoint."""
    from w2v.corpus.sources import expand_paths
    from w2v.training.model import Word2Vec

    model = Word2Vec.load_checkpoint(args.checkpoint)
    job = Job.of_checkpoint(args.checkpoint, model.job, args.output, args.log)
    if args.corpus:
        job = job._replace(paths=args.corpus)
    if args.threads is not None:
        model.config = dataclasses.replace(model.config, threads=args.threads)
        model.config.check_ranges()
    try:
        _check_job(job)
    except CorpusError as error:
        if not args.corpus:
            error.add_note(f"a corpus that was moved is named so: w2v resume {args.checkpoint} --corpus PATH")
        raise
    _check_steps(job.postprocess, model.config)
    _check_ngrams(job, model.config)
    for path in expand_paths(job.paths):
        if path != STDIN and not os.path.isfile(path):
            raise ConfigError(f"{path!r} is a pipe or a device, whose text does not come again; train anew")
    places = ", ".join("standard input" if path == STDIN else repr(path) for path in job.paths)
    log(f"the text is read from {places}; the vectors go to {job.output!r}")

    def begin(corpus: Any) -> Any:
        model.check_corpus(corpus)
        log(f"going on from {args.checkpoint}: {model.standing()}")
        return model.finish

    _fit(job, model, model.vocab, begin)


def _fit(job: Job, model: Any, vocab: Any, begin: Callable[[Any], Any], extends: bool = False) -> None:
    """Read the corpus, train, and write the vectors. begin: takes the corpus and returns what trains on it."""
    announce(model.config)
    with deferred_signals() as signals:
        _fit_and_save(job, model, vocab, begin, extends, signals)
        show(model.ledger)
        signals.check(f"the training was finished: its vectors are saved in {job.output}")


def _fit_and_save(
    job: Job, model: Any, vocab: Any, begin: Callable[[Any], Any], extends: bool, signals: Signals
) -> None:
    from w2v.formats.vector_files import write_vectors
    from w2v.training.bar import Bar
    from w2v.training.checkpoint import held
    from w2v.training.json_log import JsonLog
    from w2v.training.listeners import Progress, Several
    from w2v.training.progress import Lines

    began = time.monotonic()
    with held(job.checkpoint), JsonLog(job.log) as events:
        events.write("run", version=__version__, resumed=model.is_resumed, corpus=job.paths, output=job.output,
                     config=vars(model.config), text=vars(model.text))  # fmt: skip
        display: Progress = Bar() if sys.stderr.isatty() else Lines()
        progress = Several([display, events.meter()])
        with _encoded(job, model, vocab, extends, signals, progress) as corpus:
            run = begin(corpus)
            checkpoints = model.checkpoints(job.checkpoint, job.checkpoint_every, job.facts(), job.go_on())
            try:
                run(corpus, progress=progress, checkpoints=checkpoints)
            except GaveUp:
                raise
            except Interrupted as stop:
                raise Interrupted(f"{model.standing()}; go on with: {checkpoints.how()}",
                                  stop.signal_number) from None  # fmt: skip
            with checkpoints.saving("the vectors"):
                table = model.to_table()
                write_vectors(job.output, changed(table, job.postprocess) if job.postprocess else table, job.format)
        model.ledger.check()
        events.write("ledger", **model.ledger.facts())
    if job.postprocess:
        log(f"post-processed: {job.postprocess}; w2v convert --trained undoes it")
    log(f"saved {len(model.vocab):,} x {model.config.vector_size} vectors to {job.output} ({job.format}) after "
        f"{time.monotonic() - began:.1f} s")  # fmt: skip


def _check_steps(steps: str, config: Any) -> None:
    """Take the steps on a model of two words, so that what cannot be done is refused before training."""
    from w2v.formats.format import VectorTable

    if steps and config.max_n:
        raise ConfigError(
            f"vectors of unknown words, which are made of n-grams, would stay as they are before {steps}; leave "
            "--max-n or --postprocess out (--postprocess '' where a --preset brings it)"
        )
    n_outputs, size = config.objective.n_output_rows(2), config.vector_size
    vectors, outputs = np.zeros((2, size), np.float32), np.zeros((n_outputs, size), np.float32)
    changed(VectorTable(["a", "b"], vectors, np.ones(2, np.int64), outputs), steps)


def _check_ngrams(job: Job, config: Any) -> None:
    """Refuse n-grams that the output cannot hold, and say where they will be lost."""
    from w2v.corpus.ngrams import ngrams_of
    from w2v.formats.table import FORMATS, format_of

    ngrams, target = ngrams_of(config), format_of(job.output, job.format)
    if ngrams is None:
        return
    target.check_ngrams(job.output, ngrams)
    if not target.keeps_training:
        way = " or ".join(f"-o NAME{one.suffixes[0]}" for one in FORMATS if one.keeps_training)
        log(f"warning: the format {target.name} keeps no n-grams, so that unknown words have no vectors; to keep them: "
            f"{way}")  # fmt: skip


def _train_job(args: argparse.Namespace) -> Job:
    """Refuse what can be refused before the corpus is read."""
    from w2v.cli.info import vector_format
    from w2v.formats.native import relative
    from w2v.formats.table import DEFAULT
    from w2v.training.checkpoint import previous_path

    paths = corpus_paths(args)
    output, target = output_format(args.output or default_output(paths), args.format, args.binary)
    for path in filter(os.path.isfile, paths):
        if kind := vector_format(path):
            what = relative(path) if kind is DEFAULT else None
            usual = f"holds vectors ({kind.name}), not text; open it with nn, analogy, eval, info or convert"
            raise CorpusError(f"{path} {f'is {what}' if what else usual}, and give train a corpus")
    checkpoint = args.checkpoint or f"{output}.checkpoint"
    steps = preset(args).postprocess if args.postprocess is None else args.postprocess
    job = Job(paths, output, target.name, checkpoint, args.checkpoint_every, args.cache_dir, args.log, steps)
    _check_job(job, args.save_vocab)
    kept = [path for path in (args.init, args.extend, args.read_vocab, args.read_phrases) if path]
    written = [path for path in (args.log, args.save_vocab) if path]
    check_distinct((*written, checkpoint, previous_path(checkpoint)), kept, "it is read")
    return job


def _check_job(job: Job, save_vocab: str | None = None) -> None:
    """Refuse what cannot be read or written, before there is work to lose."""
    from w2v.corpus.sources import expand_paths
    from w2v.formats.table import format_of
    from w2v.training.checkpoint import Interval, base_path, previous_path

    format_of(job.output, job.format)
    Interval.parse(job.checkpoint_every)
    checkpoint = base_path(job.checkpoint)
    written = [path for path in (job.output, save_vocab, job.log) if path]
    corpus = expand_paths(job.paths)
    check_outputs([*written, checkpoint], corpus, "it is part of the corpus")
    # A long name leaves no room for the checkpoint before the last, which is kept where it can be.
    check_distinct([*written, previous_path(checkpoint)], corpus, "it is part of the corpus")
    if job.cache_dir and not os.path.isdir(job.cache_dir):
        raise ConfigError(f"--cache-dir {job.cache_dir} is no folder; create it first")


@contextlib.contextmanager
def _encoded(job: Job, model: Any, vocab: Any, extends: bool, signals: Signals, progress: Any) -> Iterator[Any]:
    """The corpus as integers, in a temporary file while the `with` statement lasts; a signal ends the reading."""
    from w2v.compiled.libraries import load_libraries
    from w2v.training.reading import read_corpus

    with signals.at_once():
        load_libraries()
        corpus = read_corpus(model, job.paths, progress, vocab, extends, job.cache_dir)
    with corpus:
        signals.check()
        yield corpus
