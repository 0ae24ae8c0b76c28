"""`w2v eval`: what vectors are worth."""

import argparse
import json
import os

from w2v.cli.models import load_models, told_apart
from w2v.evaluation.answering import Rules
from w2v.evaluation.benchmarks import Benchmark, read_benchmark
from w2v.evaluation.evaluate import scored
from w2v.evaluation.kinds import answer
from w2v.evaluation.resampling import Resampling
from w2v.evaluation.scores import FileScores
from w2v.evaluation.tables import latex, markdown, shown
from w2v.system.console import flush_results, show
from w2v.vectors.keyed_vectors import KeyedVectors


def evaluate(args: argparse.Namespace) -> None:
    """Score models on evaluation files, with intervals; compare each two of them."""
    how = Resampling(args.resamples, args.seed, args.over)
    how.check()
    models, paths = told_apart([args.model, *args.files], args.runs, "FILE; name an evaluation file after the models")
    benchmarks = [read_benchmark(path) for path in paths]  # read all before the first is scored
    vectors = load_models(models)
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
        return str(tokens[0]) if len(tokens) == 1 else word

    return benchmark.reworded(read)


def _json(args: argparse.Namespace, models: dict[str, list[str]], results: list[FileScores], how: Resampling) -> str:
    only = {"model": os.fspath(args.model)} if [*models.values()] == [[args.model]] else {}
    found = {
        **only,
        "models": models,
        "level": 0.95,
        "resamples": how.n,
        "seed": how.seed,
        "over": how.over,
        "results": [result.to_dict() for result in results],
    }
    return json.dumps(found, indent=2, ensure_ascii=False)
