"""The command line: one short function per command."""

import argparse
import contextlib
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from signal import SIGINT
from typing import Any, NamedTuple

from w2v import __version__, classify_commands
from w2v.console import answer_all, drop_results, flush_results, log, show
from w2v.errors import ConfigError, CorpusError, W2VError
from w2v.files import check_writable
from w2v.interrupts import terminable
from w2v.keywords import describe
from w2v.options import (
    check_same_text,
    corpus_paths,
    default_output,
    extended_config,
    output_format,
    parse,
    text_config,
    train_config,
)

_OUT_OF_MEMORY = "w2v: error: out of memory; use a smaller --vector-size, --window or --max-vocab"
_SUM_ADVICE = "write a sum as words with signs between them: king - man + woman"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, 2 for bad input (one sentence on standard error), 130 for Ctrl-C, 143
    for SIGTERM."""
    runs = {
        "train": train, "resume": resume, "nn": nn, "analogy": analogy, "eval": evaluate, "info": info,
        "convert": convert, "download": download, "classify train": classify_commands.train,
        "classify predict": classify_commands.predict, "classify test": classify_commands.test,
    }  # fmt: skip
    try:
        args = parse(sys.argv[1:] if arguments is None else list(arguments), runs)
        with terminable():
            args.run(args)
        flush_results()
        return 0
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        drop_results()
        return 0
    except KeyboardInterrupt as stop:
        log(f"\nw2v: {str(stop) or 'interrupted'}")
        return 128 + getattr(stop, "signal_number", SIGINT)
    except MemoryError:
        log(_OUT_OF_MEMORY)
        return 2
    except RuntimeError as error:
        if "start new thread" not in str(error):  # Python's word for a thread whose stack there is no memory for
            raise
        log(_OUT_OF_MEMORY)
        return 2
    except (W2VError, OSError) as error:
        log(f"w2v: error: {error}")
        for note in getattr(error, "__notes__", ()):
            log(f"w2v: {note}")
        return 2


# ---- train -----------------------------------------------------------------------------------------------------------


class _Job(NamedTuple):
    """What `train` was asked for, checked as far as that costs nothing."""

    paths: list[str]
    output: str
    format: str
    checkpoint: str
    checkpoint_every: str
    cache_dir: str | None
    log: str | None

    def facts(self) -> dict[str, Any]:
        """What a checkpoint keeps, so that `resume` can be called from another folder."""
        whole = {"output": self.output, "log": self.log, "cache_dir": self.cache_dir}
        places = {name: path and os.path.abspath(path) for name, path in whole.items()}
        paths = [path if path == "-" else os.path.abspath(path) for path in self.paths]
        return {**self._asdict(), **places, "paths": paths}


def train(args: argparse.Namespace) -> None:
    """Corpus → vocabulary and ids → training → file."""
    from w2v.formats import read_vectors
    from w2v.vocab import Vocabulary

    job, model, vocab = _train_job(args), _model_to_train(args), None
    if args.read_vocab:
        vocab = Vocabulary.load(args.read_vocab)
    elif args.extend:
        vocab = model.vocab
    table = read_vectors(args.init) if args.init else None
    for note in args.notes:
        log(f"note: {note}")
    if os.path.exists(job.checkpoint):
        log(f"note: {job.checkpoint} is there, the checkpoint of an unfinished run; this run replaces it, while "
            f"w2v resume {job.checkpoint} would go on from it")  # fmt: skip

    def begin(corpus: Any) -> Any:
        if args.extend:
            n_old, n_new = len(model.vocab), model.extend(corpus)
            log(f"{n_old:,} words of {args.extend} are kept, {n_new:,} are new")
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
    from w2v.model import Word2Vec

    if args.freeze_init and not args.init:
        raise ConfigError("--freeze-init freezes the vectors of --init; name these")
    if not args.extend:
        return Word2Vec.from_config(train_config(args), text_config(args))
    if args.read_vocab or args.init:
        raise ConfigError("--extend takes words and vectors from its model; leave out --read-vocab and --init")
    if args.epochs is None or args.alpha is None:
        raise ConfigError("--extend needs --epochs and --alpha: trained vectors rarely need a whole schedule again")
    model = Word2Vec.load(args.extend)
    model.check_extends()
    model.config = extended_config(model.config, args)
    check_same_text(model.text, args)
    return model


def resume(args: argparse.Namespace) -> None:
    """Finish an interrupted run from its checkpoint."""
    from w2v.model import Word2Vec

    model = Word2Vec.load_checkpoint(args.checkpoint)
    try:
        job = _Job(**{**model.job, "checkpoint": args.checkpoint})
    except TypeError as error:
        raise ConfigError(
            f"{args.checkpoint} was written by a Python program; finish it there, with Word2Vec.resume"
        ) from error
    if args.threads is not None:
        model.config = dataclasses.replace(model.config, threads=args.threads)
        model.config.validate()
    check_writable(job.output)

    def begin(corpus: Any) -> Any:
        model.check_corpus(corpus)
        log(f"going on from {args.checkpoint}: {model.standing()}")
        return model.finish

    _fit(job, model, model.vocab, begin)


def _fit(job: _Job, model: Any, vocab: Any, begin: Callable[[Any], Any], extends: bool = False) -> None:
    """Read the corpus, train, and write the vectors. begin: takes the corpus and returns what trains on it."""
    from w2v.formats import write_vectors
    from w2v.interrupts import Interrupted
    from w2v.progress import Bar, JsonLog, Lines, Meter, Several

    log(f"w2v {__version__}: {describe(model.config)}")
    began = time.monotonic()
    with JsonLog(job.log) as events:
        events.write("run", version=__version__, corpus=job.paths, output=job.output,
                     config=vars(model.config), text=vars(model.text))  # fmt: skip
        with _encoded(job, model, vocab, extends) as corpus:
            log(f"read {corpus.ledger.n_read:,} tokens, {corpus.n_sentences:,} sentences in "
                f"{time.monotonic() - began:.1f} s; vocabulary {len(corpus.vocab):,} words")  # fmt: skip
            run = begin(corpus)
            n_words = corpus.ledger.n_stream
            display: Meter = Bar(n_words) if sys.stderr.isatty() else Lines(n_words)
            checkpoints = model.checkpoints(job.checkpoint, job.checkpoint_every, job.facts())
            try:
                history = run(corpus, progress=Several([display, events.meter(n_words)]), checkpoints=checkpoints)
            except Interrupted as stop:
                if checkpoints.is_written:
                    raise Interrupted(f"{model.standing()}; go on with: w2v resume {checkpoints.path}",
                                      stop.signal_number) from None  # fmt: skip
                raise
            try:
                write_vectors(job.output, model.to_table(), job.format)
            except W2VError as error:
                with contextlib.suppress(W2VError):
                    checkpoints.write(True)
                    error.add_note(
                        f"nothing is lost: when that is mended, w2v resume {checkpoints.path} saves the vectors"
                    )
                raise
            checkpoints.remove()
            ledger = _ledger(corpus.ledger, history)
        events.write("ledger", **ledger)
    log(f"saved {len(model.vocab):,} x {model.config.vector_size} vectors to {job.output} ({job.format}) after "
        f"{time.monotonic() - began:.1f} s")  # fmt: skip
    _show_ledger(ledger, len(history.epochs))


def _train_job(args: argparse.Namespace) -> _Job:
    """Refuse what can be refused before the corpus is read."""
    from w2v.checkpoint import Interval
    from w2v.info import vector_format
    from w2v.sources import expand_paths

    paths = corpus_paths(args)
    output, format_name = output_format(args.output or default_output(paths), args.format, args.binary)
    for path in filter(os.path.isfile, paths):
        if kind := vector_format(path):
            raise CorpusError(
                f"{path} holds vectors ({kind}), not text; open it with nn, analogy, eval, info or convert, "
                "and give train a corpus"
            )
    files = {os.path.realpath(file) for file in expand_paths(paths)}
    checkpoint = args.checkpoint or f"{output}.checkpoint"
    written = [path for path in (output, args.save_vocab, args.log, checkpoint) if path]
    for path in written:
        if os.path.realpath(path) in files:
            raise ConfigError(f"cannot write {path}: it is part of the corpus; name another file")
        if [os.path.realpath(other) for other in written].count(os.path.realpath(path)) > 1:
            raise ConfigError(f"cannot write {path}: two outputs have this name; give each its own")
        check_writable(path)
    if args.cache_dir and not os.path.isdir(args.cache_dir):
        raise ConfigError(f"--cache-dir {args.cache_dir} is no folder; create it first")
    Interval.parse(args.checkpoint_every)
    return _Job(paths, output, format_name, checkpoint, args.checkpoint_every, args.cache_dir, args.log)


@contextlib.contextmanager
def _encoded(job: _Job, model: Any, vocab: Any, extends: bool) -> Iterator[Any]:
    """The corpus as integers, in a temporary file while the block lasts."""
    from w2v.corpus import encode_corpus
    from w2v.progress import reading_bar

    with reading_bar(job.paths) as report:
        config = model.keeping_all() if vocab is not None and vocab is model.vocab and not extends else model.config
        corpus = encode_corpus(job.paths, model.text, config, vocab, job.cache_dir, report, extends)
    with corpus:
        yield corpus


def _ledger(ledger: Any, history: Any) -> dict[str, Any]:
    """Where every token went: in the last epoch, and in all."""
    n_epochs, last, total = len(history.epochs), history.epochs[-1], history.total
    rows = {
        "read": (ledger.n_read, ledger.n_read * n_epochs),
        "trained": (last.n_trained, total.n_trained),
        "subsampled": (last.n_subsampled, total.n_subsampled),
        "rare": (ledger.n_rare, ledger.n_rare * n_epochs),
        "undecodable": (ledger.n_undecodable, ledger.n_undecodable * n_epochs),
    }
    parts = [sum(column[1:]) for column in zip(*rows.values(), strict=True)]
    if parts != list(rows["read"]):
        raise AssertionError(f"the token ledger does not add up: {rows}")
    return {**rows, "undecodable_bytes": ledger.n_undecodable_bytes, "loss": last.mean_loss}


def _show_ledger(ledger: dict[str, Any], n_epochs: int) -> None:
    every = "1 epoch" if n_epochs == 1 else f"all {n_epochs} epochs"
    show(f"tokens        {'last epoch':>16}  {every:>16}")
    for name, sign in (("read", ""), ("trained", "= "), ("subsampled", "+ "), ("rare", "+ "), ("undecodable", "+ ")):
        show(f"{sign + name:<13} {ledger[name][0]:>16,}  {ledger[name][1]:>16,}")
    if ledger["undecodable_bytes"]:
        show(f"undecodable bytes: {ledger['undecodable_bytes']:,}; --encoding names another encoding, "
             "--errors another rule")  # fmt: skip
    show(f"mean loss per pair in the last epoch: {ledger['loss']:.4f}")


# ---- queries ---------------------------------------------------------------------------------------------------------


def nn(args: argparse.Namespace) -> None:
    """Nearest neighbours of a word, or of the sum of several."""
    vectors = _load(args.model)

    def answer(words: list[str]) -> None:
        keys = _keys(words, vectors)
        found = vectors.most_similar(positive=keys, topn=args.topn, restrict_vocab=args.restrict_vocab)
        if len(words) > 1 and not args.json:
            show(f"neighbours of {' + '.join(words)}")
        _show_neighbours(found, args.json)

    answer_all(args.words, answer, "word (or several, for their sum)")


def analogy(args: argparse.Namespace) -> None:
    """a is to b as c is to ?, by the rule b − a + c; or a sum with signs: king - man + woman."""
    vectors = _load(args.model)
    query = vectors.most_similar if args.method == "3cosadd" else vectors.most_similar_cosmul

    def answer(words: list[str]) -> None:
        positive, negative, rule = _analogy_terms(words)
        found = query(
            positive=_keys(positive, vectors),
            negative=_keys(negative, vectors),
            topn=args.topn,
            restrict_vocab=args.restrict_vocab,
        )
        if not args.json:
            show(rule)
        _show_neighbours(found, args.json)
        if not args.json and args.words and "-" not in words:
            a, b, c = words
            show(f"(for {a} − {b} + {c} give the words as: {b} {a} {c}, or write the sum: {a} - {b} + {c})")

    answer_all(args.words, answer, "a b c for b − a + c, or a sum such as king - man + woman")


def _analogy_terms(words: list[str]) -> tuple[list[str], list[str], str]:
    """(positive words, negative words, the rule in words)."""
    if any(word in ("+", "-") for word in words):
        positive: list[str] = []
        negative: list[str] = []
        for sign, word in zip(["+", *words[1::2]], words[0::2], strict=False):
            if sign not in ("+", "-") or word in ("+", "-"):
                raise ConfigError(_SUM_ADVICE)
            (positive if sign == "+" else negative).append(word)
        if len(words) % 2 == 0 or not positive:
            raise ConfigError(_SUM_ADVICE)
        return positive, negative, " ".join(words).replace(" - ", " − ")
    if len(words) != 3:
        given = f"{len(words)} word{'s were' if len(words) > 1 else ' was'} given"
        raise ConfigError(f"an analogy takes three words a b c, or a sum such as king - man + woman; {given}")
    a, b, c = words
    return [b, c], [a], f"{a} is to {b} as {c} is to ?   ({b} − {a} + {c}, the rule b − a + c)"


def _show_neighbours(found: Sequence[tuple[str, float]], as_json: bool) -> None:
    if as_json:
        show(json.dumps([[key, round(score, 6)] for key, score in found], ensure_ascii=False))
        return
    width = max((len(str(key)) for key, _ in found), default=0)
    for key, score in found:
        show(f"  {key!s:<{width}}  {score:.4f}")


def _load(path: str) -> Any:
    from w2v.vectors import KeyedVectors

    return KeyedVectors.load(path)


def _keys(words: Sequence[str], vectors: Any) -> list[Any]:
    """Words as the keys they are: a model of integer ids has integers."""
    whole = len(vectors) > 0 and not isinstance(vectors.index_to_key[0], str)
    return [int(word) if whole and word.lstrip("-").isdecimal() else word for word in words]


# ---- eval ------------------------------------------------------------------------------------------------------------


def evaluate(args: argparse.Namespace) -> None:
    """Score vectors on analogy questions and word similarity files."""
    from w2v import evaluate as evaluation

    jobs = []
    for path in args.files:  # read all before the first is scored
        kind = evaluation.sniff_evaluation_file(path)
        reader: Any = evaluation.read_questions if kind == "analogies" else evaluation.read_similarity
        jobs.append((path, kind, reader(path)))
    vectors = _load(args.model)
    results = []
    rules = dict(
        restrict_vocab=args.restrict_vocab, case_insensitive=not args.case_sensitive, dummy4unknown=args.dummy4unknown
    )
    for path, kind, items in jobs:
        if kind == "analogies":
            report: Any = evaluation.evaluate_analogies(
                vectors.index_to_key, vectors.vectors, items, similarity=args.method, **rules
            )
        else:
            report = evaluation.evaluate_similarity(vectors.index_to_key, vectors.vectors, items, **rules)
        results.append({"file": os.fspath(path), "kind": kind, **report.to_dict()})
        if not args.json:
            show(f"{path}\n{report}\n")
            flush_results()
    if args.json:
        show(json.dumps({"model": os.fspath(args.model), "results": results}, indent=2, ensure_ascii=False))


# ---- info, convert, download -----------------------------------------------------------------------------------------


def info(args: argparse.Namespace) -> None:
    """What models and corpora hold."""
    from w2v.info import describe_file

    config, text = train_config(args), text_config(args)
    for number, path in enumerate(args.paths):
        if number:
            show()
        for line in describe_file(path, config, text):
            show(line)
            flush_results()


def convert(args: argparse.Namespace) -> None:
    """Read vectors in any format and write them in another."""
    from w2v.container import verify_container
    from w2v.formats import read_vectors, sniff_format, write_vectors

    output, format_name = output_format(args.output, args.format)
    check_writable(output)
    if (args.input_format or sniff_format(args.model)) == "w2v":
        verify_container(args.model)
    table = read_vectors(args.model, args.input_format, args.limit, args.encoding, args.errors)
    write_vectors(output, table, format_name)
    n_words, size = table.vectors.shape
    lost = (
        "; training cannot go on from this format" if table.output_vectors is not None and format_name != "w2v" else ""
    )
    log(f"wrote {n_words:,} x {size} vectors to {output} ({format_name}){lost}")


def download(args: argparse.Namespace) -> None:
    """Fetch a public corpus or evaluation set, or list those known."""
    from w2v import datasets

    if args.name:
        show(datasets.download(args.name, args.folder, args.url))
        return
    for name, dataset in sorted(datasets.registry().items()):
        size = f"{dataset.size / 1e6:,.1f} MB" if dataset.size else "size unknown"
        show(f"{name:20} {dataset.kind:11} {size:>14}  {dataset.title} ({dataset.licence})")
