"""Words that were never seen on the command line: training with n-grams, `nn`, `analogy`, `eval`, `classify`."""

import json

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main
from w2v.errors import W2VError

WORDS = [stem + ending for stem in ("king", "queen", "cat", "dog") for ending in ("", "s", "ly", "ish")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("subwords")
    lines = [" ".join(np.random.default_rng(n).choice(WORDS, 12)) for n in range(100)]
    (folder / "text").write_text("\n".join(lines))
    options = ["-minn", "3", "-maxn", "4", "--vector-size", "10", "--epochs", "2", "--threads", "1", "--min-count", "1"]
    assert main(["train", str(folder / "text"), "-o", str(folder / "m.w2v"), *options]) == 0
    return folder


def test_nn_says_what_was_composed(folder, capsys):
    model = str(folder / "m.w2v")
    assert main(["nn", model, "kinglike"]) == 0
    out = capsys.readouterr().out
    assert "(kinglike is not in the vocabulary; its vector is made of " in out and "<kin" not in out
    assert main(["nn", model, "kinglike", "--show-ngrams"]) == 0
    assert "<ki <kin kin king ing" in capsys.readouterr().out
    assert main(["nn", model, "king"]) == 0 and "not in the vocabulary" not in capsys.readouterr().out
    assert main(["nn", model, "kinglike", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["composed"]["kinglike"][0] == "<ki"
    assert main(["analogy", model, "king", "queen", "catlike"]) == 0
    assert "(catlike is not in the vocabulary" in capsys.readouterr().out


def test_a_word_without_n_grams_is_an_error(folder, capsys):
    for word in ("zzzz", "x"):
        assert main(["nn", str(folder / "m.w2v"), word]) == 2
        assert "so it has no vector" in capsys.readouterr().err


def test_eval_counts_composed_words_apart(folder, capsys):
    (folder / "pairs").write_text("king\tkinglike\t9\nqueen\tqueens\t8\ncat\tzzzz\t1\ndog\tcat\t5\n")
    (folder / "questions").write_text(
        ": gram1-x\nking kings queenlike queens\nking kings cat catlike\nking kings dog dogs\n"
    )
    (folder / "labels").write_text(
        "".join(f"{word} {word[:2]}\n" for word in [*WORDS, "kinglike", "queenlike", "catlike", "doglike"])
    )
    files = [str(folder / name) for name in ("pairs", "questions", "labels")]
    assert main(["eval", str(folder / "m.w2v"), *files, "--json"]) == 0
    pairs, questions, labels = json.loads(capsys.readouterr().out)["results"]
    found = [one["models"][0]["coverage"][0] for one in (pairs, questions, labels)]
    assert found[0] == {"asked": 4, "known": 2, "composed": 1, "skipped": 1} and pairs["used"] == 3
    assert found[1] == {"asked": 3, "known": 1, "composed": 1, "skipped": 1} and questions["total"]["answered"] == 2
    assert found[2] == {"asked": 20, "known": 16, "composed": 4, "skipped": 0} and labels["used"] == 20
    assert main(["eval", str(folder / "m.w2v"), files[0]]) == 0
    assert "4 asked, 2 known, 1 composed, 1 skipped" in capsys.readouterr().out


def test_classify_composes_the_words_of_documents(folder):
    lines = [
        f"__label__{'a' if n % 2 else 'b'} {'kinglike kingless' if n % 2 else 'catlike catless'}" for n in range(40)
    ]
    (folder / "docs").write_text("\n".join(lines))
    command = ["classify", "train", str(folder / "docs"), "--vectors", str(folder / "m.w2v"), "-o", str(folder / "c")]
    assert main([*command, "--epochs", "2"]) == 0


def test_extend_keeps_the_n_grams(folder, capsys):
    (folder / "more").write_text("kingdom queendom catdom\n" * 9)
    command = ["train", str(folder / "more"), "--extend", str(folder / "m.w2v"), "--epochs", "1", "--alpha", "0.01"]
    assert main([*command, "-o", str(folder / "e.w2v"), "--max-n", "5"]) == 2
    assert "contradicts the model to extend" in capsys.readouterr().err
    assert main([*command, "-o", str(folder / "e.w2v")]) == 0
    assert not w2v.load(folder / "e.w2v").is_composed("kingdom")


def test_steps_that_would_leave_unknown_words_as_they_are_are_refused(folder):
    vectors = w2v.load(folder / "m.w2v")
    with pytest.raises(W2VError, match="with_composed"):
        vectors.center()
    assert np.allclose(vectors.with_composed(["kinglike"]).center().vectors.mean(axis=0), 0, atol=1e-6)


def test_no_command_takes_such_steps_either(folder, capsys):
    text, model, out = (str(folder / name) for name in ("text", "m.w2v", "never.w2v"))
    for command in (
        ["train", text, "-o", out, "--max-n", "4", "--min-count", "1", "--postprocess", "center"],
        ["convert", model, out, "--postprocess", "center"],
    ):
        assert main(command) == 2
        assert "would stay as they are" in capsys.readouterr().err and not (folder / "never.w2v").exists()


def test_vectors_of_known_words_alone_are_trained_no_further(folder):
    w2v.load(folder / "m.w2v").with_composed([]).save(folder / "plain.w2v")
    with pytest.raises(W2VError, match="holds no|cannot go on|no training"):
        w2v.FastText.load(str(folder / "plain.w2v"))


def test_words_beyond_the_limit_of_eval_are_not_composed(folder, capsys):
    last = w2v.load(folder / "m.w2v").index_to_key[-2:]
    (folder / "pairs").write_text(f"{last[0]}\t{last[1].upper()}\t1\nkinglike\tqueenlike\t2\n{last[0]}\tkinglike\t3\n")
    assert main(["eval", str(folder / "m.w2v"), str(folder / "pairs"), "--restrict-vocab", "3"]) == 0
    assert "3 asked, 0 known, 1 composed, 2 skipped" in capsys.readouterr().out


def test_predictions_leave_unknown_words_out():
    sentences = [["king", "queen", "cat", "dog"] * 3] * 20
    model = w2v.FastText(sentences, vector_size=10, min_count=1, min_n=3, max_n=4, bucket=100, workers=1)
    assert model.predict_output_word(["king", "kinglike"]) == model.predict_output_word(["king"])
    assert model.predict_output_word(["kinglike"]) is None


@pytest.mark.parametrize("option", ["--log", "--save-vocab"])
def test_what_is_read_is_not_written_over(folder, capsys, option):
    model = str(folder / "m.w2v")
    before = (folder / "m.w2v").read_bytes()
    command = ["train", str(folder / "text"), "-o", str(folder / "never.w2v"), "--max-n", "4", "--init", model]
    assert main([*command, "--vector-size", "10", "--min-count", "1", option, model]) == 2
    assert "it is read" in capsys.readouterr().err and (folder / "m.w2v").read_bytes() == before


def test_formats_that_keep_no_n_grams_are_warned_of_and_floret_is_refused_before_training(folder, capsys):
    command = ["train", str(folder / "text"), "--max-n", "4", "--epochs", "1", "--vector-size", "4", "-o"]
    for name, is_lost in (("p.bin", True), ("p.vec", True), ("p.fasttext", False), ("p.w2v", False)):
        assert main([*command, str(folder / name), "--bucket", "1000"]) == 0
        err = capsys.readouterr().err
        assert ("warning" in err and ".w2v or -o NAME.fasttext" in err) == is_lost
    assert main([*command, str(folder / "h.fasttext"), "--hash-count", "2"]) == 2
    err = capsys.readouterr().err
    assert "words have no rows of their own" in err and "words in" not in err and err.count("\n") == 1
    assert not (folder / "h.fasttext").exists()
