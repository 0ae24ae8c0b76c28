"""`w2v align`: a model turned into another's space, in any format, without loss."""

import json

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two runs on one small text."""
    folder = tmp_path_factory.mktemp("align")
    text = np.random.default_rng(0).choice([f"w{i}" for i in range(40)], (400, 12))
    (folder / "text").write_text("\n".join(map(" ".join, text)))
    for seed in (1, 2):
        path = str(folder / f"{seed}.w2v")
        quick = ["--vector-size", "8", "--epochs", "2", "--threads", "1", "--seed", str(seed)]
        assert main(["train", str(folder / "text"), "-o", path, *quick]) == 0
    return folder


def test_the_turned_model_is_the_same_model_in_the_others_space(models, capsys):
    old, new, out = (str(models / name) for name in ("1.w2v", "2.w2v", "out.w2v"))
    assert main(["align", old, new, "-o", out]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("anchors: the 40 commonest of 40 shared words\n") and "wrote 40 x 8" in captured.err
    before, after, first = (w2v.load(path) for path in (new, out, old))
    np.testing.assert_allclose(before.similarity("w1", "w2"), after.similarity("w1", "w2"), atol=1e-5)
    both = [
        np.mean([one.get_vector(word, True) @ first.get_vector(word, True) for word in first.index_to_key])
        for one in (before, after)
    ]
    assert both[1] > both[0]
    model = w2v.Word2Vec.load(out)  # training can go on
    model.train(corpus_file=str(models / "text"), epochs=1, start_alpha=0.01)


def test_only_the_check_and_json(models, capsys):
    assert main(["align", str(models / "1.w2v"), str(models / "2.w2v"), "--json", "--anchors", "20"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["n_anchors"], found["n_shared"]) == (20, 40) and -1 <= found["cosine_held"] <= found["cosine_fitted"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["1.w2v", "2.w2v", "-o", "1.w2v"], "it is read here"),
        (["1.w2v", "text"], "no vector file"),
        (["1.w2v", "2.w2v", "--anchors", "3"], "too few"),
        (["1.w2v"], "required: NEW"),
    ],
)
def test_bad_input(models, capsys, monkeypatch, names, said):
    monkeypatch.chdir(models)
    assert main(["align", *names]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.out == ""
