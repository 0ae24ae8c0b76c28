"""What `w2v info` says: vectors and corpora are told apart, the table counts, the forecast forecasts."""

import gzip
from collections import Counter

import numpy as np
import pytest

from w2v.classify.checkpoint import write_standing
from w2v.cli.commands import main
from w2v.cli.info import describe_file, vector_format
from w2v.config import TextConfig, TrainConfig
from w2v.data.datasets import registry_folder
from w2v.errors import W2VError
from w2v.formats.vector_files import VectorTable, write_vectors
from w2v.system.memory import usable_memory
from w2v.training.memory import check_memory, memory_bytes
from w2v.training.model import Word2Vec

SMALL = TrainConfig(vector_size=8, epochs=2, threads=1)


def about(path, config=SMALL, text=TextConfig()):  # noqa: B008 - immutable
    return list(describe_file(str(path), config, text))


@pytest.fixture
def write(tmp_path):
    def write(data, name="file.txt"):
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return write


@pytest.mark.parametrize(
    "data",
    [
        b"king man woman\nqueen\n",
        b"12 45 67\n45 99\n",  # walks: integer ids
        b"5 3\n1 2 3 4 5\n1 2 3\n",
        b"7 8 9\n8 9 7\n",
        b"1 1\nIn the beginning\n",
        b"1 1 1.5 litres\nof water\n",
        b"pi 3.14\nis a number\n",
        b"1 2\n",
        b"x",
    ],
)
def test_text_is_not_taken_for_vectors(write, data):
    assert vector_format(write(data)) is None


@pytest.mark.parametrize(
    ("suffix", "kind"), [("w2v", "w2v"), ("bin", "word2vec-binary"), ("txt", "word2vec-text"), ("glove", "glove")]
)
def test_vectors_are_known_by_their_bytes(tmp_path, suffix, kind):
    table = VectorTable(["king", "man", "5"], np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4))
    write_vectors(tmp_path / f"x.{suffix}", table)
    (tmp_path / "other").write_bytes((tmp_path / f"x.{suffix}").read_bytes())
    assert vector_format(str(tmp_path / "other")).name == kind
    assert about(tmp_path / "other")[0].endswith(
        f"{kind} vectors, 3 words x 4, {(tmp_path / 'other').stat().st_size} bytes"
    )
    assert about(tmp_path / "other")[1] == "words: king, man, 5"
    whole = b"2 2\na 0 1\nb 1 0\n"  # whole numbers: the name decides
    for name, expected in (("one-hot.vec", "word2vec-text"), ("one-hot", None)):
        (tmp_path / name).write_bytes(whole)
        found = vector_format(str(tmp_path / name))
        assert (found and found.name) == expected


def test_a_model_tells_its_history(tmp_path):
    sentences = [["king", "queen", "man", "woman"]] * 50
    model = Word2Vec(sentences, vector_size=8, epochs=2, workers=1)
    model.save(tmp_path / "m.w2v")
    lines = "\n".join(about(tmp_path / "m.w2v"))
    assert "counts: 200 tokens, from 50 to 50 a word" in lines
    assert "output vectors: 4 x 8; training can go on" in lines
    assert "config: model cbow, loss ns, vector_size 8" in lines and "n_read 200" in lines
    assert lines.splitlines()[-1].count(",") == 1  # two losses


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier")
    (folder / "docs").write_text("__label__good a b c\n__label__bad d e f\n__label__good g\n" * 20)
    command = ["classify", "train", str(folder / "docs"), "-o", str(folder / "c.model"), "--lower", "--epochs", "3"]
    assert main(command) == 0
    return folder / "c.model"


def test_a_classifier(classifier):
    first, labels, config, text, use = about(classifier)
    size = classifier.stat().st_size
    assert first == f"{classifier}: text classifier, 7 words, 2 labels, {size:,} bytes"
    assert labels == "labels: good 40, bad 20 (documents of training)"
    assert config.startswith("config: finetune True") and "epochs 3" in config
    assert "weights tfidf" in config and "lr 0.05" in config and text.startswith("text: lower True")
    assert use == f"use it with: w2v classify predict {classifier} DOCUMENTS"


def test_classifiers_and_checkpoints_are_called_what_they_are(classifier, tmp_path, capsys):
    asked = ["nn", classifier, "a"], ["eval", classifier, classifier.parent / "docs"], ["resume", classifier]
    for command in (*asked, ["train", classifier, "-o", tmp_path / "x.w2v"]):
        assert main(list(map(str, command))) == 2
    errors = capsys.readouterr().err
    assert errors.count("is a text classifier, not word vectors; use it with: w2v classify predict") >= 3
    assert "only files that w2v wrote" not in errors
    write_standing(tmp_path / "c", "run", {"a": np.zeros(3, np.float32)}, {})
    with pytest.raises(W2VError, match="the checkpoint of a classifier's training"):
        about(tmp_path / "c")
    model = Word2Vec([["king", "queen"]] * 50, vector_size=8, epochs=2, min_count=1, workers=1)
    write_vectors(tmp_path / "w.checkpoint", model.to_table()._replace(metadata={"run": {}}), "w2v")
    assert f"go on with: w2v resume {tmp_path / 'w.checkpoint'}" in "\n".join(about(tmp_path / "w.checkpoint"))


def test_a_corpus(write):
    data = (registry_folder() / "kingdom.txt").read_bytes()[:100_000].rsplit(b"\n", 1)[0] + b"\n"
    counts = Counter(data.decode().split())
    path = write(gzip.compress(data), "corpus.txt.gz")
    lines = about(path, TrainConfig(vector_size=8, min_count=7, threads=1))
    n_lines = data.count(b"\n")
    assert lines[0] == f"{path}: {counts.total():,} tokens, {len(counts):,} different words, {n_lines:,} sentences"
    longest = max(len(line.split()) for line in data.splitlines())
    assert lines[1].startswith(f"longest sentence: {longest} tokens")
    top = ", ".join(f"{word} {n:,}" for word, n in counts.most_common(8))
    assert lines[2] == f"commonest: {top}"
    start = lines.index("--min-count      words            tokens kept")
    rows = [line.split() for line in lines[start + 1 : -2]]
    for min_count, n_words, n_tokens, share, *mark in rows:
        kept = [n for n in counts.values() if n >= int(min_count)]
        assert (int(n_words.replace(",", "")), int(n_tokens.replace(",", ""))) == (len(kept), sum(kept))
        assert share == f"{sum(kept) / counts.total():.2%}"
        assert bool(mark) == (min_count == "7")
    assert [row[0] for row in rows] == ["1", "2", "3", "5", "7", "10", "20", "50", "100"]
    n_kept = sum(n >= 7 for n in counts.values())
    assert lines[-2].startswith(f"memory to train {n_kept:,} words x 8: ")
    assert lines[-1].startswith("time to train 5 epochs, 1 thread: ") and "words/s" in lines[-1]


@pytest.mark.parametrize(("threads", "size"), [(1, 1 << 22), (2, 1 << 22), (2, 16), (1, 7)])
def test_info_and_train_count_the_same_sentences(write, capsys, monkeypatch, threads, size):
    """Rare words leave whole sentences empty in training, and blank lines are none."""
    monkeypatch.setattr("w2v.corpus.sources.SEGMENT_BYTES", size)
    data = b"a b c\n\n  \nrare\na b\n" + b" " * 40 + b"\nonce\nonly\n\n" * 3 + b"a b c\n" * 5 + b"last"
    lines = [line for line in data.splitlines() if line.split()]
    path = write(data, "corpus.txt")
    about_corpus = about(path, TrainConfig(vector_size=8, threads=threads))[0]
    assert about_corpus.endswith(f" {len(lines)} sentences")
    options = ["--threads", str(threads), "--vector-size", "8", "--epochs", "1", "--min-count", "4"]
    assert main(["train", path, "-o", path + ".w2v", *options]) == 0
    n_bare = sum(not {b"a", b"b", b"c"} & set(line.split()) for line in lines)
    assert f"{len(lines)} sentences ({n_bare} without a word that is kept) in " in capsys.readouterr().err


@pytest.mark.parametrize("head", [b"PAR1", b"ARROW1", b"SQLite format 3", b"PK\x03\x04", b"%PDF-1.7"])
def test_a_file_of_another_kind_is_called_by_its_name(write, head):
    name = {b"PAR1": "Parquet", b"ARROW1": "Arrow", b"SQLite format 3": "SQLite", b"PK\x03\x04": "zip"}.get(head, "PDF")
    with pytest.raises(W2VError, match=name) as caught:
        about(write(head + b"\0\x15\x04" * 20))
    assert "UTF-16" not in str(caught.value)


def test_escape_codes_in_words_are_shown_as_such(tmp_path):
    keys = ["\x1b[31mred", "a\nb", "\x9bm"]
    write_vectors(tmp_path / "x.w2v", VectorTable(keys, np.eye(3, 4, dtype=np.float32)))
    assert about(tmp_path / "x.w2v")[1] == "words: \\u001b[31mred, a\\u000ab, \\u009bm"


def test_max_vocab_limits_the_forecast(write):
    lines = about(write(b"a b c d e f g\n" * 20), TrainConfig(vector_size=8, max_vocab=3, threads=1))
    assert lines[-2].startswith("memory to train 3 words x 8")


def test_warnings(write):
    assert any("single characters" in line for line in about(write(b"k i n g q u e e n " * 20)))
    assert any("very long" in line for line in about(write(b"x" * 40 + b" " + b"y" * 40 + b"\n")))
    lines = about(write(b"once \xff only\n"))
    assert "undecodable: 1 byte in 1 token" in lines
    assert lines[-1].startswith("fewer than two words are left")


def test_memory(monkeypatch):
    config = TrainConfig(vector_size=100)
    assert memory_bytes(1000, config) >= 2 * 1000 * 100 * 4
    there = usable_memory()
    assert there is None or there > 1 << 20
    monkeypatch.setattr("w2v.training.memory.usable_memory", lambda: memory_bytes(1000, config))
    check_memory(1000, config)
    with pytest.raises(W2VError, match="1,001 words x 100 need .* GB of memory"):
        check_memory(1001, config)
    monkeypatch.setattr("w2v.training.memory.usable_memory", lambda: None)
    check_memory(10**9, config)


def test_memory_limit_of_a_container(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr("w2v.system.memory._CGROUP_LIMIT", limit)
    physical = usable_memory()
    limit.write_text("max\n")
    assert usable_memory() == physical
    limit.write_text("12345678\n")
    assert usable_memory() == 12345678


def test_a_file_of_phrases(write, tmp_path, capsys):
    text = write(b"new york is big\n" * 20 + b"the new car of york\n")
    assert main(["phrases", str(text), "-o", str(tmp_path / "p.json"), "--phrases-min-count", "2"]) == 0
    capsys.readouterr()
    assert main(["info", str(tmp_path / "p.json")]) == 0
    assert capsys.readouterr().out.startswith("phrases: ")
