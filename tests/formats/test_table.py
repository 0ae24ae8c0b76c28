"""The table of formats: a further format is one record and one line, and everything that speaks of formats knows it."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main
from w2v.cli.info import vector_format
from w2v.cli.options import make_parsers
from w2v.errors import ConfigError, FormatError
from w2v.formats import table
from w2v.formats.foreign import FOREIGN
from w2v.formats.format import Format, Reading, VectorTable
from w2v.formats.native import _Array
from w2v.formats.sample import Sample
from w2v.formats.table import FORMATS, format_of, format_to_read, sniff_format
from w2v.formats.vector_files import read_vectors, write_vectors
from w2v.system.files import atomic_writer

TWO = VectorTable(["king", "man"], np.array([[1, 2], [3, 4]], np.float32))


# ---- a format's file, as a stranger would write it


def read_toy(path, reading):
    """Lines of a word and whole numbers, after a first line "toy"."""
    first, *lines = Path(path).read_text(encoding=reading.encoding).splitlines()
    if first != "toy":
        raise FormatError(f"{path}: line 1 is not 'toy'; is this a toy file?")
    rows = [line.split() for line in lines[: reading.limit]]
    return VectorTable([row[0] for row in rows], np.array([row[1:] for row in rows], np.float32))


def write_toy(path, given):
    """Round the numbers."""
    with atomic_writer(path) as handle:
        handle.write(b"toy\n")
        for key, row in zip(given.keys, given.vectors, strict=True):
            handle.write(f"{key} {' '.join(str(round(float(number))) for number in row)}\n".encode())


TOY = Format(
    "toy",
    "whole numbers",
    (".toy", ".int"),
    recognises=lambda sample: sample.head.startswith(b"toy\n"),
    read=read_toy,
    write=write_toy,
    has_mark=True,
)


@pytest.fixture
def with_toy(monkeypatch, tmp_path):
    monkeypatch.setattr(table, "FORMATS", (*table.FORMATS, TOY))  # the one line
    monkeypatch.chdir(tmp_path)
    write_vectors("two.txt", TWO)


# ---- what the table is used for


def test_a_further_format_is_converted_to_and_from(with_toy, capsys):
    assert main(["convert", "two.txt", "two.toy"]) == 0
    assert Path("two.toy").read_text() == "toy\nking 1 2\nman 3 4\n"
    assert "to two.toy (toy)" in capsys.readouterr().err
    assert main(["convert", "two.toy", "back.vec"]) == 0
    assert Path("back.vec").read_bytes() == Path("two.txt").read_bytes()
    assert main(["convert", "two.toy", "one", "--input-format", "toy", "--format", "toy", "--limit", "1"]) == 0
    assert Path("one").read_text() == "toy\nking 1 2\n"


def test_a_further_format_is_sniffed_and_opened(with_toy, capsys):
    write_vectors("a.int", TWO)
    Path("a.int").rename("name")
    assert sniff_format("name") is TOY and vector_format("name") is TOY
    assert w2v.load("name").index_to_key == ["king", "man"]
    assert main(["info", "name"]) == 0 and "name: toy vectors, 2 words x 2" in capsys.readouterr().out
    assert main(["train", "name"]) == 2 and "name holds vectors (toy), not text" in capsys.readouterr().err


def test_a_further_format_is_trained_to(with_toy, capsys):
    Path("corpus.txt").write_text("a b c d " * 50)
    assert main(["train", "corpus.txt", "-o", "v.int", "--vector-size", "4", "--epochs", "1"]) == 0
    assert "vectors to v.int (toy)" in capsys.readouterr().err
    assert sorted(read_vectors("v.int").keys) == list("abcd")


def test_a_further_format_is_in_help_and_errors(with_toy, capsys):
    helps = [re.sub(r"\s+", " ", make_parsers({}, name)[1][name].format_help()) for name in ("train", "convert")]
    for text in helps:
        assert ".toy or .int whole numbers" in text and "word2vec-text, glove or toy" in text
    with pytest.raises(ConfigError, match=r"use one of \.w2v .* \.glove \.toy \.int .*word2vec-text, glove, toy\)"):
        format_of("a.xyz")
    with pytest.raises(ConfigError, match="choose one of w2v, .*, glove, toy"):
        read_vectors("two.txt", "zip")
    Path("prose").write_text("no vectors\n")
    with pytest.raises(FormatError, match="known formats are w2v, .*, glove, toy"):
        sniff_format("prose")
    assert main(["convert", "two.txt", "x.xyz"]) == 2 and ".toy .int" in capsys.readouterr().err


def test_without_its_line_the_format_is_unknown(tmp_path):
    write_toy(tmp_path / "a.toy", TWO)
    with pytest.raises(ConfigError, match="names no format"):
        write_vectors(tmp_path / "a.toy", TWO)
    with pytest.raises(FormatError, match="starts with 'toy'"):
        read_vectors(tmp_path / "a.toy")


@pytest.mark.parametrize("known", FORMATS, ids=[known.name for known in FORMATS])
def test_records(tmp_path, known):
    assert known.suffixes and all(re.fullmatch(r"\.[a-z0-9]+", suffix) for suffix in known.suffixes)
    path = tmp_path / "a"
    known.write(path, TWO)
    assert [other for other in FORMATS if other.recognises(Sample(path.read_bytes()))][0] is known
    known.verify(path)
    found = known.read(path, Reading())
    assert list(found.keys) == TWO.keys and np.array_equal(found.vectors, TWO.vectors)
    for suffix in known.suffixes:
        assert format_of(f"a{suffix}") is known
        if known.is_mapped:
            with pytest.raises(ConfigError, match=f"cannot be compressed; use the suffix {known.suffixes[0]}"):
                format_of(f"a{suffix}.gz")
        else:
            assert format_of(f"a{suffix}.gz") is known


def test_names_and_suffixes_are_there_once():
    names, suffixes = [known.name for known in FORMATS], [suffix for known in FORMATS for suffix in known.suffixes]
    assert len(set(names)) == len(names) and len(set(suffixes)) == len(suffixes)


def test_nobody_compares_names_of_formats():
    """What sets a format apart is asked of its record."""
    names = "|".join(known.name for known in FORMATS)
    for path in Path(w2v.__file__).parent.rglob("*.py"):
        if path.name != "native.py":  # which asks what a container says of itself
            assert not re.search(rf'([=!]=|\bin) *\(?"({names})"', path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("mark", FOREIGN)
def test_foreign_files_are_refused_even_if_a_row_follows(tmp_path, mark):
    (tmp_path / "a").write_bytes(mark + b" 1 2\nb 3 4\n")
    with pytest.raises(FormatError, match=re.escape(FOREIGN[mark])):
        sniff_format(tmp_path / "a")


def test_a_pipe_is_not_looked_at_twice(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is a pipe.*give its format"):
        format_to_read(tmp_path / "pipe")
    assert format_to_read(tmp_path / "pipe", "glove").name == "glove"


@pytest.mark.parametrize(
    ("rule", "shape", "fits"),
    [
        (("V", "d"), (3, 2), True), (("V", "d"), (2, 2), False), (("R", "d"), (7, 2), True),
        (("R", "d"), (7, 3), False), (("V + 1",), (4,), True), (("V + 1",), (3,), False), (("n",), (9,), True),
        (("n",), (9, 1), False),
    ],
)  # fmt: skip
def test_shapes_of_arrays_in_the_native_format(rule, shape, fits):
    known = _Array("any", np.dtype("<f4"), rule)
    assert known.fits(np.zeros(shape, np.float32), np.zeros((3, 2), np.float32)) == fits
    trained = _Array("any", np.dtype("<f4"), ("R", "t"))
    assert trained.fits(np.zeros((7, 5)), np.zeros((3, 2)), np.zeros((3, 5)))
    assert not trained.fits(np.zeros((7, 2)), np.zeros((3, 2)), np.zeros((3, 5)))
