"""The commands `train` and `resume`: corpus → vocabulary and ids → training → file."""

import argparse
import contextlib
import dataclasses
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from w2v import __version__
from w2v.cli.autotune import autotuned, check_autotune, searched_settings
from w2v.cli.file_commands import changed
from w2v.cli.job import STARTS, Job, checkpoint_beside
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
from w2v.system.remote import is_remote
from w2v.training.keywords import announce

Begin = Callable[[Any, Any], Any]  # takes a model and its corpus, and returns what trains on it


def train(args: argparse.Namespace) -> None:
    """Corpus → vocabulary and ids → training → file."""
    check_autotune(args)
    if args.cluster:
        from w2v.cli import cluster_command

        cluster_command.train(args)
        return
    if args.work_dir or args.slices or args.rounds or args.gain is not None:
        raise ConfigError("--work-dir, --slices, --rounds and --gain are for training on a --cluster; name one")
    from w2v.corpus.vocabulary import Vocabulary

    model, vocab = _model_to_train(args), None
    job = _train_job(args, model.config.seed)
    _check_steps(job.postprocess, model.config)
    _check_ngrams(job, model.config)
    searched = searched_settings(args, model.config)
    if args.read_vocab:
        vocab = Vocabulary.load(args.read_vocab)
    elif args.extend:
        vocab = model.vocab
    start = _starting(job)
    if args.preset:
        log(f"preset {args.preset} changes {differences(preset(args))}")
    for note in args.notes:
        log(f"note: {note}")
    for path in filter(os.path.exists, [job.checkpoint, *map(checkpoint_beside, job.outputs()[1:])]):
        log(f"note: {path} is there, the checkpoint of an unfinished run; this run replaces it, while "
            f"w2v resume {path} would go on from it")  # fmt: skip

    if searched:
        model.config = autotuned(args, job.paths, model, job.cache_dir, searched)

    def begin(model: Any, corpus: Any) -> Any:
        if args.save_vocab:
            corpus.vocab.save(args.save_vocab)
        if args.extend:
            model.extend(corpus.vocab)
            return model.run
        return start(model, corpus)

    _fit(job, model, vocab, begin, bool(args.extend))


def _starting(job: Job) -> Begin:
    """How a new run of a job begins: from random vectors, or those of its other file, which is read here, and once."""
    from w2v.formats.table import format_to_read
    from w2v.formats.vector_files import read_vectors

    table = None
    if job.init:
        format_to_read(job.init).verify(job.init)
        table = read_vectors(job.init)

    def begin(model: Any, corpus: Any) -> Any:
        model.prepare(corpus)
        if table is not None and job.init_for == "compass":
            n_shared = model.start_from_compass(table)
            log(f"{n_shared:,} of {len(corpus.vocab):,} words are told from each other by {job.init}")
        elif table is not None:
            n_shared = model.start_from(table, job.init_for == "freeze")
            state = "and stay as they are" if job.init_for == "freeze" else "at first"
            log(f"{n_shared:,} of {len(corpus.vocab):,} words have their vectors from {job.init} {state}")
        return model.run

    return begin


def _model_to_train(args: argparse.Namespace) -> Any:
    """A new model, or the one to extend with the settings that were given."""
    from w2v.phrases.files import load_phrases
    from w2v.training.model import Word2Vec

    if args.freeze_init and not args.init:
        raise ConfigError("--freeze-init freezes the vectors of --init; name these")
    if args.compass and (args.init or args.extend):
        raise ConfigError("--compass says where training starts; leave out --init and --extend")
    if args.runs and (args.extend or args.checkpoint):
        raise ConfigError("the runs of a set begin anew, each with a checkpoint beside its output; leave out --extend "
                          "and --checkpoint, or --runs")  # fmt: skip
    if not args.runs and (args.bootstrap or args.mean):
        raise ConfigError(f"--{'bootstrap' if args.bootstrap else 'mean'} is about a set of runs; add --runs 5")
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
    model.text = dataclasses.replace(model.text, text_column=args.text_column)
    return model


def resume(args: argparse.Namespace) -> None:
    """Finish an interrupted run from its checkpoint."""
    if os.path.isdir(args.checkpoint):
        from w2v.cli import cluster_command

        cluster_command.resume(args)
        return
    if args.cluster:
        raise ConfigError(f"{args.checkpoint} is a checkpoint of one machine; leave --cluster out")
    from w2v.corpus.sources import expand_paths
    from w2v.training.model import Word2Vec

    model = Word2Vec.load_checkpoint(args.checkpoint)
    job = Job.of_checkpoint(args.checkpoint, model.job, args.output, args.log)
    if job.seeds and model.config.seed not in job.seeds:
        raise FormatError(f"{args.checkpoint} is of no run of its set; the file is damaged")
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
        if path != STDIN and not is_remote(path) and not os.path.isfile(path):
            raise ConfigError(f"{path!r} is a pipe or a device, whose text does not come again; train anew")
    places = ", ".join("standard input" if path == STDIN else repr(path) for path in job.paths)
    log(f"the text is read from {places}; the vectors go to {job.output_of(model.config.seed)!r}")

    def begin(model: Any, corpus: Any) -> Any:
        model.check_corpus(corpus)
        log(f"going on from {args.checkpoint}: {model.standing()}")
        return model.finish

    _fit(job, model, model.vocab, begin)


def _fit(job: Job, model: Any, vocab: Any, begin: Begin, extends: bool = False) -> None:
    """Read the corpus, train, and write the vectors; of a set all runs, from that of the model on."""
    announce(model.config)
    with deferred_signals() as signals:
        _fit_and_save(job, model, vocab, begin, extends, signals)
        if not job.seeds:
            show(model.ledger)
        outputs = job.pattern() if job.seeds else job.output
        signals.check(f"the training was finished: its vectors are saved in {outputs}")


def _fit_and_save(job: Job, model: Any, vocab: Any, begin: Begin, extends: bool, signals: Signals) -> None:
    from w2v.training.checkpoint import held
    from w2v.training.json_log import JsonLog
    from w2v.training.model import Word2Vec

    with held(job.checkpoint), JsonLog(job.log) as events:
        began, progress = time.monotonic(), _told(events, job, model)
        with _encoded(job, model, vocab, extends, signals, progress) as corpus:
            _train_and_save(job, model, corpus, begin, progress, events, began)
            left = job.seeds[job.seeds.index(model.config.seed) + 1 :] if job.seeds else ()
            start = _starting(job) if left else begin
            for seed in left:
                job, before = job.after(model.config.seed), model
                config = dataclasses.replace(before.config, seed=seed)
                model = Word2Vec.from_config(config, before.text, before.phrase_config)
                model.phrases = before.phrases
                with held(job.checkpoint):
                    began, progress = time.monotonic(), _told(events, job, model)
                    _train_and_save(job, model, corpus, start, progress, events, began)
    if job.mean:
        _save_mean(job)


def _told(events: Any, job: Job, model: Any) -> Any:
    """Who is told of a run: the log, whose first event is written, and the screen."""
    from w2v.training.bar import Bar
    from w2v.training.listeners import Progress, Several
    from w2v.training.progress import Lines

    events.write("run", version=__version__, resumed=model.is_resumed, corpus=job.paths,
                 output=job.output_of(model.config.seed), config=vars(model.config), text=vars(model.text))  # fmt: skip
    if len(job.seeds) > 1:
        log(f"run {job.seeds.index(model.config.seed) + 1} of {len(job.seeds)}, seed {model.config.seed}")
    display: Progress = Bar() if sys.stderr.isatty() else Lines()
    return Several([display, events.meter()])


def _train_and_save(job: Job, model: Any, corpus: Any, begin: Begin, progress: Any, events: Any, began: float) -> None:
    """One run on an encoded corpus. began: when, on the monotonic clock."""
    from w2v.corpus.bootstrap import resampled
    from w2v.formats.vector_files import write_vectors

    output = job.output_of(model.config.seed)
    own = resampled(corpus, job.bootstrap, model.config.seed, job.cache_dir) if job.bootstrap else None
    with own or contextlib.nullcontext(corpus) as corpus:
        run = begin(model, corpus)
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
            if job.init_for == "compass":
                table = table._replace(vectors=table.output_vectors, output_vectors=table.vectors)
            write_vectors(output, changed(table, job.postprocess) if job.postprocess else table, job.format)
    model.ledger.check()
    events.write("ledger", **model.ledger.facts())
    if job.postprocess:
        log(f"post-processed: {job.postprocess}; w2v convert --trained undoes it")
    log(f"saved {len(model.vocab):,} x {model.config.vector_size} vectors to {output} ({job.format}) after "
        f"{time.monotonic() - began:.1f} s")  # fmt: skip
    if job.seeds:
        show(f"{output}, all epochs: {model.ledger.total}")


def _save_mean(job: Job) -> None:
    """Write the mean of a set's runs."""
    from w2v.evaluation.alignment import mean_of
    from w2v.formats.vector_files import read_vectors, write_vectors

    tables = [read_vectors(path) for path in job.outputs()]
    trained = [changed(table, "", trained=True) for table in tables] if job.postprocess else tables
    table = mean_of(trained)
    write_vectors(job.output, changed(table, job.postprocess) if job.postprocess else table, job.format)
    log(f"saved the mean of {len(tables)} runs to {job.output} ({job.format})")


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


def _train_job(args: argparse.Namespace, seed: int) -> Job:
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
    steps = preset(args).postprocess if args.postprocess is None else args.postprocess
    seeds = range(seed, seed + args.runs) if args.runs else ()
    use = STARTS[2] if args.compass else STARTS[1] if args.freeze_init else STARTS[0]
    often = "10m" if args.checkpoint_every is None else args.checkpoint_every
    job = Job(paths, output, target.name, args.checkpoint or "", often, args.cache_dir,
              args.log, steps, seeds, args.bootstrap or "", args.mean, args.compass or args.init, use)  # fmt: skip
    checkpoint = args.checkpoint or checkpoint_beside(job.outputs()[0])
    job = job._replace(checkpoint=checkpoint)
    _check_job(job, args.save_vocab)
    kept = [path for path in (job.init, args.extend, args.read_vocab, args.read_phrases) if path]
    written = [path for path in (args.log, args.save_vocab) if path]
    written += [*job.written()] if job.seeds else []
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
    written = [*job.written(), *(path for path in (save_vocab, job.log) if path)]
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
