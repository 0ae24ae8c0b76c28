"""Parts of messages."""

import pytest

from w2v.cli.commands import main
from w2v.system.wording import path_advice, quantity


def test_one_is_singular():
    assert [quantity(n, "epoch") for n in (0, 1, 2, 1000)] == ["0 epochs", "1 epoch", "2 epochs", "1,000 epochs"]


def test_names_beside_a_missing_path(tmp_path):
    for name in ("ko.w2v", "ko.txt", "kowiki", "other.txt", ".hidden"):
        (tmp_path / name).touch()
    assert path_advice(tmp_path / "ko") == f"did you mean {tmp_path / 'ko.txt'} or {tmp_path / 'ko.w2v'}?"
    assert path_advice(tmp_path / "kowikj") == f"did you mean {tmp_path / 'kowiki'}?"
    assert path_advice(tmp_path / "othe") == f"did you mean {tmp_path / 'other.txt'}?"
    for path in ("nothing like it", "no/such/folder", "a\0b", "hidden"):
        assert path_advice(tmp_path / path) == "check the path"
    assert path_advice("") == path_advice("/") == path_advice("s3://a/b") == "check the path"


@pytest.mark.parametrize("command", ["nn ko king", "train ko.tx", "classify train ko.tx", "classify predict ko a",
                                     "resume ko"])  # fmt: skip
def test_a_name_without_its_suffix(tmp_path, monkeypatch, capsys, command):
    """`-o ko` writes ko.w2v, so people ask `nn ko`."""
    monkeypatch.chdir(tmp_path)
    for name in ("ko.w2v", "ko.txt", "a"):
        (tmp_path / name).write_text("king 1 2\n")
    assert main(command.split()) == 2
    assert "; did you mean ko.txt" in capsys.readouterr().err.splitlines()[-1]
