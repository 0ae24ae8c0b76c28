"""Keyword arguments, gensim's among them, and stored settings → configurations."""

import dataclasses
import logging
import operator
import secrets
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from w2v import __version__
from w2v.config import PhraseConfig, TextConfig, TrainConfig
from w2v.corpus.ngrams import ngrams_of
from w2v.errors import ConfigError
from w2v.system.wording import quantity

logger = logging.getLogger("w2v")
_OLD_NAMES = {"size": "vector_size", "iter": "epochs"}  # gensim 3 → gensim 4
_GENSIM_ALPHA = 0.025


def plain(value: Any) -> Any:
    """NumPy's numbers as Python's, which the model's file can hold."""
    return value.item() if isinstance(value, np.generic) else value


def phrase_config_from(options: dict[str, Any]) -> PhraseConfig:
    """The settings of phrases, which are taken out of the options. Raises `ConfigError`."""
    config = _taken(PhraseConfig, options)
    config.validate()
    return config


def _taken(kind: Any, options: dict[str, Any]) -> Any:
    """A configuration of those options that are its fields, which are taken out."""
    names = [item.name for item in dataclasses.fields(kind) if item.name in options]
    return kind(**{name: plain(options.pop(name)) for name in names})


def configs_from(settings: dict[str, Any], hs: int, options: dict[str, Any]) -> tuple[TextConfig, TrainConfig]:
    """gensim's keywords and ours → the two configurations. Raises `TypeError` for a keyword nobody knows."""
    for old, new in _OLD_NAMES.items():
        if old in options:
            warnings.warn(f"{old}= is gensim 3's name; use {new}=", DeprecationWarning, stacklevel=3)
            settings[new] = options.pop(old)
    options = {name: plain(value) for name, value in options.items()}
    settings = {name: plain(value) for name, value in settings.items()}
    settings.update(seed=_seed(settings["seed"]), sample=_sample(settings["sample"]))
    text: TextConfig = _taken(TextConfig, options)
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
        if hs and settings["negative"] != 0:
            logger.warning(
                "Both hierarchical softmax and negative sampling are activated. This is probably a mistake, and takes "
                "the time of both: write negative=0 for hierarchical softmax only, or leave hs=1 out."
            )
        if not hs and settings["negative"] == 0:
            raise ConfigError("hs=0 and negative=0 leave no objective; set hs=1, or negative to 5 or so")
        settings["loss"] = "ns" if not hs else "hs+ns" if settings["negative"] != 0 else "hs"
    config = TrainConfig(**{**settings, **options})
    config.validate()
    text.validate()
    return text, config


def _seed(seed: Any) -> Any:
    """None, as in NumPy and gensim, is another seed each time."""
    return secrets.randbits(31) if seed is None else seed


def _sample(sample: Any) -> Any:
    """None is no subsampling. Raises `ConfigError` for gensim's other meaning of numbers from 1 on."""
    if isinstance(sample, int | float) and sample >= 1:
        raise ConfigError(
            f"sample is {sample:g}, which gensim takes for a count; give a share of the tokens, such as "
            "count / corpus_total_words"
        )
    return 0.0 if sample is None else sample


# gensim's attribute → (the field it sets, how it reads).
GENSIM_SETTINGS: dict[str, tuple[str | None, Callable[[TrainConfig], Any]]] = {
    "alpha": ("alpha", lambda config: config.start_alpha),
    "workers": ("threads", lambda config: config.n_threads),
    "cbow_mean": ("cbow_mean", lambda config: int(config.cbow_mean)),
    "sg": ("model", lambda config: config.input_model.gensim_sg),
    "hs": (None, lambda config: int(config.objective.uses_tree)),
    "negative": ("negative", lambda config: config.negative if config.uses_noise else 0),
    "max_final_vocab": ("max_vocab", lambda config: config.max_vocab),
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


# How a value that is assigned becomes the field's.
_MADE: dict[str, Callable[[Any], Any]] = {
    "cbow_mean": bool,
    "sg": lambda sg: "sg" if sg else "cbow",
    "seed": _seed,
    "sample": _sample,
}


def changed_setting(config: TrainConfig, name: str, value: Any) -> TrainConfig:
    """The configuration with one of gensim's attributes set. Raises `ConfigError` for one that must not change."""
    field, value = GENSIM_SETTINGS[name][0], plain(value)
    if field is None or name == "negative" and (value == 0) == config.uses_noise:
        raise ConfigError(f"{name} belongs to the model's weights and cannot change; make a new Word2Vec")
    made = _MADE.get(name)
    new: dict[str, Any] = {field: made(value) if made else value}
    changed = dataclasses.replace(config, **new)
    changed.check_ranges()
    return changed


def announce(config: TrainConfig) -> None:
    """Log what is going to be trained."""
    logger.info("w2v %s: %s", __version__, describe(config))


def describe(config: TrainConfig) -> str:
    """What will be trained, in one line."""
    exact = config.n_threads == 1 or config.deterministic
    reproducible = "the same bytes again with this seed" if exact else "not bit-reproducible"
    ngrams = ngrams_of(config)
    made_of = f"{ngrams.describe()}, " if ngrams else ""
    return (
        f"{config.input_model.describe(config)} with {config.objective.describe(config)}, "
        f"{made_of}{quantity(config.vector_size, 'dimension')}, window {config.window}, sample {config.sample:g}, "
        f"min-count {config.min_count}, alpha {_alphas(config)}, {quantity(config.epochs, 'epoch')}, "
        f"seed {config.seed}, threads {config.n_threads} ({reproducible})"
    )


def _alphas(config: TrainConfig) -> str:
    """The learning rates; where a default is not gensim's, that is said."""
    is_ours = config.alpha is None and config.start_alpha != _GENSIM_ALPHA
    return f"{config.start_alpha:g}{f' (gensim: {_GENSIM_ALPHA:g})' if is_ours else ''} to {config.min_alpha:g}"
