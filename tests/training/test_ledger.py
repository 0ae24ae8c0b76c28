"""The token ledger adds up on texts that nobody would write."""

import random

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.corpus.stream import BREAK
from w2v.errors import CorpusError

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
