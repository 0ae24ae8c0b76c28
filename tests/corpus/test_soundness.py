"""Texts that are not what they are taken for: said in a sentence, or refused where nothing could be learnt."""

import json
import random
import re

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.corpus.likely_encoding import likely_encoding
from w2v.corpus.soundness import subsampled, table
from w2v.errors import CorpusError
from w2v.training.model import Word2Vec

WORDS = {
    "cp949": "왕과 여왕 그리고 남자 여자 서울 한국어 위키백과 사람들이 읽는 글을 모은 것이다",
    "cp932": "王様と女王は城に住んでいる それからこの本を読んだ カタカナの言葉もある",
    "gb18030": "国王和王后 我们在中国的地方 他是一个人 这不是我的时间 你也来了",
    "big5": "國王和王后 我們在中國的地方 他是一個人 這不是我的時間 你也來了",
    "cp1251": "король и королева живут в замке они читают книгу о человеке",
    "koi8-r": "король и королева живут в замке они читают книгу о человеке",
    "cp1252": "der könig und die königin hören im schloß die glocken übers jahr café déjà vu",
    "utf-8": "der könig und die königin hören im schloß die glocken übers jahr café déjà vu",
}


def written(path, words, encoding="utf-8", n_lines=400):
    choose = random.Random(0)
    path.write_bytes("\n".join(" ".join(choose.choices(words, k=9)) for _ in range(n_lines)).encode(encoding))
    return str(path)


def train(*arguments):
    return main(["train", *map(str, arguments), "--vector-size", "8", "--epochs", "2", "--threads", "1"])


def ledger_line(output, name):
    return int(re.search(rf"^\W*{name} +([\d,]+)", output, re.M)[1].replace(",", ""))


@pytest.mark.parametrize("encoding", WORDS)
def test_the_likely_encoding(tmp_path, encoding):
    file = written(tmp_path / "c.txt", WORDS[encoding].split(), encoding)
    named = "ascii" if encoding == "utf-8" else "utf-8"
    assert likely_encoding([file], named) == encoding
    assert likely_encoding([file], encoding) is None
    assert likely_encoding(["-", str(tmp_path / "gone")], named) is None


def test_a_text_in_another_encoding_is_refused(tmp_path, capsys):
    korean = WORDS["cp949"].split()
    for words, part in ((korean, "none of the 3,600"), ([*korean, "king", "queen"], "of the 3,600")):
        file = written(tmp_path / "c.txt", words, "cp949")
        assert train(file, "-o", tmp_path / "x.w2v", "--min-count", 1) == 2
        error = capsys.readouterr().err.splitlines()[-1]
        assert part in error and "--encoding cp949" in error
    assert train(file, "-o", tmp_path / "x.w2v", "--min-count", 5000) == 2  # so few are left that none is frequent
    error = capsys.readouterr().err.splitlines()[-1]
    assert "tokens of the corpus cannot be decoded; it looks like --encoding cp949" in error
    assert not (tmp_path / "x.w2v").exists()
    assert train(file, "-o", tmp_path / "x.w2v", "--min-count", 1, "--encoding", "cp949") == 0
    assert train(file, "-o", tmp_path / "x.w2v", "--min-count", 1, "--errors", "replace") == 0  # as it was asked for


@pytest.mark.parametrize(("n_bad", "is_said"), [(5, False), (60, True)])
def test_a_text_with_some_words_in_another_encoding(tmp_path, capsys, caplog, n_bad, is_said):
    file = written(tmp_path / "c.txt", ["king", "queen", "man", "woman"])
    with open(file, "ab") as text:
        text.write(b"\n" + "könig ".encode("cp1252") * n_bad)
    assert train(file, "-o", tmp_path / "x.w2v") == 0
    assert ledger_line(capsys.readouterr().out, "undecodable") == n_bad
    assert ("--encoding cp1252" in caplog.text) == is_said


TABLES = {
    "a token a line": "\n".join(random.Random(1).choices(["king", "queen", "man"], k=3000)),
    "a table": "\n".join(random.Random(1).choices(["1,king", "2,queen", "3,man"], k=3000)),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_text_without_a_pair_is_refused(tmp_path, capsys, name):
    (tmp_path / "c.txt").write_text(TABLES[name])
    assert train(tmp_path / "c.txt", "-o", tmp_path / "x.w2v") == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "3,000 of the 3,000 tokens (100.0%) are alone on their line" in last and "a session" in last
    assert not (tmp_path / "x.w2v").exists()
    assert main(["info", str(tmp_path / "c.txt")]) == 0
    assert "warning: 3,000 of the 3,000 tokens" in capsys.readouterr().out


def test_a_text_with_few_pairs_is_warned_of(tmp_path, capsys, caplog):
    (tmp_path / "c.txt").write_text(TABLES["a table"] + "\n" + "1,king 2,queen\n" * 500)
    assert train(tmp_path / "c.txt", "-o", tmp_path / "x.w2v", "--log", tmp_path / "log") == 0
    assert "3,000 of the 4,000 tokens (75.0%) are alone" in caplog.text
    output = capsys.readouterr().out
    assert "3,000 of the tokens in the stream" in output
    parts = ("trained", "subsampled", "rare", "undecodable")
    assert ledger_line(output, "read") == sum(ledger_line(output, part) for part in parts)
    ledger = json.loads((tmp_path / "log").read_text().splitlines()[-1])
    assert ledger["without_context"] == [3000, 6000]


def test_tokens_without_context_are_counted_as_the_stream_has_them():
    sentences = [["a"], ["a", "b"], [], ["b"], ["rare", "a"], ["a", "b", "a"]]
    with encode_corpus(sentences, TextConfig(), TrainConfig(min_count=2)) as corpus:
        assert corpus.n_alone == 3
    with encode_corpus(sentences, TextConfig(), TrainConfig(min_count=1)) as corpus:
        assert corpus.n_alone == 2
        corpus.check_sound(0)
    alone = [["a"], ["b"]] * 5
    with encode_corpus(alone, TextConfig(), TrainConfig()) as corpus, pytest.raises(CorpusError, match="no context"):
        corpus.check_sound(0)


def test_markup_among_the_commonest_words_is_pointed_at(tmp_path, caplog):
    file = written(tmp_path / "c.txt", ["<doc", "</doc>", "http", "king", "queen", "&nbsp;"])
    assert train(file, "-o", tmp_path / "x.w2v") == 0
    assert "what looks like markup (" in caplog.text and "'<doc'" in caplog.text
    caplog.clear()
    file = written(tmp_path / "c.txt", ["<unk>", "<s>", "</s>", "a", "b", "pre", "links"])
    assert train(file, "-o", tmp_path / "x.w2v") == 0
    assert "markup" not in caplog.text


@pytest.mark.parametrize("name", ["a.csv", "a.TSV", "a.json", "b/a.jsonl.gz", "a.ndjson"])
def test_a_table_is_pointed_at_by_its_name(name):
    assert "give the text alone, a sentence a line" in next(table(["text.txt", name, "b.csv"])).sentence
    assert not any(table(["text.txt", "csv", "a.csv.txt", "-"]))


def test_a_table_of_items_trained_as_text(tmp_path, caplog):
    """Baskets as they are exported: `fruit,semi-finished` became a word, without a word about it."""
    (tmp_path / "baskets.csv").write_text("citrus fruit,semi-finished bread,whole milk\n" * 400)
    assert train(tmp_path / "baskets.csv", "-o", tmp_path / "x.w2v") == 0
    assert f"{tmp_path / 'baskets.csv'} is named as a table and read as plain text" in caplog.text
    with encode_corpus([["a", "b"]] * 9, TextConfig(), TrainConfig(min_count=1)) as corpus:
        assert not corpus.findings(0)


def test_a_text_of_rare_words(tmp_path, caplog):
    many = " ".join(f"w{number}" for number in range(3601))
    for name, n_lines in (("few.txt", 400), ("enough.txt", 401)):
        caplog.clear()
        with open(written(tmp_path / name, ["king", "queen"], n_lines=n_lines), "a") as text:
            text.write(f"\n{many}")
        assert train(tmp_path / name, "-o", tmp_path / "x.w2v") == 0
        said = "3,601 of the 7,201 tokens (50.0%) are rare words and are left out; w2v info CORPUS shows" in caplog.text
        assert said == (name == "few.txt")


# ---- what was learned


def test_a_run_that_learned_nothing_says_so(tmp_path, caplog):
    """The edges of a graph, given as text: each node had its two or three neighbours, once."""
    edges = "\n".join(f"n{number} n{number * 7 % 2000}" for number in range(1, 4000))
    (tmp_path / "edges.txt").write_text(edges)
    settings = ["--min-count", 1, "--model", "sg", "--sample", 0]
    assert train(tmp_path / "edges.txt", "-o", tmp_path / "x.w2v", *settings) == 0
    assert "next to nothing was learned: the loss is 4.15" in caplog.text and "walks over them" in caplog.text
    assert "of vectors that know nothing 4.1589" in caplog.text
    caplog.clear()
    (tmp_path / "edges.txt").write_text("\n".join([edges] * 60))
    assert train(tmp_path / "edges.txt", "-o", tmp_path / "x.w2v", *settings, "--alpha", 0.1) == 0
    assert "learned" not in caplog.text
    Word2Vec([["cat", "say", "meow"], ["dog", "say", "woof"]], min_count=1, vector_size=4, workers=1)
    assert "learned" not in caplog.text  # too few pairs to tell


# ---- subsampling


@pytest.mark.parametrize(("sample", "code"), [("1e-12", 2), ("1e-6", 0), ("1e-3", 0), ("0", 0)])
def test_subsampling_that_leaves_nearly_nothing(tmp_path, capsys, caplog, sample, code):
    text = written(tmp_path / "text", WORDS["utf-8"].split())
    assert train(text, "-o", tmp_path / "x.w2v", "--sample", sample) == code
    said = capsys.readouterr().err + caplog.text
    assert ("subsampling leaves some" in said) == ("or 0 to keep all" in said) == (sample != "0")
    assert (tmp_path / "x.w2v").exists() == (code == 0)
    assert main(["info", text, "--sample", sample]) == 0
    assert ("warning: subsampling leaves some" in capsys.readouterr().out) == (sample != "0")
    assert not list(subsampled(np.full(13, 70), 1e-3)) and not list(subsampled(np.full(200, 70), 1e-3))  # few; many


def test_a_run_without_a_pair_says_so(tmp_path, caplog):
    """A text too short to tell: its expected number of pairs is not small."""
    sentences, n_pairs = [["cat", "say", "meow"], ["dog", "say", "woof"]], []
    for seed in range(20):
        caplog.clear()
        model = Word2Vec(sentences, min_count=1, vector_size=4, epochs=1, workers=1, seed=seed)
        n_pairs.append(model.history.total.n_pairs)
        assert ("not one pair of words was trained" in caplog.text) == (n_pairs[-1] == 0)
    assert 0 in n_pairs
