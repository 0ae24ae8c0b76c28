"""The commands: where each is, and what becomes of its errors."""

import argparse
import contextlib
import importlib
import sys
from collections.abc import Callable, Sequence
from signal import SIGINT

from w2v.cli.options import parse
from w2v.errors import W2VError
from w2v.system.console import drop_results, flush_results, log, showing_log
from w2v.system.interrupts import stoppable

_OUT_OF_MEMORY = "w2v: error: out of memory; use a smaller --vector-size, --window or --max-vocab"
# The file and the function of each command, which is imported when it is called: no command pays for another.
_HOMES = {
    "train": ("training_commands", "train"),
    "resume": ("training_commands", "resume"),
    "nn": ("query_commands", "nn"),
    "analogy": ("query_commands", "analogy"),
    "eval": ("eval_command", "evaluate"),
    "associate": ("associate_command", "associations"),
    "contexts": ("contexts_command", "contexts"),
    "align": ("align_command", "align_models"),
    "compare": ("compare_command", "compare_models"),
    "stability": ("stability_command", "stable_neighbours"),
    "info": ("file_commands", "info"),
    "convert": ("file_commands", "convert"),
    "encode": ("document_commands", "encode"),
    "search": ("document_commands", "search"),
    "download": ("file_commands", "download"),
    "plot": ("plot_command", "loss"),
    "plot loss": ("plot_command", "loss"),
    "plot analogy": ("plot_command", "analogy"),
    "plot heatmap": ("plot_command", "heatmap"),
    "plot axis": ("plot_command", "axis"),
    "plot frequency": ("plot_command", "frequency"),
    "explore": ("explore_command", "explore"),
    "phrases": ("phrases_command", "phrases"),
    "phrases apply": ("phrases_command", "apply"),
    "classify train": ("classify_commands", "train"),
    "classify predict": ("classify_commands", "predict"),
    "classify test": ("classify_commands", "test"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, 2 for bad input (one sentence on standard error), 130 for Ctrl-C, 143
    for SIGTERM, 129 for SIGHUP."""
    with stoppable() as signals:
        try:
            return _run(sys.argv[1:] if arguments is None else list(arguments))
        except KeyboardInterrupt as stop:
            signals.end()
            log(f"\nw2v: {str(stop) or 'interrupted'}")
            _log_notes(stop)
            with contextlib.suppress(OSError):
                flush_results()
            return 128 + getattr(stop, "signal_number", SIGINT)


def _run(arguments: list[str]) -> int:
    runs = {command: _late(*home) for command, home in _HOMES.items()}
    try:
        args = parse(arguments, runs)
        args.run(args)
        flush_results()
        return 0
    except BrokenPipeError:  # the reader of the results, `head` say, has seen enough; nothing else writes to pipes
        drop_results()
        return 0
    except MemoryError:
        log(_OUT_OF_MEMORY)
        return 2
    except (W2VError, OSError) as error:
        log(f"w2v: error: {error}")
        _log_notes(error)
        return 2
    except RuntimeError as error:
        if "start new thread" not in str(error):  # Python's word for a thread whose stack there is no memory for
            raise
        log(_OUT_OF_MEMORY)
        return 2


def _log_notes(error: BaseException) -> None:
    for note in getattr(error, "__notes__", ()):
        log(f"w2v: {note}")


def _late(file: str, function: str) -> Callable[[argparse.Namespace], None]:
    def run(args: argparse.Namespace) -> None:
        with showing_log():
            getattr(importlib.import_module(f"w2v.cli.{file}"), function)(args)

    return run
