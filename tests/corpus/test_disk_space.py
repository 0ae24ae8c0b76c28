"""Disk space is asked for before a corpus is read."""

import gzip
import os
import shutil
from collections import namedtuple

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.disk_space import check_space, forecast_bytes
from w2v.corpus.encode import encode_corpus
from w2v.errors import CorpusError


def test_the_forecast_is_what_is_taken(tmp_path, monkeypatch):
    words = np.random.default_rng(0).integers(0, 500, 200_000)
    text = "\n".join(" ".join(map(str, words[start : start + 9])) for start in range(0, len(words), 9)) + "\n"
    (tmp_path / "c").write_text(text)
    with encode_corpus([tmp_path / "c"], TextConfig(), TrainConfig(min_count=1, threads=1)) as corpus:
        taken = 2 * corpus.ids.nbytes
    assert taken == pytest.approx(forecast_bytes([str(tmp_path / "c")]), rel=0.02)
    assert forecast_bytes([str(tmp_path / "c")] * 2 + ["-"]) == pytest.approx(2 * taken, rel=0.02)


def test_what_cannot_be_foreseen_is_let_through(tmp_path):
    (tmp_path / "c.gz").write_bytes(gzip.compress(b"a b " * 1000))
    (tmp_path / "empty").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    assert forecast_bytes([str(tmp_path / name) for name in ("c.gz", "empty", "pipe")] + ["-"]) == 0
    check_space(["-"], tmp_path / "no such folder")


def test_a_corpus_beyond_any_disk(tmp_path, capsys):
    with open(tmp_path / "c", "wb") as file:
        file.write(b"a b c d\n" * (1 << 16))
        file.truncate(1 << 43)  # sparse
    with pytest.raises(CorpusError, match="will take some .* GB and .* GB free.*--cache-dir"):
        encode_corpus([tmp_path / "c"], TextConfig(), TrainConfig(), folder=tmp_path)
    usage = shutil.disk_usage(tmp_path)
    assert usage.free < forecast_bytes([str(tmp_path / "c")])


def test_the_command_ends_with_code_2_and_one_sentence(tmp_path, monkeypatch, capsys):
    (tmp_path / "c").write_text("a b c d e\n" * 2000)
    Usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9, 1000))
    assert main(["train", str(tmp_path / "c"), "-o", str(tmp_path / "v.w2v"), "--cache-dir", str(tmp_path)]) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(said) == 1 and f"{tmp_path} has 0.00 GB free" in said[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c"]
