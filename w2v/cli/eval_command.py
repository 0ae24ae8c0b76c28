"""`w2v eval`: what vectors are worth."""

import argparse
import glob
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from w2v.errors import ConfigError, FormatError, W2VError
from w2v.evaluation.answering import Rules
from w2v.evaluation.benchmarks import Benchmark, read_benchmark
from w2v.evaluation.evaluate import scored
from w2v.evaluation.kinds import answer
from w2v.evaluation.resampling import Resampling
from w2v.evaluation.scores import FileScores
from w2v.evaluation.tables import latex, markdown, shown
from w2v.formats.table import sniff_format
from w2v.system.console import flush_results, show
from w2v.vectors.keyed_vectors import KeyedVectors


def evaluate(args: argparse.Namespace) -> None:
    """Score models on evaluation files, with intervals; compare each two of them."""
    how = Resampling(args.resamples, args.seed)
    how.check()
    models, paths = _told_apart([args.model, *args.files], args.runs)
    benchmarks = [read_benchmark(path) for path in paths]  # read all before the first is scored
    vectors = {name: [KeyedVectors.load(path) for path in runs] for name, runs in models.items()}
    rules = Rules(args.restrict_vocab, not args.case_sensitive, args.method, args.dummy4unknown, args.hidden)
    form = markdown if args.markdown else latex if args.latex else shown
    results = []
    for benchmark in benchmarks:
        answers = {
            name: tuple(
                answer(benchmark if args.as_written else as_trained(benchmark, run), run, rules) for run in runs
            )
            for name, runs in vectors.items()
        }
        results.append(scored(benchmark, answers, rules, how))
        if not args.json:
            show(form(results[-1]) + "\n")
            flush_results()
    if args.json:
        show(_json(args, models, results, how))


def as_trained(benchmark: Benchmark, vectors: KeyedVectors) -> Benchmark:
    """The same, each word as training had it where that is one word."""

    def read(word: str) -> str:
        tokens = vectors.as_trained(word)
        return tokens[0] if len(tokens) == 1 else word

    return benchmark.reworded(read)


def _json(args: argparse.Namespace, models: dict[str, list[str]], results: list[FileScores], how: Resampling) -> str:
    only = {"model": os.fspath(args.model)} if [*models.values()] == [[args.model]] else {}
    found = {
        **only,
        "models": models,
        "level": 0.95,
        "resamples": how.n,
        "seed": how.seed,
        "results": [result.to_dict() for result in results],
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


# ---- models and files


def _told_apart(arguments: list[str], is_one_model: bool) -> tuple[dict[str, list[str]], list[str]]:
    """Models (name → its runs) and evaluation files. The first argument is a model, the others are what is in them; a
    pattern that matches vector files stands for the runs of one model.

    Raises `ConfigError` where no file is left.
    """
    groups: list[tuple[str, list[str]]] = []
    files: list[str] = []
    for place, argument in enumerate(arguments):
        matches = [argument] if os.path.lexists(argument) else sorted(glob.glob(argument)) or [argument]
        if place == 0 or holds_vectors(matches[0]):
            groups.append((argument, matches))
        else:
            files += matches
    if not files:
        raise ConfigError("the following arguments are required: FILE; name an evaluation file after the models")
    if is_one_model:
        groups = [(_common_name(path for _, runs in groups for path in runs), [path for _, r in groups for path in r])]
    return dict(zip(_names([name for name, _ in groups]), [runs for _, runs in groups], strict=True)), files


def holds_vectors(path: str) -> bool:
    """Whether a file holds vectors. Words with one number are labels, not vectors of one dimension."""
    try:
        if not os.path.isfile(path):
            return False
        found = sniff_format(path)
    except (FormatError, W2VError, OSError):
        return False
    if found.name != "glove":
        return True
    with open(path, "rb") as file:
        return len(file.readline().split()) > 2


def _names(arguments: list[str]) -> list[str]:
    """Short names of models: without folder and suffix, as long as these tell them apart. Raises `ConfigError` for one
    that is named twice."""
    shortenings: tuple[Callable[[str], str], ...] = (lambda name: Path(name).stem, lambda name: Path(name).name, str)
    for shorten in shortenings:
        names = [shorten(argument) for argument in arguments]
        if len(set(names)) == len(names):
            return names
    twice = next(name for name in names if names.count(name) > 1)
    raise ConfigError(f"the model {twice} is named twice; name each once")


def _common_name(paths: Iterator[str]) -> str:
    """What the names of runs begin with: `cbow-1.w2v cbow-2.w2v` are runs of `cbow`."""
    stems = [Path(path).stem for path in paths]
    return os.path.commonprefix(stems).rstrip("-_. ") or "runs"
