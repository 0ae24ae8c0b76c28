"""`train --cluster` and `resume FOLDER`: the same on the machines of a cluster."""

import argparse
import os
import sys
from typing import Any

from w2v import __version__
from w2v.cli.field_options import option_name
from w2v.cli.settings import (
    corpus_paths,
    default_output,
    output_format,
    phrase_config,
    preset,
    text_config,
    train_config,
)
from w2v.errors import ConfigError
from w2v.system.console import log, show

# What needs all words, the text or the model in one place.
_ELSEWHERE = (
    "read_vocab", "read_phrases", "save_vocab", "init", "freeze_init", "compass", "extend", "checkpoint", "cache_dir",
    "postprocess", "runs", "bootstrap", "mean",
)  # fmt: skip


def train(args: argparse.Namespace) -> None:
    """Corpus → model, on a cluster."""
    from w2v.cluster.training import GAIN, ROUNDS, train

    for name in _ELSEWHERE:
        if getattr(args, name):
            raise ConfigError(f"{option_name(name)} is for training on one machine; leave it out with --cluster")
    if phrase_config(args).phrases or preset(args).postprocess:
        raise ConfigError(
            "--phrases and steps after training are for one machine; join phrases before, with w2v phrases apply, and "
            "take steps afterwards, with w2v convert"
        )
    if args.checkpoint_every is not None:
        raise ConfigError("a cluster's run is kept in --work-dir after each round; leave --checkpoint-every out, and "
                          "say with --rounds how many an epoch has")  # fmt: skip
    if not args.work_dir:
        raise ConfigError("--cluster needs --work-dir, a folder that all its machines share")
    paths = corpus_paths(args)
    output, target = output_format(args.output or default_output(paths), args.format, args.binary)
    given = {"slices": args.slices, "rounds": args.rounds or ROUNDS, "gain": GAIN if args.gain is None else args.gain}
    config, text = train_config(args), text_config(args)
    with _Shown(args.log, resumed=False, corpus=paths, output=output, config=vars(config), text=vars(text)) as shown:
        finished = train(
            paths, output, args.cluster, args.work_dir, config, text, **given, format=target.name,
            progress=shown.progress, tell=shown.tell,
        )  # fmt: skip
        shown.finish(finished)


def resume(args: argparse.Namespace) -> None:
    """Finish a job of a cluster from its folder."""
    from w2v.cli.job import check_beside
    from w2v.cluster.training import load_job, resume

    if args.corpus or args.threads is not None:
        raise ConfigError("a run of a cluster goes on with the text and the threads that it began with; leave --corpus "
                          "and --threads out")  # fmt: skip
    job = load_job(os.path.abspath(args.checkpoint))
    if args.output is None:
        check_beside(job.output, args.checkpoint)
    with _Shown(args.log, resumed=True, output=args.output or job.output, config=vars(job.config)) as shown:
        shown.finish(resume(args.checkpoint, args.cluster, args.output, shown.progress, shown.tell))


class _Shown:
    """Progress on the terminal and in the log."""

    def __init__(self, log_file: str | None, **facts: Any) -> None:
        from w2v.training.bar import Bar
        from w2v.training.json_log import JsonLog
        from w2v.training.listeners import Progress, Several
        from w2v.training.progress import Lines

        self.events, self.facts = JsonLog(log_file), facts
        display: Progress = Bar() if sys.stderr.isatty() else Lines()
        self.progress = Several([display, self.events.meter()])

    def tell(self, event: str, facts: dict[str, Any]) -> None:
        """An event of the cluster, for the log."""
        self.events.write(event, **facts)

    def finish(self, finished: Any) -> None:
        """The last words."""
        self.events.write("ledger", **finished.ledger.facts())
        log(f"saved the model to {finished.output}")
        show(finished.ledger)

    def __enter__(self) -> "_Shown":
        self.events.__enter__()
        self.events.write("run", version=__version__, **self.facts)
        return self

    def __exit__(self, *error: Any) -> None:
        self.events.__exit__(*error)
