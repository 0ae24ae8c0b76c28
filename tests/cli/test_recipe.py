"""The recipe of the text travels with the model: questions are put in the words that training made."""

import json
import unicodedata

import pytest

import w2v
from w2v.cli.commands import main
from w2v.cli.eval_command import as_trained
from w2v.errors import UnknownWordError
from w2v.evaluation.benchmarks import Benchmark

TEXT = "King, queen; man (woman) 왕자 공주 l'homme.\n" * 300
DECOMPOSED = unicodedata.normalize("NFD", "왕자")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of the text with the options given, trained once."""
    folder = tmp_path_factory.mktemp("recipe")
    (folder / "text").write_text(TEXT, encoding="utf-8")

    def train(*options):
        path = folder / f"model{''.join(options)}.w2v"
        if not path.exists():
            quick = ["--vector-size", "8", "--epochs", "1", "--threads", "1"]
            assert main(["train", str(folder / "text"), "-o", str(path), *quick, *options]) == 0
        return str(path)

    return train


@pytest.mark.parametrize(
    ("options", "asked", "meant"),
    [
        (["--lower"], ["KING,"], ["king,"]),
        (["--nfc"], [DECOMPOSED], ["왕자"]),
        (["--tokenize"], ["(King),"], ["King"]),
        (["--tokenize", "--lower"], ["King,man!"], ["king", "man"]),
        (["--tokenize", "--lower", "--nfc"], [DECOMPOSED + ".", "-", "L'HOMME"], ["왕자", "-", "l'homme"]),
    ],
)
def test_nn_asks_in_the_words_of_training(model, capsys, options, asked, meant):
    path = model(*options)
    capsys.readouterr()  # the training's
    assert main(["nn", path, *asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["nn", path, *meant, "--json", "--as-written"]) == 0
    assert found["neighbours"] == json.loads(capsys.readouterr().out)["neighbours"]
    assert found["query"] == " ".join(asked)
    assert main(["nn", path, *asked, "--as-written"]) == 2  # switched off
    assert "is not in the vocabulary" in capsys.readouterr().err


def test_what_is_no_word_of_training_stays(model, capsys):
    assert main(["nn", model("--lower", "--tokenize"), "..."]) == 2
    assert "'...' is not in the vocabulary" in capsys.readouterr().err
    assert main(["nn", model(), "KING,"]) == 2  # this text was taken as it is
    assert "did you mean King,?" in capsys.readouterr().err


def test_analogy_and_eval_ask_so_too(model, capsys, tmp_path):
    path = model("--lower", "--tokenize", "--nfc")
    capsys.readouterr()
    assert main(["analogy", path, "Man", "KING", "Woman"]) == 0
    assert "Man is to KING as Woman is to ?" in capsys.readouterr().out
    files = {
        "questions": f": family\nMAN KING Woman {DECOMPOSED}\n",
        "pairs": f"MAN\tKING\t9\nWoman\t{DECOMPOSED}\t5\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = ["eval", path, str(tmp_path / "questions"), str(tmp_path / "pairs"), "--json", "--case-sensitive"]
    assert main(command) == 0
    questions, pairs = json.loads(capsys.readouterr().out)["results"]
    assert questions["total"]["answered"] == 1 and pairs["used"] == 2 and pairs["unknown_words"] == []
    assert main([*command, "--as-written"]) == 0
    questions, pairs = json.loads(capsys.readouterr().out)["results"]
    assert questions["total"]["answered"] == pairs["used"] == 0
    labels = [("KING.", "Male"), (DECOMPOSED, "Male"), ("King,man", "Both")]
    found = as_trained(Benchmark("labels.txt", "labels", labels), w2v.load(path))
    assert found.items == [("king", "Male"), ("왕자", "Male"), ("King,man", "Both")]


def test_look_up_in_python_is_exact(model):
    vectors = w2v.load(model("--lower", "--tokenize"))
    with pytest.raises(UnknownWordError):
        vectors["King"]
    assert vectors.as_trained("The King's MAN") == ["the", "king's", "man"]
    assert vectors.as_trained("king") == ["king"] and vectors.as_trained("--") == ["--"]
    assert vectors.most_similar(vectors.as_trained("King"), topn=1) == vectors.most_similar("king", topn=1)
    vectors.metadata["text"] = {"lower": "yes", "tokenize": [1]}  # a file can say anything
    assert vectors.as_trained("King") == ["King"]
    vectors.metadata["text"] = 7
    assert vectors.as_trained("King") == ["King"]
