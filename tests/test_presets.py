"""Presets: valid settings, and what the command makes of them."""

import numpy as np
import pytest

from w2v import KeyedVectors
from w2v.cli.commands import main
from w2v.config import TrainConfig
from w2v.presets import PRESETS, differences


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_valid_configuration(name):
    config = TrainConfig(**PRESETS[name].settings)
    config.validate()
    assert config.min_count >= 1  # `--preset` and the line of the run name the same number


def test_differences_name_what_changes_and_from_what():
    assert differences(PRESETS["word2vec.c"]) == "nothing: these are the defaults here, too"
    assert differences(PRESETS["gensim"]) == "alpha 0.025 (otherwise 0.05)"
    assert differences(PRESETS["levy"]).endswith("postprocess add-output (otherwise nothing)")


def test_presets_for_a_time_differ_in_what_costs_time():
    """Each has the settings of the quicker one, but for the number of epochs and negatives, and the learning rate of
    few epochs: nothing else won."""
    fast, balanced, best = (PRESETS[name] for name in ("fast", "balanced", "best"))
    assert fast.postprocess == balanced.postprocess == best.postprocess == "add-output,center"
    costs = [
        TrainConfig(**one.settings).epochs * TrainConfig(**one.settings).negative for one in (fast, balanced, best)
    ]
    assert costs == sorted(set(costs))
    assert {**best.settings, "epochs": 0, "negative": 0, "alpha": fast.settings["alpha"]} == {
        **fast.settings, "epochs": 0, "negative": 0
    }  # fmt: skip
    assert not {"alpha"} & {*balanced.settings, *best.settings}
    assert differences(fast).endswith("alpha 0.075 (otherwise 0.05), postprocess add-output,center (otherwise nothing)")


@pytest.fixture
def text(tmp_path):
    rng = np.random.default_rng(0)
    lines = [" ".join(f"w{word}" for word in rng.integers(0, 30, 12)) for _ in range(300)]
    (tmp_path / "t.txt").write_text("\n".join(lines))
    return str(tmp_path / "t.txt")


def test_single_options_go_before_the_preset(text, tmp_path, capsys):
    out = str(tmp_path / "x.w2v")
    options = ["--vector-size", "8", "--epochs", "1", "--threads", "1"]
    assert main(["train", text, "-o", out, "--preset", "levy", *options]) == 0
    config = KeyedVectors.load(out).metadata["config"]
    assert (config["model"], config["negative"], config["vector_size"], config["sample"]) == ("sg", 15, 8, 1e-5)
    assert "preset levy changes model sg (otherwise cbow)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, options, alpha",
    [
        ("similarity", [], 0.075),
        ("similarity", ["--model", "sg"], 0.025),
        ("similarity", ["--cbow-update", "word2vec"], 0.05),
        ("similarity", ["--cbow-update", "word2vec", "--alpha", "0.04"], 0.04),
        ("fast", [], 0.075),
        ("fast", ["--model", "sg"], 0.025),
        ("fasttext", [], 0.05),
        ("fasttext", ["--model", "cbow"], 0.05),
    ],
)
def test_the_learning_rate_of_a_preset_is_that_of_its_model_and_update(text, tmp_path, capsys, name, options, alpha):
    out = str(tmp_path / "x.w2v")
    options = [*options, "--vector-size", "8", "--epochs", "1", "--threads", "1"]
    assert main(["train", text, "-o", out, "--preset", name, *options]) == 0
    assert TrainConfig(**KeyedVectors.load(out).metadata["config"]).start_alpha == alpha
    told = capsys.readouterr().err.partition("\n")[0]
    assert told.startswith(f"preset {name} changes") and ("alpha 0.075 (" in told) == (alpha == 0.075)


def test_training_ends_with_the_steps_and_keeps_the_trained_vectors(text, tmp_path):
    plain, changed = str(tmp_path / "plain.w2v"), str(tmp_path / "changed.w2v")
    options = ["--vector-size", "8", "--epochs", "1", "--threads", "1"]
    assert main(["train", text, "-o", plain, *options]) == 0
    assert main(["train", text, "-o", changed, *options, "--postprocess", "add-output,center"]) == 0
    expected = KeyedVectors.load(plain)
    found = KeyedVectors.load(changed)
    assert np.array_equal(found.vectors, expected.add_output().center().vectors)
    assert np.array_equal(found.trained().vectors, expected.vectors)


@pytest.mark.parametrize(
    "options, sentence",
    [
        (["--postprocess", "centre"], "there is no step 'centre'"),
        (["--postprocess", "pca:9"], "pca:9 does not fit"),
        (["--postprocess", "add-output", "--loss", "hs"], "hierarchical softmax has none for words"),
        (["--preset", "best-ever"], "invalid choice: 'best-ever'"),
    ],
)
def test_what_cannot_be_done_is_refused_before_training(text, tmp_path, capsys, options, sentence):
    out = tmp_path / "x.w2v"
    assert main(["train", text, "-o", str(out), "--vector-size", "8", *options]) == 2
    assert sentence in capsys.readouterr().err and not out.exists()
