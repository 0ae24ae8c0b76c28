"""The command line: one short function per command. Options of `train` are made from `TrainConfig` and `TextConfig`."""

import argparse
import contextlib
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from w2v import __version__
from w2v.config import TextConfig, TrainConfig
from w2v.errors import ConfigError, W2VError
from w2v.files import check_writable

_DESCRIPTION = "Train word vectors, ask them for neighbours and analogies, and score them."
_RESTRICT_HELP = "look only among the N commonest words"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, 2 for bad input (one sentence on standard error), 130 for Ctrl-C."""
    parser = make_parser()
    args = parser.parse_args(_spelled_out(sys.argv[1:] if arguments is None else list(arguments)))
    try:
        args.run(args)
        sys.stdout.flush()
        return 0
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as stop:
        log(f"\nw2v: {stop or 'interrupted'}")
        return 130
    except (W2VError, OSError, MemoryError) as error:
        log(f"w2v: error: {error if str(error) else 'out of memory; use a smaller --vector-size or --max-vocab'}")
        return 2


def log(line: str) -> None:
    """A line on standard error; standard output is for results."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def show(line: object = "") -> None:
    """A line of the result."""
    sys.stdout.write(f"{line}\n")


# ---- train -----------------------------------------------------------------------------------------------------------


def train(args: argparse.Namespace) -> None:
    """Corpus → vocabulary and ids → training → file."""
    config, text = train_config(args), text_config(args)
    config.validate()
    text.validate()
    output, format_name = _output(args)
    for path in filter(None, (output, args.save_vocab, args.log)):
        check_writable(path)
    log(f"w2v {__version__}: {describe(config)}")

    from w2v import kernels, progress
    from w2v.corpus import encode_corpus
    from w2v.formats import write_vectors
    from w2v.model import Word2Vec
    from w2v.trainer import Interrupted
    from w2v.vocab import Vocabulary

    vocab = Vocabulary.load(args.read_vocab) if args.read_vocab else None
    events = progress.JsonLog(args.log) if args.log else None
    display: Any = progress.Bar() if sys.stderr.isatty() else progress.Lines()
    began = time.monotonic()
    with _reading_bar(args.corpus) as report:
        corpus = encode_corpus(args.corpus, text, config, vocab, args.cache_dir, report)
    with corpus:
        model = Word2Vec.from_config(config, text)
        model.prepare(corpus)
        log(
            f"read {corpus.ledger.n_read:,} tokens, {corpus.n_sentences:,} sentences in "
            f"{time.monotonic() - began:.1f} s; "
            f"vocabulary {len(corpus.vocab):,} words"
        )
        if args.save_vocab:
            corpus.vocab.save(args.save_vocab)
        if not kernels.is_compiled():
            log("compiling the training kernel (first run only, some 10 s) ...")
        try:
            history = model.run(corpus, progress=progress.Several([display, events]) if events else display)
        except Interrupted:
            part = Path(output).with_suffix(".interrupted.w2v")
            model.save(part)
            raise KeyboardInterrupt(f"interrupted; the vectors as they are now were saved to {part}") from None
        write_vectors(output, model.to_table(), format_name)
        ledger = _ledger(corpus.ledger, history)
        if events:
            events.write("ledger", **ledger)
        log(
            f"saved {len(corpus.vocab):,} x {config.vector_size} vectors to {output} after "
            f"{time.monotonic() - began:.1f} s"
        )
        _show_ledger(ledger, len(history.epochs))


def describe(config: TrainConfig) -> str:
    """What will be trained, in one line."""
    objective = {
        "ns": f"negative sampling (K = {config.negative}, per {config.negative_sharing})",
        "hs": "hierarchical softmax",
        "softmax": "full softmax",
        "sampled": f"sampled softmax (K = {config.negative})",
    }[config.loss]
    mean = f" ({'mean' if config.cbow_mean else 'sum'}, {config.cbow_update} update)" if config.model == "cbow" else ""
    reproducible = "the same bytes again with this seed" if config.n_threads == 1 else "not bit-reproducible"
    return (
        f"{'CBOW' if config.model == 'cbow' else 'skip-gram'}{mean} with {objective}, {config.vector_size} dimensions, "
        f"window {config.window}, alpha {config.start_alpha:g} to {config.min_alpha:g}, {config.epochs} epochs, "
        f"seed {config.seed}, threads {config.n_threads} ({reproducible})"
    )


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
    show(f"tokens        {'last epoch':>16}  {f'all {n_epochs} epochs':>16}")
    for name, sign in (("read", ""), ("trained", "= "), ("subsampled", "+ "), ("rare", "+ "), ("undecodable", "+ ")):
        show(f"{sign + name:<13} {ledger[name][0]:>16,}  {ledger[name][1]:>16,}")
    if ledger["undecodable_bytes"]:
        show(
            f"undecodable bytes: {ledger['undecodable_bytes']:,}; --encoding names another encoding, "
            "--errors another rule"
        )
    show(f"mean loss per pair in the last epoch: {ledger['loss']:.4f}")


def _output(args: argparse.Namespace) -> tuple[str, str]:
    """The output path and its format, refused now if the format is unknown."""
    from w2v.formats import format_of

    first = os.fspath(args.corpus[0])
    stem = (
        "vectors"
        if first == "-" or any(sign in first for sign in "*?[")
        else Path(first.rstrip("/")).name.split(".")[0]
    )
    output = args.output or f"{stem or 'vectors'}.w2v"
    return output, format_of(output, args.format or ("word2vec-binary" if args.binary else None))


@contextlib.contextmanager
def _reading_bar(paths: Sequence[str]) -> Any:
    """A progress bar over bytes read; only on a terminal."""
    from tqdm import tqdm

    sizes = [os.path.getsize(path) if os.path.isfile(path) else 0 for path in paths]
    total = (
        sum(sizes) if all(sizes) and not any(path.endswith((".gz", ".bz2", ".xz", ".zst")) for path in paths) else None
    )
    hidden = not sys.stderr.isatty()
    with tqdm(
        total=total, unit="B", unit_scale=True, desc="reading", disable=hidden, dynamic_ncols=True, leave=False
    ) as bar:
        yield bar.update


# ---- queries ---------------------------------------------------------------------------------------------------------


def nn(args: argparse.Namespace) -> None:
    """Nearest neighbours of a word, or of the sum of several."""
    vectors = _load(args)

    def answer(words: list[str]) -> None:
        if len(words) > 1:
            show(f"neighbours of {' + '.join(words)}")
        _show_neighbours(
            vectors.most_similar(positive=words, topn=args.topn, restrict_vocab=args.restrict_vocab), args.json
        )

    _ask(args.words, answer, "word (or several, for their sum)")


def analogy(args: argparse.Namespace) -> None:
    """a is to b as c is to ?, by the rule b − a + c; or a sum with signs: king - man + woman."""
    vectors = _load(args)
    query = vectors.most_similar if args.method == "3cosadd" else vectors.most_similar_cosmul

    def answer(words: list[str]) -> None:
        positive, negative, rule = _analogy_terms(words)
        if not args.json:
            show(rule)
        found = query(positive=positive, negative=negative, topn=args.topn, restrict_vocab=args.restrict_vocab)
        _show_neighbours(found, args.json)

    _ask(args.words, answer, "a b c for b − a + c, or king - man + woman")


def _analogy_terms(words: list[str]) -> tuple[list[str], list[str], str]:
    """(positive words, negative words, the rule in words)."""
    if any(word in "+-" for word in words):
        positive: list[str] = []
        negative: list[str] = []
        for sign, word in zip(["+", *words[1::2]], words[0::2], strict=False):
            if sign not in ("+", "-") or word in ("+", "-"):
                raise ConfigError("write a sum as words with signs between them: king - man + woman")
            (positive if sign == "+" else negative).append(word)
        if len(words) % 2 == 0 or not positive:
            raise ConfigError("write a sum as words with signs between them: king - man + woman")
        return positive, negative, " ".join(words).replace(" - ", " − ")
    if len(words) != 3:
        raise ConfigError(
            f"an analogy takes three words a b c, or a sum such as king - man + woman; {len(words)} were given"
        )
    a, b, c = words
    return [b, c], [a], f"{a} is to {b} as {c} is to ?   ({b} − {a} + {c}, the rule b − a + c)"


def _show_neighbours(found: Sequence[tuple[str, float]], as_json: bool) -> None:
    if as_json:
        show(json.dumps([[key, round(score, 6)] for key, score in found], ensure_ascii=False))
        return
    width = max((len(str(key)) for key, _ in found), default=0)
    for key, score in found:
        show(f"  {key!s:<{width}}  {score:.4f}")


def _ask(words: list[str], answer: Callable[[list[str]], None], what: str) -> None:
    """Answer the words given, or those typed at a prompt until it is closed; a mistake there does not end it."""
    if words:
        answer(words)
        return
    interactive = sys.stdin.isatty()
    with _history() if interactive else contextlib.nullcontext():
        if interactive:
            log(f"{what}; Ctrl-D ends")
        while True:
            try:
                line = input("> " if interactive else "").split()
            except EOFError:
                return
            if line:
                try:
                    answer(line)
                except W2VError as error:
                    log(f"w2v: {error}")


@contextlib.contextmanager
def _history() -> Any:
    """Line editing with a history that is kept between sessions."""
    try:
        import readline
    except ImportError:  # Windows
        yield
        return
    folder = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "w2v"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        readline.read_history_file(folder / "history")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.set_history_length(1000)
            readline.write_history_file(folder / "history")


def _load(args: argparse.Namespace) -> Any:
    from w2v.vectors import KeyedVectors

    return KeyedVectors.load(args.model)


# ---- eval ------------------------------------------------------------------------------------------------------------


def evaluate(args: argparse.Namespace) -> None:
    """Score vectors on analogy questions and word similarity files."""
    from w2v import evaluate as evaluation

    jobs = []
    for path in args.files:  # read all before the first is scored
        kind = evaluation.sniff_evaluation_file(path)
        reader: Any = evaluation.read_questions if kind == "analogies" else evaluation.read_similarity
        jobs.append((path, kind, reader(path)))
    vectors = _load(args)
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
    if args.json:
        show(json.dumps({"model": os.fspath(args.model), "results": results}, indent=2, ensure_ascii=False))


# ---- info, convert, download -----------------------------------------------------------------------------------------


def info(args: argparse.Namespace) -> None:
    """What a model or a corpus holds."""
    from w2v import info as facts

    for path in args.paths:
        show(facts.describe_file(path, args, text_config(args)))


def convert(args: argparse.Namespace) -> None:
    """Read vectors in any format and write them in another."""
    from w2v.formats import format_of, read_vectors, write_vectors

    check_writable(args.output)
    format_name = format_of(args.output, args.format)
    table = read_vectors(args.model, args.input_format, args.limit, args.encoding, args.errors)
    write_vectors(args.output, table, format_name)
    log(f"wrote {table.vectors.shape[0]:,} x {table.vectors.shape[1]} vectors to {args.output} ({format_name})")


def download(args: argparse.Namespace) -> None:
    """Fetch a public corpus or evaluation set, or list those known."""
    from w2v import datasets

    if args.name:
        show(datasets.download(args.name, args.folder, args.url))
        return
    for name, dataset in sorted(datasets.registry().items()):
        size = f"{dataset.size / 1e6:,.1f} MB" if dataset.size else "size unknown"
        show(f"{name:20} {dataset.kind:11} {size:>14}  {dataset.title} ({dataset.licence})")


# ---- options ---------------------------------------------------------------------------------------------------------


def make_parser() -> argparse.ArgumentParser:
    """All commands and options."""
    parser = argparse.ArgumentParser(prog="w2v", description=_DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"w2v {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], None], help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
        made.set_defaults(run=run)
        return made

    _train_options(command("train", train, "train vectors on a corpus"))
    asking = command("nn", nn, "nearest neighbours of a word; a prompt when no word is given")
    _query_options(asking, "words, whose vectors are added")
    asking = command(
        "analogy", analogy, "a is to b as c is to ?: the words nearest to b − a + c; a prompt when none are given"
    )
    _query_options(asking, "three words a b c, or a sum: king - man + woman")
    asking.add_argument("--method", choices=("3cosadd", "3cosmul"), default="3cosadd", help="default 3cosadd")
    _eval_options(command("eval", evaluate, "score vectors on analogy questions and word similarity"))
    about = command(
        "info", info, "sizes of a model or corpus, what each --min-count would keep, memory and time needed"
    )
    about.add_argument("paths", nargs="+", metavar="PATH", help="a vector file or a corpus")
    _config_options(about, TextConfig)
    _config_options(about, TrainConfig)
    _convert_options(command("convert", convert, "read vectors in any format, write them in another"))
    fetch = command("download", download, "fetch a public corpus or evaluation set; without a name, list them")
    fetch.add_argument("name", nargs="?", metavar="NAME")
    fetch.add_argument("--folder", help="where to keep it; default: the user's cache folder, or $W2V_DATA")
    fetch.add_argument("--url", help="fetch from a mirror; the checksum must be the same")
    return parser


def _train_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "corpus", nargs="*", metavar="CORPUS", help="files, folders or patterns, compressed or not; - is standard input"
    )
    parser.add_argument("-train", "-input", dest="train_file", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument(
        "-o", "--output", "-output", metavar="OUT", help="where the vectors go; default CORPUS.w2v in this folder. "
        "The suffix names the format: .w2v native (training can go on), .bin word2vec binary, .txt or .vec text, .glove"
    )  # fmt: skip
    parser.add_argument(
        "--format", metavar="NAME", help="w2v, word2vec-binary, word2vec-text or glove, whatever the suffix"
    )
    parser.add_argument("-binary", type=int, choices=(0, 1), default=0, help=argparse.SUPPRESS)
    parser.add_argument(
        "--save-vocab", "-save-vocab", metavar="FILE", help="write the vocabulary: lines of word and count"
    )
    parser.add_argument(
        "--read-vocab", "-read-vocab", metavar="FILE", help="take the vocabulary from FILE instead of counting"
    )
    parser.add_argument(
        "--cache-dir", metavar="FOLDER", help="where the encoded corpus lies while training (4 to 8 bytes a token)"
    )
    parser.add_argument("--log", metavar="FILE", help="append progress as JSON lines")
    parser.add_argument("-cbow", type=int, choices=(0, 1), help=argparse.SUPPRESS)
    parser.add_argument("--sg", "-sg", type=int, choices=(0, 1), help=argparse.SUPPRESS)
    parser.add_argument("--hs", "-hs", type=int, choices=(0, 1), help=argparse.SUPPRESS)
    _config_options(parser.add_argument_group("model and training"), TrainConfig)
    _config_options(parser.add_argument_group("text"), TextConfig)


def _config_options(parser: Any, kind: type) -> None:
    """One option per field; the default is None, so that what was given can be told from what was not."""
    for item in dataclasses.fields(kind):
        facts, names = item.metadata, [f"--{item.name.replace('_', '-')}", *item.metadata["aliases"]]
        settings: dict[str, Any] = {"dest": item.name, "default": None, "help": _help(item)}
        if isinstance(item.default, bool):
            settings["action"] = argparse.BooleanOptionalAction
        elif facts["choices"]:
            settings["choices"] = facts["choices"]
        else:
            whole = "int" in str(item.type)
            settings["type"] = int if whole else float if "float" in str(item.type) else str
            settings["metavar"] = "N" if whole else "X" if settings["type"] is float else "NAME"
        parser.add_argument(*names, **settings)


def _help(item: Any) -> str:
    default = (
        ""
        if item.default is None
        else f" (default {'on' if item.default is True else 'off' if item.default is False else item.default})"
    )
    return (item.metadata["help"] + default).replace("%", "%%")


def _query_options(parser: argparse.ArgumentParser, words_help: str) -> None:
    parser.add_argument("model", metavar="MODEL", help="a vector file of any format")
    parser.add_argument("words", nargs="*", metavar="WORD", help=words_help)
    parser.add_argument("-n", "--topn", type=_positive, default=10, metavar="N", help="how many to show (default 10)")
    parser.add_argument("--restrict-vocab", type=_positive, metavar="N", help=_RESTRICT_HELP)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _eval_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a vector file of any format")
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="analogy questions (questions-words.txt format) or word similarities"
    )
    parser.add_argument(
        "--restrict-vocab", type=_positive, default=300_000, metavar="N", help=f"{_RESTRICT_HELP} (default 300,000)"
    )
    parser.add_argument(
        "--method", choices=("3cosadd", "3cosmul"), default="3cosadd", help="analogy rule (default 3cosadd)"
    )
    parser.add_argument("--case-sensitive", action="store_true", help="king and King are different words")
    parser.add_argument(
        "--dummy4unknown", action="store_true", help="count questions with unknown words as wrong, pairs as 0"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _convert_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="IN", help="a vector file of any format")
    parser.add_argument("output", metavar="OUT", help="the new file; its suffix names the format")
    parser.add_argument("--format", metavar="NAME", help="format of OUT: w2v, word2vec-binary, word2vec-text or glove")
    parser.add_argument("--input-format", metavar="NAME", help="format of IN; default: told by its bytes")
    parser.add_argument("--limit", type=_positive, metavar="N", help="take only the first N words")
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the words in IN (default utf-8)")
    parser.add_argument(
        "--errors", choices=("strict", "replace", "ignore"), default="strict", help="for words that cannot be decoded"
    )


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def train_config(args: argparse.Namespace) -> TrainConfig:
    """The options given → configuration; word2vec.c's switches count too, unless they contradict."""
    if getattr(args, "train_file", None):
        args.corpus = [args.train_file, *args.corpus]
    if not getattr(args, "corpus", True):
        raise ConfigError("no corpus was given; name a file, a folder, or - for standard input")
    given = _given(args, TrainConfig)
    for flag, name, values in (
        ("cbow", "model", ("sg", "cbow")),
        ("sg", "model", ("cbow", "sg")),
        ("hs", "loss", ("ns", "hs")),
    ):
        value = getattr(args, flag, None)
        if value is not None and given.setdefault(name, values[value]) != values[value]:
            raise ConfigError(f"-{flag} {value} contradicts --{name} {given[name]}; give one of them")
    if getattr(args, "hs", None) and given.get("negative"):
        raise ConfigError(
            "-hs 1 and -negative above 0 ask for two objectives at once; give -negative 0, or leave -hs out"
        )
    if given.get("negative") == 0 and given.get("loss", "ns") == "ns":
        raise ConfigError("--negative 0 leaves negative sampling without samples; give --loss hs, or --negative 5")
    return TrainConfig(**given)


def text_config(args: argparse.Namespace) -> TextConfig:
    """The options given → configuration."""
    return TextConfig(**_given(args, TextConfig))


def _given(args: argparse.Namespace, kind: type) -> dict[str, Any]:
    values = {item.name: getattr(args, item.name, None) for item in dataclasses.fields(kind)}
    return {name: value for name, value in values.items() if value is not None}


def _spelled_out(arguments: list[str]) -> list[str]:
    """argparse takes `-1e-4` for an option; glue such a value to the option before it, so that validation can refuse
    it."""
    glued: list[str] = []
    for argument in arguments:
        numeric = argument[:1] == "-" and argument[1:2] in "0123456789." and len(argument) > 1
        if numeric and glued and glued[-1].startswith("--") and "=" not in glued[-1]:
            glued[-1] += "=" + argument
        else:
            glued.append(argument)
    return glued
