"""Every setting: its range, its default, its sentence when it is wrong."""

import dataclasses
import inspect
import math
import os

import numpy as np
import pytest

from w2v.config import TextConfig, TrainConfig
from w2v.errors import ConfigError
from w2v.system.parallel import usable_cpus

WHOLE = [
    "vector_size",
    "window",
    "negative",
    "epochs",
    "min_count",
    "max_vocab",
    "threads",
    "seed",
    "min_n",
    "max_n",
    "bucket",
    "hash_count",
]
REAL = ["ns_exponent", "sample", "alpha", "min_alpha"]
SWITCHES = ["shrink_windows", "cbow_mean", "deterministic"]
CHOICES = ["model", "loss", "negative_sharing", "cbow_update"]


def message_of(config):
    with pytest.raises(ConfigError) as error:
        config.validate()
    message = str(error.value)
    assert "\n" not in message and len(message) > 10
    return message


def test_the_lists_above_are_all_fields():
    assert sorted(WHOLE + REAL + SWITCHES + CHOICES) == sorted(field.name for field in dataclasses.fields(TrainConfig))


def test_defaults_are_valid():
    """`validate` raises for what is not."""
    TrainConfig().validate()
    TextConfig().validate()


@pytest.mark.parametrize("name", WHOLE + REAL)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "5", [5]])
def test_what_is_no_number(name, value):
    assert message_of(TrainConfig(**{name: value})).startswith(f"{name} is {value!r}; give a ")


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [5.0, 2.5, -1, 10**30, -(10**30), 10**1000])
def test_what_is_no_fit_whole_number(name, value):
    assert message_of(TrainConfig(**{name: value})).startswith(f"{name} is ")


@pytest.mark.parametrize("name", ["vector_size", "window", "negative", "epochs", "threads"])
def test_zero_is_too_few(name):
    assert message_of(TrainConfig(**{name: 0})) == f"{name} is 0; it must be at least 1"


@pytest.mark.parametrize("name", sorted({*WHOLE, *REAL} - {"max_vocab", "threads", "alpha"}))
def test_none_is_no_number(name):
    assert name in message_of(TrainConfig(**{name: None}))


@pytest.mark.parametrize("name", REAL)
def test_whole_numbers_too_large_for_a_float(name):
    assert "finite" in message_of(TrainConfig(**{name: 10**1000}))[-25:]


@pytest.mark.parametrize("name", REAL)
def test_real_numbers_out_of_range(name):
    assert message_of(TrainConfig(**{name: -10.5})).startswith(f"{name} is -10.5; it must be at least")


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("value", ["no", 0, 1, None])
def test_switches(name, value):
    assert message_of(TrainConfig(**{name: value})) == f"{name} is {value!r}; give True or False"


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("value", ["", "SG", None, 1, []])
def test_choices(name, value):
    assert message_of(TrainConfig(**{name: value})).startswith(f"{name} is {value!r}; choose one of")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"alpha": 0}, "alpha"),
        ({"alpha": 0.01, "min_alpha": 0.02}, "min_alpha"),
        ({"min_alpha": 0.06}, "min_alpha"),
        ({"loss": "sampled", "negative": 0}, "negative"),
        ({"loss": "hs", "negative_sharing": "pair"}, "negative_sharing"),
        ({"loss": "softmax", "negative_sharing": "pair"}, "negative_sharing"),
        ({"cbow_update": "corrected", "cbow_mean": False}, "cbow_update"),
        ({"max_vocab": 1}, "max_vocab"),
        ({"vector_size": 1_000_001}, "vector_size"),
        ({"window": 1_000_000_001}, "window"),
        ({"ns_exponent": 11}, "ns_exponent"),
        ({"seed": 2**63}, "seed"),
        ({"min_n": 4, "max_n": 3}, "min_n"),
        ({"max_n": 1001}, "max_n"),
        ({"max_n": 6, "bucket": 0}, "bucket"),
        ({"bucket": 2**30 + 1}, "bucket"),
        ({"hash_count": 5}, "hash_count"),
    ],
)
def test_limits_and_contradictions(settings, name):
    assert message_of(TrainConfig(**settings)).startswith(name)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "hs", "negative": 0},
        {"loss": "softmax", "negative": 0},
        {"sample": 0},
        {"min_count": 0},
        {"alpha": 1},
        {"alpha": 0.01, "min_alpha": 0.01},
        {"min_alpha": 0},
        {"ns_exponent": -0.5},
        {"seed": 2**63 - 1},
        {"seed": 0},
        {"max_vocab": 2},
        {"threads": 1},
        {"cbow_mean": False},
        {"vector_size": 1_000_000},
        {"window": 100_000},
    ],
)
def test_the_edges_are_valid(settings):
    """`validate` raises for what is not."""
    TrainConfig(**settings).validate()


@pytest.mark.parametrize("encoding", ["utf-99", "", "rot13", "base64", "a\0b", 5, None])
def test_unknown_encodings(encoding):
    assert "encoding" in message_of(TextConfig(encoding=encoding))


def test_text_settings():
    assert message_of(TextConfig(errors="warn")).startswith("errors is 'warn'; choose one of skip")
    for name in ("lower", "nfc", "tokenize"):
        assert message_of(TextConfig(**{name: "yes"})).startswith(name)
    for encoding in ("utf8", "latin-1", "utf-16", "gb18030"):
        TextConfig(encoding=encoding).validate()


def test_start_alpha_follows_the_model():
    alphas = {"word2vec": 0.05, "corrected": 0.075}, {"word2vec": 0.025, "corrected": 0.025}
    for model, expected in zip(("cbow", "sg"), alphas, strict=True):
        assert {update: TrainConfig(model=model, cbow_update=update).start_alpha for update in expected} == expected
    assert TrainConfig(alpha=0.3).start_alpha == 0.3


def test_derived():
    assert TrainConfig(threads=7).n_threads == 7
    assert TrainConfig().n_threads == usable_cpus() >= 1
    assert [TrainConfig(loss=loss).uses_noise for loss in ("ns", "sampled", "hs", "softmax")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no CPU affinity here")
def test_usable_cpus_are_those_of_this_process():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_cpus() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainConfig().window = 3


def test_every_field_has_help():
    for field in dataclasses.fields(TrainConfig) + dataclasses.fields(TextConfig):
        assert len(field.metadata["help"]) > 10


def test_defaults_are_gensims():
    gensim = pytest.importorskip("gensim")
    theirs = inspect.signature(gensim.models.Word2Vec).parameters
    ours = dataclasses.asdict(TrainConfig())
    same = set(ours) & set(theirs)
    assert same >= {"vector_size", "window", "negative", "ns_exponent", "sample", "epochs", "min_count", "seed"}
    differs = {name for name in same if ours[name] != theirs[name].default}
    assert differs == {"alpha"}  # 0.025 there for both models, as in word2vec.c's skip-gram only
    assert ours["max_vocab"] is theirs["max_final_vocab"].default is None
    assert (ours["model"], theirs["sg"].default) == ("cbow", 0) and (ours["loss"], theirs["hs"].default) == ("ns", 0)


def test_numpy_numbers_are_turned_into_pythons_by_word2vec():
    from w2v.training.model import Word2Vec

    config = Word2Vec(
        vector_size=np.int64(7), alpha=np.float32(0.5), seed=np.uint8(3), cbow_mean=np.bool_(False)
    ).config
    assert (config.vector_size, config.alpha, config.seed, config.cbow_mean) == (7, 0.5, 3, False)
    assert {type(value) for value in dataclasses.asdict(config).values()} <= {int, float, str, bool, type(None)}
