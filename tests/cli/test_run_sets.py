"""Run sets: each run is the file that a single run writes, goes on from its checkpoint, and so does the set."""

import hashlib
import os

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main
from w2v.evaluation.alignment import procrustes
from w2v.formats.vector_files import read_vectors, write_vectors
from w2v.training import checkpoint

QUICK = ["--vector-size", "8", "--threads", "1", "--epochs", "2", "--model", "sg", "--min-count", "1", "--sample", "0"]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("set") / "text"
    rng = np.random.default_rng(0)
    path.write_text("\n".join(" ".join(f"w{i}" for i in rng.zipf(1.5, 12) % 40) for _ in range(400)))
    return path


@pytest.fixture(scope="module")
def folder(text, tmp_path_factory):
    """A set of three, as it is written at once, with their mean."""
    folder = tmp_path_factory.mktemp("whole")
    assert main(["train", str(text), "-o", str(folder / "a.w2v"), "--runs", "3", "--mean", *QUICK]) == 0
    return folder


def test_each_run_is_that_of_its_seed(text, folder, tmp_path, capsys):
    assert sorted(os.listdir(folder)) == ["a-1.w2v", "a-2.w2v", "a-3.w2v", "a.w2v"]
    for seed in ("1", "3"):
        assert main(["train", str(text), "-o", str(tmp_path / seed), "--format", "w2v", "--seed", seed, *QUICK]) == 0
        assert digest(tmp_path / seed) == digest(folder / f"a-{seed}.w2v")
    more = ["train", str(text), "-o", str(tmp_path / "a.vec.gz"), "--seed", "3", "--runs", "1", *QUICK]
    capsys.readouterr()
    assert main(more) == 0 and "a-3.vec.gz, all epochs: 9,600 read = " in capsys.readouterr().out
    assert len(w2v.load(tmp_path / "a-3.vec.gz")) == len(w2v.load(folder / "a-3.w2v"))


def test_the_mean_lies_in_the_space_of_the_first(folder):
    runs = [w2v.load(folder / f"a-{i}.w2v") for i in (1, 2, 3)]
    mean = w2v.Word2Vec.load(str(folder / "a.w2v"))  # training can go on
    assert w2v.load(folder / "a.w2v").metadata["mean_of"] == 3
    turned = [runs[0].vectors] + [
        run.vectors @ procrustes(run.get_normed_vectors(), runs[0].get_normed_vectors()) for run in runs[1:]
    ]
    rough = np.mean(turned, axis=0)  # one step of the two
    cosines = np.einsum("nd,nd->n", rough, mean.wv.vectors) / np.linalg.norm(rough, axis=1)
    assert np.median(cosines / np.linalg.norm(mean.wv.vectors, axis=1)) > 0.9


@pytest.mark.parametrize("more", [[], ["--bootstrap", "sentences"], ["--compass", "a-1.w2v"]])
def test_a_set_goes_on_from_the_checkpoint_of_any_run(text, folder, tmp_path, monkeypatch, capsys, more):
    """As after a crash in the second run: its checkpoint is there, and it and the third are not."""
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoints, "remove", lambda self: None)
        patch.chdir(folder)
        command = ["train", str(text), "-o", str(tmp_path / "a.w2v"), "--runs", "3", "--mean", *QUICK, *more]
        assert main([*command, "--checkpoint-every", "70%"]) == 0
    names = ("a-2.w2v", "a-3.w2v", "a.w2v")
    before = {name: digest(tmp_path / name) for name in names}
    first = digest(tmp_path / "a-1.w2v")
    for name in names:
        os.remove(tmp_path / name)
    capsys.readouterr()
    assert main(["resume", str(tmp_path / "a-2.w2v.checkpoint")]) == 0
    assert "run 3 of 3, seed 3" in capsys.readouterr().err
    assert {name: digest(tmp_path / name) for name in names} == before and digest(tmp_path / "a-1.w2v") == first
    if more:
        assert not np.allclose(w2v.load(tmp_path / "a-1.w2v").vectors, w2v.load(tmp_path / "a-2.w2v").vectors)


def test_an_interrupted_set_names_its_checkpoint(text, tmp_path, monkeypatch, capsys):
    """A Ctrl-C in the second run."""
    monkeypatch.chdir(tmp_path)
    write, n = checkpoint.Checkpoints.write, []

    def interrupted(self, is_last):
        write(self, is_last)
        n.append(is_last)
        if len(n) == 4:
            os.kill(os.getpid(), 2)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoints, "write", interrupted)
        command = ["train", str(text), "-o", "a.w2v", "--runs", "2", *QUICK, "--checkpoint-every", "30%"]
        assert main(command) == 130
    assert "go on with: w2v resume a-2.w2v.checkpoint" in capsys.readouterr().err
    assert {"a-1.w2v", "a-2.w2v.checkpoint"} <= set(os.listdir()) and "a-2.w2v" not in os.listdir()
    assert main(["resume", "a-2.w2v.checkpoint"]) == 0 and sorted(os.listdir()) == ["a-1.w2v", "a-2.w2v"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--mean"], "--mean is about a set of runs; add --runs 5"),
        (["--bootstrap", "documents"], "--bootstrap is about a set"),
        (["--runs", "2", "--checkpoint", "c"], "leave out --extend and --checkpoint"),
        (["--runs", "2", "--compass", "c", "--init", "c"], "leave out --init and --extend"),
        (["--runs", "2", "-o", "text.w2v"], "it is part of the corpus"),
        (["--runs", "2", "--log", "o-2.w2v", "-o", "o.w2v"], "o-2.w2v"),
    ],
)
def test_what_makes_no_set(text, tmp_path, monkeypatch, capsys, more, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text-2.w2v").write_text("a b c a b c\n")
    assert main(["train", "text-2.w2v", *QUICK, *more]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("facts", [{"seeds": [1, 1]}, {"seeds": [3]}, {"seeds": 7}, {"bootstrap": "x"}, {"mean": 2}])
def test_a_damaged_set_is_no_set(text, tmp_path, monkeypatch, capsys, facts):
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoints, "remove", lambda self: None)
        assert main(["train", str(text), "-o", "a.w2v", "--runs", "1", *QUICK, "--checkpoint-every", "70%"]) == 0
    table = read_vectors("a-1.w2v.checkpoint")
    run = table.metadata["run"]
    damaged = {**table.metadata, "run": {**run, "job": {**run["job"], **facts}}}
    write_vectors("b.checkpoint", table._replace(metadata=damaged), "w2v")
    assert main(["resume", "b.checkpoint"]) == 2 and "the file is damaged" in capsys.readouterr().err


# ---- a compass


def test_words_trained_against_a_compass_are_in_its_space(text, folder, tmp_path, capsys):
    """Its own text again: without any turning the vectors are near the compass's own, those of another seed are not."""
    out, slow = tmp_path / "c.w2v", ["--alpha", "0.1", "--epochs", "9"]
    first = tmp_path / "whole.w2v"
    assert main(["train", str(text), "-o", str(first), *QUICK, *slow]) == 0
    assert main(["train", str(text), "-o", str(out), "--compass", str(first), *QUICK, *slow, "--alpha", "0.04"]) == 0
    assert "40 of 40 words are told from each other by" in capsys.readouterr().err
    compass, found, other = w2v.load(first), w2v.load(out), w2v.load(folder / "a-2.w2v")

    def likeness(vectors):
        rows = [one.vectors - one.vectors.mean(axis=0) for one in (vectors, compass)]
        return np.mean(np.einsum("nd,nd->n", *(some / np.linalg.norm(some, axis=1, keepdims=True) for some in rows)))

    assert np.array_equal(read_vectors(out).output_vectors, read_vectors(first).output_vectors)
    assert likeness(found) > 0.3 > abs(likeness(other))


def test_what_is_no_compass(text, folder, tmp_path, capsys):
    assert main(["convert", str(folder / "a-1.w2v"), str(tmp_path / "a.vec")]) == 0
    for compass, more in ((tmp_path / "a.vec", []), (folder / "a-1.w2v", ["--loss", "hs"])):
        command = ["train", str(text), "-o", str(tmp_path / "o.w2v"), "--compass", str(compass), *QUICK, *more]
        assert main(command) == 2 and "a compass is a model with an output vector" in capsys.readouterr().err
