"""The token ledger adds up on texts that nobody would write."""

import random

import numpy as np
import pytest
from support import StopsAt

from w2v.cli.commands import main
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.corpus.stream import BREAK
from w2v.errors import CorpusError, FormatError
from w2v.formats.vector_files import write_vectors
from w2v.training.ledger import Ledger
from w2v.training.model import Word2Vec

WORDS = [b"w%d" % n for n in range(50)]


def one_long_line(size):
    """Words and nothing else: no newline."""
    return b" ".join(random.Random(0).choices(WORDS, k=size // 4))[:size]


def half_undecodable(size):
    """Random bytes above ASCII beside words."""
    choose = random.Random(1)
    junk = bytes(range(128, 256))
    return b" ".join(
        choose.choice(WORDS) if choose.random() < 0.5 else bytes(choose.choices(junk, k=4)) for _ in range(size // 5)
    )


TEXTS = {
    "one long line": lambda: one_long_line(20_000_000),
    "empty lines": lambda: b"\n" * 500_000 + b"a b a b\n" * 3 + b"\r\n" * 500_000 + b"a",
    "lines of one word": lambda: b"\n".join(random.Random(2).choices(WORDS, k=300_000)),
    "zero bytes": lambda: b"a b " * 70_000 + b"a\0b \0 \0\0 a b\n" * 5_000,
    "half undecodable": lambda: half_undecodable(2_000_000),
    "white space of all kinds": lambda: b"a\tb\x0bc\x0cd\r e\x1cf \x85 g\xc2\xa0h \xe2\x80\xa8i\n" * 10_000,
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("threads", [1, 2])
def test_read_equals_stream_and_what_was_left_out(tmp_path, name, threads):
    text = TEXTS[name]()
    (tmp_path / "c").write_bytes(text)
    with encode_corpus([tmp_path / "c"], TextConfig(), TrainConfig(min_count=2, threads=threads)) as corpus:
        ledger = corpus.ledger
        assert ledger.n_read == ledger.n_stream + ledger.n_rare + ledger.n_undecodable
        assert ledger.n_stream == np.count_nonzero(corpus.ids != BREAK) == corpus.vocab.n_tokens
        assert ledger.n_read == n_tokens(text)
        assert len(corpus.ids) == ledger.n_stream + corpus.n_sentences
        assert (ledger.n_undecodable > 0) == (name in ("half undecodable", "white space of all kinds"))


def n_tokens(text):
    """Split at ASCII white space, then each decodable token at that of Unicode; an undecodable one counts once."""
    total = 0
    for token in text.split():
        decoded = token.decode("utf-8", "surrogateescape")
        total += len(decoded.split())
    return total


def test_the_command_says_so(tmp_path, capsys):
    (tmp_path / "c").write_bytes(half_undecodable(20_000))
    arguments = [str(tmp_path / "c"), "-o", str(tmp_path / "v.w2v"), "--epochs", "2", "--vector-size", "8"]
    assert main(["train", *arguments, "--min-count", "40", "--threads", "1"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line[:1] in "r=+"]
    numbers = {row[-3]: [int(number.replace(",", "")) for number in row[-2:]] for row in rows}
    for column in (0, 1):
        assert numbers["read"][column] == sum(
            numbers[name][column] for name in ("trained", "subsampled", "rare", "undecodable")
        )
    assert numbers["read"][0] == 4000 and numbers["undecodable"][0] > 1500 and numbers["rare"][0] > 0


def test_zero_bytes_at_the_start_are_no_text(tmp_path):
    (tmp_path / "c").write_bytes(b"a b \0 c\n" * 100)
    with pytest.raises(CorpusError, match="byte 4 is zero"):
        encode_corpus([tmp_path / "c"], TextConfig(), TrainConfig())


# ---- of a model


TEXT = b"a b c d e f\n" * 300 + b"rare words\n" + b"\xff\xfe\n" * 2 + b"a\n" * 100
SETTINGS = {"vector_size": 4, "min_count": 5, "sample": 1e-2, "workers": 1}


@pytest.fixture
def trained(tmp_path):
    (tmp_path / "c").write_bytes(TEXT)
    return Word2Vec(corpus_file=tmp_path / "c", epochs=3, **SETTINGS)


def test_the_ledger_of_a_model(trained):
    ledger = trained.ledger
    assert len(ledger.epochs) == 3 and all(epoch.adds_up for epoch in ledger.epochs)
    for one, times in ((ledger.last, 1), (ledger.total, 3)):
        assert (one.read, one.rare, one.undecodable, one.without_context, one.undecodable_bytes) == tuple(
            times * n for n in (1904, 2, 2, 100, 4)
        )
        assert one.read == one.trained + one.subsampled + one.rare + one.undecodable
        assert one.subsampled > 0 and one.pairs > 0
    assert ledger.last.mean_loss == trained.history.epochs[-1].mean_loss
    assert sum(ledger.epochs, Ledger()) == ledger.total == ledger.epochs[0] + ledger.epochs[1] + ledger.last


def test_it_can_be_printed(trained):
    table = str(trained.ledger).splitlines()
    assert table[0].split() == ["tokens", "last", "epoch", "all", "3", "epochs"]
    assert [line.split()[-2:] for line in table if line.startswith(("read", "+ rare"))] == [
        ["1,904", "5,712"], ["2", "6"]
    ]  # fmt: skip
    assert any(line.startswith("without context: 100 ") for line in table)
    assert any(line.startswith("undecodable bytes: 4; --encoding (encoding=)") for line in table)
    assert str(trained.ledger.last) in repr(trained) and "2 rare + 2 undecodable" in repr(trained)
    assert repr(trained.ledger).startswith("<Ledgers of 3 epochs: 5,712 read = ")


def test_it_goes_on_with_another_corpus_and_through_a_file(trained, tmp_path):
    """Each epoch has the figures of its own corpus."""
    trained.train([["a", "b", "x"]] * 10, epochs=2, start_alpha=0.01)
    assert [epoch.read for epoch in trained.ledger.epochs] == [1904] * 3 + [30] * 2
    assert [epoch.rare for epoch in trained.ledger.epochs] == [2] * 3 + [10] * 2
    assert trained.ledger.total.read == 3 * 1904 + 60 and trained.ledger.total.adds_up
    trained.save(tmp_path / "m")
    assert Word2Vec.load(tmp_path / "m").ledger.epochs == trained.ledger.epochs


def test_a_file_of_version_0_1_has_the_figures_of_its_last_corpus(trained, tmp_path):
    table = trained.to_table()
    metadata = {key: value for key, value in table.metadata.items() if key != "left_out"}
    write_vectors(tmp_path / "m", table._replace(metadata=metadata), "w2v")
    ledger = Word2Vec.load(tmp_path / "m").ledger
    assert ledger.total.read == trained.ledger.total.read and ledger.total.adds_up
    write_vectors(tmp_path / "m", table._replace(metadata={**metadata, "left_out": [[1, 2]] * 3}), "w2v")
    with pytest.raises(FormatError, match="the training state is malformed"):
        Word2Vec.load(tmp_path / "m")


def test_before_and_after_an_interruption(tmp_path):
    (tmp_path / "c").write_bytes(TEXT)
    model = Word2Vec(epochs=3, **SETTINGS)
    assert model.ledger.last == model.ledger.total == Ledger() and model.ledger.epochs == []
    model.build_vocab(corpus_file=tmp_path / "c")
    with pytest.raises(KeyboardInterrupt):
        model.train(corpus_file=tmp_path / "c", progress=StopsAt(100), checkpoint=tmp_path / "k")
    n_whole = len(model.ledger.epochs)  # of the epoch in hand nothing counts yet
    assert 0 < n_whole < 3 and [epoch.read for epoch in model.ledger.epochs] == [1904] * n_whole
    resumed = Word2Vec.resume(tmp_path / "k", corpus_file=tmp_path / "c")
    assert [epoch.read for epoch in resumed.ledger.epochs] == [1904] * 3
    assert resumed.ledger.total.adds_up
