"""Files of phrases: what is written comes back, and nothing that is read is used before it is checked."""

import json

import pytest
from support import python

from w2v.config import TextConfig
from w2v.errors import ConfigError, CorpusError, FormatError
from w2v.phrases.files import load_phrases
from w2v.phrases.model import PhraseModel

MODEL = PhraseModel(
    ({("New", "York"): 12.5, ("bank", "of", "England"): 3.25}, {("New_York", "City"): 7.0}),
    frozenset({"of", "the"}), "_", "default", 1.5, 2, {"lower": False, "nfc": True, "tokenize": True},
)  # fmt: skip


def test_what_is_saved_comes_back(tmp_path):
    MODEL.save(tmp_path / "p.json")
    assert PhraseModel.load(tmp_path / "p.json") == MODEL == load_phrases(tmp_path / "p.json")
    MODEL.save(tmp_path / "q.json")
    assert (tmp_path / "p.json").read_bytes() == (tmp_path / "q.json").read_bytes()


def test_new_text_is_cut_as_the_text_was():
    assert MODEL.joined(["in", "New", "York", "City", "the", "bank", "of", "England"]) == [
        "in",
        "New_York_City",
        "the",
        "bank_of_England",
    ]
    assert MODEL.joined_text("(New York, the bank of)") == ["New_York", "the", "bank", "of"]
    assert MODEL.joined([]) == []


CHANGES = [
    {"format": "other"}, {"version": 2}, {"version": None}, {"scoring": 3}, {"threshold": "1"},
    {"threshold": float("inf")},
    {"threshold": -1}, {"min_count": 0}, {"min_count": 2.5}, {"min_count": True}, {"delimiter": ""},
    {"delimiter": 5}, {"connectors": "of"}, {"connectors": [None]}, {"text": []}, {"text": {"lower": "yes"}},
    {"passes": {}}, {"passes": [1]}, {"passes": [[1]]}, {"passes": [[["ab", 1.0]]]}, {"passes": [[[["a"], 1.0]]]},
    {"passes": [[[["a", 1], 1.0]]]}, {"passes": [[[["a", "b"], "1"]]]}, {"passes": [[[["a", "b"], True]]]},
    {"passes": [[]] * 11}, {"passes": [[[["a", "b"], 10**400]]]},
    {"passes": [[[["a", "b"], float("nan")]]]}, {"passes": [[[["a", "b"], 1.0, 2]]]}, {"passes": [[[["a", ""], 1.0]]]},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_malformed_phrases_are_refused(tmp_path, change):
    (tmp_path / "p.json").write_text(json.dumps(MODEL.facts() | change), "utf-8")
    with pytest.raises(FormatError, match=r"p\.json: its phrases are malformed"):
        load_phrases(tmp_path / "p.json")


@pytest.mark.parametrize("name", [name for name in MODEL.facts() if name != "format"])
def test_what_is_missing_is_told(tmp_path, name):
    facts = MODEL.facts()
    del facts[name]
    (tmp_path / "p.json").write_text(json.dumps(facts), "utf-8")
    with pytest.raises(FormatError, match=name):
        load_phrases(tmp_path / "p.json")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{}", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"{\xff}", b"new york 5\n"]
)
def test_other_files_are_refused(tmp_path, data):
    (tmp_path / "p.json").write_bytes(data)
    with pytest.raises((FormatError, CorpusError)):
        load_phrases(tmp_path / "p.json")
    with pytest.raises(FormatError):
        PhraseModel.load(tmp_path / "p.json")


def test_missing_files_are_told(tmp_path):
    with pytest.raises(CorpusError, match="No such file"):
        load_phrases(tmp_path / "p.json")
    with pytest.raises(CorpusError, match="No such file"):
        PhraseModel.load(tmp_path / "p.json")


def test_vectors_without_phrases_say_so(tmp_path):
    (tmp_path / "v.txt").write_text("a 1 2\nb 3 4\n")
    with pytest.raises(ConfigError, match="holds no phrases"):
        load_phrases(tmp_path / "v.txt")


def test_applying_needs_no_compiler(tmp_path):
    MODEL.save(tmp_path / "p.json")
    code = (
        "import sys; from w2v.phrases.files import load_phrases; "
        "print(load_phrases(sys.argv[1]).joined(['New', 'York']), 'numba' in sys.modules)"
    )
    assert python(code, tmp_path / "p.json").stdout == "['New_York'] False\n"


def test_the_text_settings_of_a_configuration():
    text = TextConfig(lower=True)
    assert PhraseModel((), text={"lower": text.lower}).joined_text("New York") == ["new", "york"]
