"""What a training command was asked for, and what a checkpoint keeps of it.

A run set is several runs on one encoding of one corpus, with seeds in a row: `-o sg.w2v` gives `sg-1.w2v`, `sg-2.w2v`,
..., each a file like that of a single run, with a checkpoint of its own; `'sg-*.w2v'` names them all. The checkpoint
of one says which seeds the set has, so that `w2v resume` goes on with the others.
"""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from w2v.cli.settings import output_format
from w2v.config import BOOTSTRAP_UNITS
from w2v.errors import ConfigError, FormatError
from w2v.system.compression import COMPRESSION_SUFFIXES
from w2v.system.console import log
from w2v.system.files import STDIN
from w2v.system.remote import is_remote
from w2v.system.stored import MALFORMED, values, whole

STARTS = ("start", "freeze", "compass")  # what the vectors of another file are for


class Job(NamedTuple):
    """What `train` was asked for, checked as far as that costs nothing. Of a set, `output` is the name that those of
    its runs are made of."""

    paths: list[str]
    output: str
    format: str
    checkpoint: str
    checkpoint_every: str
    cache_dir: str | None
    log: str | None
    postprocess: str = ""  # steps before saving; checkpoints of older versions name none
    seeds: Sequence[int] = ()  # of the runs of a set; none for a single run
    bootstrap: str = ""  # what each run of a set draws anew, one of `BOOTSTRAP_UNITS`
    mean: bool = False  # whether the set's mean is written, to `output`
    init: str | None = None  # a file of vectors
    init_for: str = STARTS[0]

    def facts(self) -> dict[str, Any]:
        """What a checkpoint keeps, so that `resume` can be called from another folder."""
        whole = {"output": self.output, "log": self.log, "cache_dir": self.cache_dir, "init": self.init}
        places = {name: path and os.path.abspath(path) for name, path in whole.items()}
        paths = [path if path == STDIN or is_remote(path) else os.path.abspath(path) for path in self.paths]
        return {**self._asdict(), **places, "paths": paths, "seeds": list(self.seeds)}

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
        texts += [place for place in (job.cache_dir, job.log, job.init) if place is not None]
        if not paths or not all(isinstance(text, str) and text and "\0" not in text for text in texts):
            raise FormatError(f"{path}: what its run reads and writes is malformed; the file is damaged")
        if not isinstance(job.postprocess, str):
            raise FormatError(f"{path}: what its run does to the vectors is malformed; the file is damaged")
        job = job._replace(seeds=_seeds(path, job))
        if output is None:
            check_beside(job.output, path)
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

    # ---- run sets

    def output_of(self, seed: int | str) -> str:
        """Where the vectors of a run go: with its seed before the suffix, or `output` for a single run."""
        if not self.seeds:
            return self.output
        folder, name = os.path.split(self.output)
        packed = next((end for end in COMPRESSION_SUFFIXES if name.endswith(end)), "")
        stem, suffix = os.path.splitext(name.removesuffix(packed))
        return os.path.join(folder, f"{stem}-{seed}{suffix}{packed}")

    def outputs(self) -> list[str]:
        """Those of all runs."""
        return [self.output_of(seed) for seed in self.seeds] or [self.output]

    def written(self) -> list[str]:
        """All vector files."""
        return [*self.outputs(), *([self.output] if self.mean else [])]

    def after(self, seed: int) -> "Job":
        """The same for the run behind that of a seed, whose checkpoint is its own."""
        following = self.seeds[self.seeds.index(seed) + 1]
        return self._replace(checkpoint=checkpoint_beside(self.output_of(following)))

    def pattern(self) -> str:
        """What names all runs of a set."""
        return self.output_of("*")


def checkpoint_beside(output: str) -> str:
    """The usual name of a run's checkpoint."""
    return f"{output}.checkpoint"


def _seeds(path: str, job: Job) -> list[int]:
    """Those of a checkpoint's set. Raises `FormatError`."""
    try:
        seeds = [whole(seed) for seed in values(list(job.seeds), "the seeds")]
        known = job.bootstrap in ("", *BOOTSTRAP_UNITS) and job.init_for in STARTS and isinstance(job.mean, bool)
    except MALFORMED:
        known = False
    if not known or len(set(seeds)) < len(seeds):
        raise FormatError(f"{path}: what it says of its run set is malformed; the file is damaged")
    return seeds


def _is_beside(path: str, checkpoint: str) -> bool:
    """Whether a file is in the folder of the checkpoint or in one below, links followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.dirname(os.path.realpath(checkpoint)))


def check_beside(output: str, checkpoint: str) -> None:
    """Raise `ConfigError` for an output that the user did not name and that is not in the checkpoint's folder."""
    if not _is_beside(output, checkpoint):
        raise ConfigError(
            f"{checkpoint} would write to {output!r}, which is not in its folder; if that is right, add "
            f"-o {shlex.quote(output)}"
        )
