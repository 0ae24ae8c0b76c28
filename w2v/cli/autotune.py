"""`w2v train --autotune`: settings searched for before training, a report, and the command that repeats the best."""

import argparse
import math
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any

from w2v.cli.field_options import duration, option_name
from w2v.config import TrainConfig
from w2v.errors import ConfigError
from w2v.system.console import log, show
from w2v.system.files import STDIN
from w2v.system.interrupts import Interrupted, deferred_signals
from w2v.system.remote import is_remote
from w2v.training.search import SEARCHED, Trial, best

_OPTIONS = ("--autotune", "--validation", "-autotune-duration", "-autotune-validation")
_USUAL_SECONDS = 300.0  # fastText's, where only what to score by is given


def autotune_options(parser: Any) -> None:
    """Of `w2v train`."""
    add = parser.add_argument
    add("--autotune", type=duration, metavar="TIME", help="first search so long (90s, 10m, 1h) for values of "
        "--alpha, --window, --sample, --negative, --epochs and --min-count that are not given; prints the "
        "command line that repeats the best [-autotune-duration]")  # fmt: skip
    add("--validation", metavar="FILE", help="what --autotune scores by: a file that `w2v eval` reads; default: part "
        "of the text that is held out [-autotune-validation]")  # fmt: skip
    add("-autotune-duration", dest="autotune", type=duration, help=argparse.SUPPRESS)
    add("-autotune-validation", dest="validation", help=argparse.SUPPRESS)


def check_autotune(args: argparse.Namespace) -> None:
    """Raise `ConfigError` for options that do not go with a search."""
    if args.autotune is None and args.validation is None:
        return
    for name in ("extend", "init", "compass", "read_vocab", "cluster"):
        if getattr(args, name, None):
            raise ConfigError(f"--autotune tries new models, on this machine; leave {option_name(name)} out")


def searched_settings(args: argparse.Namespace, config: TrainConfig) -> list[str]:
    """The settings that are searched: those that were not given, none without --autotune. Raises `ConfigError` where
    all were."""
    if args.autotune is None and args.validation is None:
        return []
    searched = [name for name in SEARCHED if getattr(args, name) is None and (name != "negative" or config.uses_noise)]
    if not searched:
        names = ", ".join(option_name(name) for name in SEARCHED)
        raise ConfigError(f"--autotune has nothing to search: leave out one of {names}")
    return searched


def autotuned(
    args: argparse.Namespace, paths: Sequence[str], model: Any, cache_dir: str | None, searched: Sequence[str]
) -> TrainConfig:
    """Search; print what was tried and how to repeat the best; returns that. model: has the settings that are not
    searched, and is left as it is. Raises `ConfigError`, and `Interrupted` with what was found until then."""
    from w2v.compiled.libraries import load_libraries
    from w2v.corpus.sources import expand_paths
    from w2v.training.autotune import reading_config, search_settings
    from w2v.training.bar import Bar
    from w2v.training.json_log import JsonLog
    from w2v.training.model import Word2Vec
    from w2v.training.progress import Lines
    from w2v.training.reading import read_corpus

    if any(path == STDIN or not (is_remote(path) or os.path.isfile(path)) for path in expand_paths(paths)):
        raise ConfigError("--autotune reads the text twice, which cannot be done with a pipe; put it into a file")
    score, scored_by = _score(args.validation)
    seconds = _USUAL_SECONDS if args.autotune is None else args.autotune
    reader = Word2Vec.from_config(reading_config(model.config, searched), model.text, model.phrase_config)
    reader.phrases = model.phrases
    trials: list[Trial] = []

    log(f"searching {', '.join(map(option_name, searched))} for {seconds:g} s by {scored_by}")
    with deferred_signals() as signals, JsonLog(args.log) as events:

        def tell(trial: Trial) -> None:
            trials.append(trial)
            settings = {name: _value(trial.config, name) for name in searched}
            events.write("trial", share=trial.share, score=trial.score, seconds=trial.seconds, **settings)
            log(f"tried {len(trials)}: {_figures(trial)}")
            signals.check()

        try:
            with signals.at_once():
                load_libraries()
                corpus = read_corpus(reader, paths, Bar() if sys.stderr.isatty() else Lines(), folder=cache_dir)
            with corpus:
                signals.check()
                search_settings(corpus, model.config, model.text, searched, seconds, score, tell)
        except Interrupted as stop:
            raise Interrupted(_so_far(trials, args, searched), stop.signal_number) from None
    found = best(trials)
    show(report(trials, searched, scored_by))
    show(f"the best again, without the search:\n{repeating(args.arguments, found.config, searched)}\n")
    return found.config


def _score(validation: str | None) -> tuple[Callable[[Any], float] | None, str]:
    """What scores models, None for what is held out, and its name."""
    if validation is None:
        return None, "held-out text"
    from w2v.cli.eval_command import as_trained
    from w2v.evaluation.answering import Rules
    from w2v.evaluation.benchmarks import read_benchmark
    from w2v.evaluation.evaluate import one_score
    from w2v.evaluation.kinds import KINDS

    benchmark = read_benchmark(validation)
    # Unknown words are mistakes, or leaving rare words out would leave hard questions out.
    rules = Rules(dummy4unknown=True)

    def score(model: Any) -> float:
        questions = as_trained(benchmark, model.wv)
        found = one_score(questions, model.wv, rules)
        if math.isnan(found):
            raise ConfigError(f"{validation} cannot be answered: none of its words, or too few, are in the text")
        return found

    return score, f"{KINDS[benchmark.kind].measures[0].name} on {validation}"


def report(trials: Sequence[Trial], searched: Sequence[str], scored_by: str) -> str:
    """A table of what was tried, the last round first and the best of each on top."""
    from w2v.evaluation.tables import Table

    head = ["text", *(name.replace("_", "-") for name in searched), "score", "seconds", ""]
    rows = []
    for trial in sorted(trials, key=lambda trial: (-trial.share, trial.score != trial.score, -trial.score)):
        values = [f"{_value(trial.config, name):g}" for name in searched]
        mark = "as given" * (trial.config == trials[0].config)
        rows.append([f"{100 * trial.share:.3g}%", *values, _shown(trial.score), f"{trial.seconds:.1f}", mark])
    return f"{len(trials)} trials, scored by {scored_by}, on shares of the text:\n{Table(head, rows).plain()}"


def repeating(arguments: Sequence[str], config: TrainConfig, searched: Sequence[str]) -> str:
    """The command line without the search. arguments: options as `--name=value`, then `--` and words."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    words, options = arguments[end + 1 :], list[str]()
    for option in arguments[:end]:
        name, _, value = option.partition("=")
        if name not in _OPTIONS:
            options += [name, value] if value and value[0] != "-" else [option]
    for setting in searched:
        options += [option_name(setting), f"{_value(config, setting):.10g}"]
    if any(word[:1] == "-" for word in words):
        return shlex.join(["w2v", "train", *options, "--", *words])
    return shlex.join(["w2v", "train", *words, *options])


def _so_far(trials: Sequence[Trial], args: argparse.Namespace, searched: Sequence[str]) -> str:
    nothing = "interrupted while searching; nothing was written"
    if not any(abs(trial.score) < float("inf") for trial in trials):
        return nothing
    return f"{nothing}; the best so far is:\n{repeating(args.arguments, best(trials).config, searched)}"


def _figures(trial: Trial) -> str:
    return f"{_shown(trial.score)} with {100 * trial.share:.3g}% of the text in {trial.seconds:.1f} s"


def _shown(score: float) -> str:
    return "time was up" if score != score else "diverged" if score == -float("inf") else f"{score:.4f}"


def _value(config: TrainConfig, name: str) -> float:
    return config.start_alpha if name == "alpha" else getattr(config, name)
