"""Columns of tables as text: what training reads of them, beside the text alone."""

import gzip
import json

import pytest

from w2v.cli.commands import main
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.corpus.soundness import table
from w2v.errors import ConfigError, CorpusError, FormatError, W2VError

ROWS = [("7", "the king, \u201cwise\u201d", "a"), ("8", "of the land", "b"), ("9", "", "a"), ("10", "the queen", "c")]
LINES = "".join(f"{text}\n" for _, text, _ in ROWS)


def encoded(path, text):
    with encode_corpus([str(path)], text, TrainConfig(min_count=1)) as corpus:
        return [corpus.vocab.words[i] if i >= 0 else "\n" for i in corpus.ids.tolist()], corpus.n_sentences_read


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "plain.txt"
    path.write_text(LINES, encoding="utf-8")
    return encoded(path, TextConfig())


def tabs(rows):
    return "".join("\t".join(row) + "\n" for row in rows)


def commas(rows):
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def objects(rows):
    return "\n".join(json.dumps(dict(zip(rows[0], row, strict=True))) for row in rows[1:]) + "\n\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    ("name", "form", "column"),
    [("a.tsv", tabs, "text"), ("a.csv", commas, "text"), ("a.jsonl", objects, "text"), ("a.TSV.gz", tabs, "2")],
)
def test_a_column_is_read_as_the_text_alone_would_be(name, form, column, encoding, tmp_path, plain):
    header = [] if column == "2" else [("id", "text", "label")]
    data = form([*header, *ROWS]).encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    text = TextConfig(text_column=column, encoding="utf-8" if encoding == "utf-8-sig" else encoding)
    assert encoded(tmp_path / name, text) == plain


def test_several_columns_rows_of_several_lines_and_segments(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v.corpus.sources.SEGMENT_BYTES", 64)
    rows = [(f"w{n}", f"x{n}\ny{n}") for n in range(200)]
    (tmp_path / "a.csv").write_text(commas([("one", "two"), *rows]))
    (tmp_path / "a.txt").write_text("".join(f"{two} {one}\n" for one, two in rows))
    wanted = encoded(tmp_path / "a.txt", TextConfig())
    assert encoded(tmp_path / "a.csv", TextConfig(text_column="two,one")) == wanted


def test_what_cannot_be_decoded_is_left_out_of_a_column_too(tmp_path):
    (tmp_path / "a.tsv").write_bytes(b"text\nthe \xff king\n")
    assert encoded(tmp_path / "a.tsv", TextConfig(text_column="text"))[0] == ["the", "king", "\n"]
    with pytest.raises(CorpusError, match=r"a\.tsv: .* cannot be decoded as utf-8"):
        encoded(tmp_path / "a.tsv", TextConfig(text_column="text", errors="strict"))


@pytest.mark.parametrize(
    ("name", "data", "column", "error", "message"),
    [
        (
            "a.tsv",
            "id\ttext\n1\ta\n",
            "body",
            FormatError,
            "has no column 'body' but id, text; name the column with --",
        ),
        ("a.csv", "1,2\n3\n", "2", FormatError, "line 2 has 1 column and the first has 2"),
        ("a.jsonl", "{", "text", FormatError, "line 1 is not valid JSON"),
        ("a.jsonl", '{"body": "a"}', "text", FormatError, "no text under 'text' but body; name the field"),
        ("a.txt", "a b", "text", CorpusError, "not named as a table .* leave --text-column out"),
        ("a.tsv", "a\tb", "1,b", ConfigError, "give names for a table with a header, or numbers"),
        ("a.tsv", "a\tb", "", ConfigError, "an empty column name"),
    ],
)
def test_what_is_said_of_other_tables(name, data, column, error, message, tmp_path):
    (tmp_path / name).write_text(data)
    with pytest.raises(error, match=message):
        encoded(tmp_path / name, TextConfig(text_column=column))


def test_sentences_have_no_column():
    with (
        pytest.raises(W2VError, match="text_column is for tables"),
        encode_corpus([["a", "b"]], TextConfig(text_column="text"), TrainConfig()),
    ):
        pass


def test_the_command_and_its_model(tmp_path, caplog, capsys):
    (tmp_path / "a.tsv").write_text("label\ttext\n" + "x\tthe king of the land\ny\tthe queen\n" * 9)
    path, model = str(tmp_path / "a.tsv"), str(tmp_path / "a.w2v")
    assert main(["train", path, "--text-column", "text", "-o", model, "--vector-size", "8", "--min-count", "1"]) == 0
    assert "named as a table" not in caplog.text and "--text-column" in next(table([path])).sentence
    assert main(["info", model]) == 0
    assert "text_column text" in capsys.readouterr().out
    (tmp_path / "b.txt").write_text("the king and the prince\n" * 9)  # the column is that of a corpus, not of a model
    more = ["--extend", model, "-o", model, "--epochs", "1", "--alpha", "0.01"]
    assert main(["train", str(tmp_path / "b.txt"), *more]) == 0
    assert main(["train", path, "--text-column", "text", *more]) == 0
    assert main(["phrases", path, "--text-column", "2,1", "-o", str(tmp_path / "p.json")]) == 0
    assert "tokens read 83" in capsys.readouterr().out
