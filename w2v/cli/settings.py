"""The options given → configurations, paths and formats."""

import argparse
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from w2v.cli.field_options import given_settings
from w2v.config import PhraseConfig, TextConfig, TrainConfig
from w2v.corpus.ngrams import Ngrams
from w2v.errors import ConfigError
from w2v.formats.format import Format
from w2v.formats.table import BINARY_SWITCH, DEFAULT, format_of
from w2v.presets import PRESETS, Preset
from w2v.system.files import STDIN

# Settings that do nothing without ...
_NEED_NOISE = ("negative", "ns_exponent", "negative_sharing")
_NEED_CBOW = ("cbow_mean", "cbow_update")
_NEED_NGRAMS = ("min_n", "hash_count")


def train_config(args: argparse.Namespace) -> TrainConfig:
    """The options given → a valid configuration; word2vec.c's switches count too, unless they contradict."""
    given, chosen = _given(args), preset(args).settings
    if getattr(args, "hs", None) and given.get("negative"):
        raise ConfigError(
            "-hs 1 and -negative above 0 ask for two objectives at once; give -negative 0, leave -hs out, or give "
            "--loss hs+ns for both"
        )
    if given.get("negative") == 0 and given.get("loss", "ns") == "ns":
        raise ConfigError("--negative 0 leaves negative sampling without samples; give --loss hs, or --negative 5")
    config = TrainConfig(**{**chosen, **given})
    config.validate()
    for names, useful, reason in (
        (_NEED_NOISE, config.uses_noise, f"--loss {config.loss}, which draws no negative samples"),
        (_NEED_CBOW, config.input_model.averages, f"--model {config.model}, whose input is one vector"),
        (_NEED_NGRAMS, config.max_n > 0, "--max-n 0, which leaves n-grams out"),
    ):
        off = {"negative": 0, "min_n": 0}  # word2vec.c's and fastText's way to say that there is none of it
        asked = [name for name in names if name in given and given[name] != off.get(name, getattr(TrainConfig, name))]
        idle = None if useful or not asked else asked[0]
        if idle is not None:
            raise ConfigError(f"--{idle.replace('_', '-')} does nothing with {reason}; leave it out")
    return config


def preset(args: argparse.Namespace) -> Preset:
    """The preset that was named, beside the options given; one that sets nothing if none was."""
    name = getattr(args, "preset", None)
    return PRESETS[name].beside(_given(args)) if name else Preset("", {})


def _given(args: argparse.Namespace) -> dict[str, Any]:
    """The settings that are given, with word2vec.c's switches. Raises `ConfigError` where they contradict."""
    given = given_settings(args, TrainConfig)
    for flag, name, values in (
        ("cbow", "model", ("sg", "cbow")),
        ("sg", "model", ("cbow", "sg")),
        ("hs", "loss", ("ns", "hs")),
    ):
        value = getattr(args, flag, None)
        if value is not None and given.setdefault(name, values[value]) != values[value]:
            raise ConfigError(f"-{flag} {value} contradicts --{name} {given[name]}; give one of them")
    return given


def extended_config(config: TrainConfig, args: argparse.Namespace) -> TrainConfig:
    """The configuration of a model with the options given, if its matrices allow them."""
    if args.preset:
        raise ConfigError("--preset is for new models; --extend keeps the settings of its model, leave one of them out")
    given = given_settings(args, TrainConfig)
    for name in ("model", "loss", "vector_size", *Ngrams._fields):
        if given.get(name, getattr(config, name)) != getattr(config, name):
            raise ConfigError(
                f"--{name.replace('_', '-')} {given[name]} contradicts the model to extend, which has "
                f"{getattr(config, name)}; leave it out"
            )
    changed = dataclasses.replace(config, **given)
    changed.validate()
    return changed


def check_same_text(text: TextConfig, args: argparse.Namespace) -> None:
    """Raise `ConfigError` for a text option that is not that of the model to extend, but for the column of a table."""
    for name, value in given_settings(args, TextConfig).items():
        if value != getattr(text, name) and name != "text_column":
            raise ConfigError(f"{name} was {getattr(text, name)!r} when the model was trained; leave it out")


def phrase_config(args: argparse.Namespace, default: int = 0) -> PhraseConfig:
    """The options given → a valid configuration. default: how many passes there are without --phrases."""
    given = given_settings(args, PhraseConfig)
    if getattr(args, "read_phrases", None) and given:
        raise ConfigError("--read-phrases joins the phrases of its file; leave out --phrases and its settings")
    config = PhraseConfig(**{"phrases": default, **given})
    config.validate()
    if given and not config.phrases:
        raise ConfigError(f"{_option(next(iter(given)))} does nothing without --phrases N, the number of passes")
    return config


def check_no_phrases(args: argparse.Namespace) -> None:
    """Raise `ConfigError` for options of phrases beside a model to extend."""
    given = [*given_settings(args, PhraseConfig), *(["read_phrases"] if args.read_phrases else [])]
    if given:
        raise ConfigError(f"{_option(given[0])}: --extend joins the phrases of its model, and no others; leave it out")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def text_config(args: argparse.Namespace) -> TextConfig:
    """The options given → a valid configuration."""
    text = TextConfig(**given_settings(args, TextConfig))
    text.validate()
    return text


def corpus_paths(args: argparse.Namespace) -> list[str]:
    """What to train on. Raises `ConfigError` when nothing was named."""
    paths = [args.train_file, *args.corpus] if args.train_file else args.corpus
    if not paths or "" in paths:
        raise ConfigError("no corpus was given; name a file, a folder, or - for standard input")
    return paths


def default_output(paths: Sequence[str]) -> str:
    """The name of the first corpus with the usual suffix of vectors, in the current folder."""
    first = paths[0]
    known = first != STDIN and not any(sign in first for sign in "*?[")
    stem = Path(os.path.abspath(first)).name.split(".")[0] if known else ""
    return f"{stem or 'vectors'}{DEFAULT.suffixes[0]}"


def output_format(path: str, name: str | None, binary: int | None = None) -> tuple[str, Format]:
    """(path, format) from what was given; a path without a suffix gets the usual one unless the format was named.

    Raises `ConfigError` for an unknown suffix or format, or two that differ.
    """
    switched = None if binary is None else BINARY_SWITCH[binary].name
    if name is not None and switched not in (None, name):
        raise ConfigError(f"-binary {binary} contradicts --format {name}; give one of them")
    name = name or switched
    if name is not None and (known := format_of(path, name)).is_folder:
        return path, known
    if path.endswith(("/", os.sep)) or os.path.isdir(path):
        raise ConfigError(f"cannot write {path}: it is a folder; name a file in it")
    if name is None and not Path(path).suffix:
        path += DEFAULT.suffixes[0]
    return path, format_of(path, name)
