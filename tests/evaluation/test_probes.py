"""Labels that the vectors show are found, others are not; files that mean nothing are refused."""

import json

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.errors import ConfigError, FormatError
from w2v.evaluation.probes import N_FOLDS, evaluate_probe, stratified_folds
from w2v.evaluation.questions import read_labels, sniff_evaluation_file
from w2v.formats.vector_files import VectorTable, write_vectors


def words_with_labels(n=90, noise=0.3):
    """(keys, vectors, pairs): three labels, each a direction of its own, in parts 3 : 2 : 1."""
    generator, labels = np.random.default_rng(0), np.repeat([0, 1, 2], [n // 2, n // 3, n - n // 2 - n // 3])
    vectors = (np.eye(3, 8)[labels] + generator.normal(0, noise, (n, 8))).astype(np.float32)
    keys = [f"w{i}" for i in range(n)]
    return keys, vectors, [(key, "abc"[label]) for key, label in zip(keys, labels, strict=True)]


def test_labels_in_the_vectors_are_found_and_shuffled_ones_are_not():
    keys, vectors, pairs = words_with_labels()
    report = evaluate_probe(keys, vectors, [*pairs, ("unknown", "a"), ("w0", "a")])
    assert np.mean(report.accuracies) > 0.9 and np.mean(report.control) < 0.6
    assert report.majority == pytest.approx(46 / 91) and report.counts == {"a": 46, "b": 30, "c": 15}
    assert report.unknown_words == ("unknown",) and report.n_asked == 92 and report.n_used == 91
    assert len(report.accuracies) == len(report.control) == N_FOLDS
    noise = evaluate_probe(keys, np.random.default_rng(1).normal(size=(90, 8)), pairs)
    assert np.mean(noise.accuracies) < 0.65


def test_a_hidden_layer_reads_what_no_plane_parts():
    """The label is whether two signs differ."""
    vectors = np.random.default_rng(2).normal(size=(400, 4)).astype(np.float32)
    keys = [f"w{i}" for i in range(400)]
    pairs = [(key, "ab"[int(row[0] * row[1] > 0)]) for key, row in zip(keys, vectors, strict=True)]
    line, hidden = (evaluate_probe(keys, vectors, pairs, hidden=n) for n in (0, 24))
    assert np.mean(line.accuracies) < 0.65 and np.mean(hidden.accuracies) > 0.85 > 0.65 > np.mean(hidden.control)
    assert "softmax regression" in str(line) and "a hidden layer of 24" in str(hidden)
    assert (line.to_dict()["hidden"], hidden.to_dict()["hidden"]) == (0, 24)


def test_the_length_of_a_vector_means_nothing():
    keys, vectors, pairs = words_with_labels()
    scaled = vectors * np.random.default_rng(3).uniform(0.01, 100, (90, 1)).astype(np.float32)
    assert evaluate_probe(keys, scaled, pairs).accuracies == evaluate_probe(keys, vectors, pairs).accuracies


def test_rare_labels_are_left_out_and_named():
    keys, vectors, pairs = words_with_labels()
    report = evaluate_probe(keys, vectors, pairs[:-12])  # three words of the label c are left
    assert report.rare_labels == ("c",) and set(report.counts) == {"a", "b"}
    with pytest.raises(ConfigError, match="needs two labels of at least 5 words .* there is one"):
        evaluate_probe(keys, vectors, pairs[:49])
    with pytest.raises(ConfigError, match="there is none"):
        evaluate_probe(keys, vectors, [("unknown", "a")])


def test_folds_are_stratified():
    targets = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [50, 23, 7]))
    folds = stratified_folds(targets, seed=1)
    for label in range(3):
        sizes = np.bincount(folds[targets == label], minlength=N_FOLDS)
        assert sizes.max() - sizes.min() <= 1
    assert np.ptp(np.bincount(folds)) <= 1
    assert (stratified_folds(targets, 1) == folds).all() and (stratified_folds(targets, 2) != folds).any()


def test_files_of_labels(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("# part of speech\nking\tproper noun\n\nwalks\tverb\n")
    assert sniff_evaluation_file(path) == "labels"
    assert read_labels(path) == [("king", "proper noun"), ("walks", "verb")]
    path.write_text("king noun\nwalks  verb\nking noun\n")
    assert sniff_evaluation_file(path) == "labels" and read_labels(path) == [("king", "noun"), ("walks", "verb")]
    for text, said in (
        ("king noun\nwalks\n", "line 2: expected a word and its label"),
        ("king\tnoun\nwalks verb\n", "line 2: expected a word and its label"),
        ("king noun\nking verb\n", "line 2: the word 'king' has a second label, 'verb'"),
        ("# nothing\n", "no word in this file"),
    ):
        path.write_text(text)
        with pytest.raises(FormatError, match=said):
            read_labels(path)


def test_on_the_command_line(tmp_path, capsys):
    keys, vectors, pairs = words_with_labels()
    write_vectors(tmp_path / "v.txt", VectorTable(keys, vectors))
    (tmp_path / "labels.txt").write_text("".join(f"{word.upper()} {label}\n" for word, label in pairs))
    assert main(["eval", str(tmp_path / "v.txt"), str(tmp_path / "labels.txt")]) == 0
    shown = capsys.readouterr().out
    assert "accuracy 9" in shown and "commonest label 50.0 %" in shown and "labels: a 45, b 30, c 15" in shown
    assert main(["eval", str(tmp_path / "v.txt"), str(tmp_path / "labels.txt"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)["results"][0]
    assert result["kind"] == "labels" and result["accuracy"] > 0.9 and len(result["folds"]) == N_FOLDS
    assert main(["eval", str(tmp_path / "v.txt"), str(tmp_path / "labels.txt"), "--hidden", "8"]) == 0
    assert "a hidden layer of 8" in capsys.readouterr().out
    assert main(["eval", str(tmp_path / "v.txt"), str(tmp_path / "labels.txt"), "--case-sensitive"]) == 2
    assert "there is none" in capsys.readouterr().err
