"""Keyword arguments, gensim's among them, and stored settings → configurations."""

import dataclasses
import operator
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from w2v.config import PhraseConfig, TextConfig, TrainConfig
from w2v.errors import ConfigError

_OLD_NAMES = {"size": "vector_size", "iter": "epochs"}  # gensim 3 → gensim 4
_IGNORED = ("batch_words", "hashfxn", "compute_loss", "comment", "null_word")  # gensim's, without effect here


def plain(value: Any) -> Any:
    """NumPy's numbers as Python's, which the model's file can hold."""
    return value.item() if isinstance(value, np.generic) else value


def stored_config(kind: Any, values: Mapping[str, Any]) -> Any:
    """A configuration from stored values; settings that a later version added keep their defaults."""
    known = {item.name for item in dataclasses.fields(kind)}
    config = kind(**{name: value for name, value in values.items() if name in known})
    config.validate()
    return config


def phrase_config_from(options: dict[str, Any]) -> PhraseConfig:
    """The settings of phrases, which are taken out of the options. Raises `ConfigError`."""
    names = {item.name for item in dataclasses.fields(PhraseConfig)}
    config = PhraseConfig(**{name: plain(options.pop(name)) for name in list(options) if name in names})
    config.validate()
    return config


def configs_from(settings: dict[str, Any], hs: int, options: dict[str, Any]) -> tuple[TextConfig, TrainConfig]:
    """gensim's keywords and ours → the two configurations. Raises `TypeError` for a keyword nobody knows."""
    for old, new in _OLD_NAMES.items():
        if old in options:
            warnings.warn(f"{old}= is gensim 3's name; use {new}=", DeprecationWarning, stacklevel=3)
            settings[new] = options.pop(old)
    options = {name: plain(value) for name, value in options.items() if name not in _IGNORED}
    settings = {name: plain(value) for name, value in settings.items()}
    if options.pop("trim_rule", None) is not None or not options.pop("sorted_vocab", True):
        raise ConfigError(
            "trim_rule and sorted_vocab=0 are not supported; the vocabulary is sorted by count and cut by min_count"
        )
    text_names = {item.name for item in dataclasses.fields(TextConfig)}
    text = TextConfig(**{name: options.pop(name) for name in list(options) if name in text_names})
    known = {item.name for item in dataclasses.fields(TrainConfig)}
    unknown = [name for name in options if name not in known]
    if unknown:
        raise TypeError(f"Word2Vec() got an unexpected keyword argument {unknown[0]!r}")
    for ours, theirs, is_given in (
        ("model", "sg", settings["model"] == "sg"),
        ("loss", "hs", bool(hs)),
        ("threads", "workers", settings["threads"] is not None),
        ("max_vocab", "max_final_vocab", settings["max_vocab"] is not None),
    ):
        if ours in options and is_given:
            raise ConfigError(f"{ours} and {theirs} say the same thing; give one of them")
    if "loss" not in options:
        if hs and settings["negative"] != 0 and settings["negative"] != 5:
            raise ConfigError("hs=1 and negative > 0 ask for two objectives at once; choose one (negative=0 with hs=1)")
        if not hs and settings["negative"] == 0:
            raise ConfigError("hs=0 and negative=0 leave no objective; set hs=1, or negative to 5 or so")
        settings["loss"] = "hs" if hs else "ns"
    config = TrainConfig(**{**settings, **options})
    config.validate()
    text.validate()
    return text, config


# gensim's attribute → (the field it sets, how it reads).
GENSIM_SETTINGS: dict[str, tuple[str | None, Callable[[TrainConfig], Any]]] = {
    "alpha": ("alpha", lambda config: config.start_alpha),
    "workers": ("threads", lambda config: config.n_threads),
    "cbow_mean": ("cbow_mean", lambda config: int(config.cbow_mean)),
    "sg": (None, lambda config: config.input_model.gensim_sg),
    "hs": (None, lambda config: config.objective.gensim_hs),
    "negative": (None, lambda config: config.negative if config.uses_noise else 0),
    **{
        name: (name, operator.attrgetter(name))
        for name in (
            "epochs",
            "min_alpha",
            "min_count",
            "ns_exponent",
            "sample",
            "seed",
            "shrink_windows",
            "window",
        )
    },
}


def changed_setting(config: TrainConfig, name: str, value: Any) -> TrainConfig:
    """The configuration with one of gensim's attributes set. Raises `ConfigError` for one that must not change."""
    field = GENSIM_SETTINGS[name][0]
    if field is None:
        raise ConfigError(f"{name} belongs to the model's weights and cannot change; make a new Word2Vec")
    new: dict[str, Any] = {field: bool(value) if name == "cbow_mean" else plain(value)}
    changed = dataclasses.replace(config, **new)
    changed.validate()
    return changed


def describe(config: TrainConfig) -> str:
    """What will be trained, in one line."""
    exact = config.n_threads == 1 or config.deterministic
    reproducible = "the same bytes again with this seed" if exact else "not bit-reproducible"
    return (
        f"{config.input_model.describe(config)} with {config.objective.describe(config)}, "
        f"{config.vector_size} dimensions, window {config.window}, sample {config.sample:g}, "
        f"min-count {config.min_count}, alpha {config.start_alpha:g} to {config.min_alpha:g}, {config.epochs} epochs, "
        f"seed {config.seed}, threads {config.n_threads} ({reproducible})"
    )
