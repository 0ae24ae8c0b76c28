"""`train --cluster` and `resume FOLDER`: what is refused before anything is done."""

import pytest

from w2v.cli.commands import main
from w2v.cluster.job import Job
from w2v.config import TextConfig, TrainConfig


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cluster", "local:2"], "needs --work-dir"),
        (["--cluster", "local:2", "--work-dir", "job", "--init", "a.w2v"], "--init is for training on one machine"),
        (["--cluster", "local:2", "--work-dir", "job", "--runs", "2"], "--runs is for training on one machine"),
        (["--cluster", "local:2", "--work-dir", "job", "--bootstrap", "sentences"], "--bootstrap is for"),
        (["--cluster", "local:2", "--work-dir", "job", "--mean"], "--mean is for"),
        (["--cluster", "local:2", "--work-dir", "job", "--compass", "a.w2v"], "--compass is for"),
        (["--cluster", "local:2", "--work-dir", "job", "--freeze-init"], "--freeze-init is for"),
        (["--cluster", "local:2", "--work-dir", "job", "--checkpoint-every", "5m"], "--rounds how many an epoch has"),
        (["--cluster", "local:2", "--work-dir", "a.txt"], "cannot make the folder"),
        (["--cluster", "local:2", "--work-dir", "job", "--phrases", "1"], "w2v phrases apply"),
        (["--cluster", "nowhere", "--work-dir", "job"], "tcp://HOST:8786"),
        (["--slices", "2"], "name one"),
        (["--gain", "0"], "name one"),
        (["--cluster", "local:2", "--work-dir", "job", "--gain", "0"], "gain is 0"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("a b a b")
    assert main(["train", "a.txt", *words]) == 2
    assert said in capsys.readouterr().err


def test_resume_of_a_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["resume", str(tmp_path)]) == 2
    assert "no unfinished run" in capsys.readouterr().err
    config = TrainConfig(vector_size=8)
    job = Job(str(tmp_path / "job"), (), TextConfig(), config, 1, 1, 1, 1.0, "/elsewhere/a.w2v", "w2v", "local:1")
    job.save()
    assert main(["resume", "job"]) == 2  # a folder that came from elsewhere does not choose what is written over
    assert "-o /elsewhere/a.w2v" in capsys.readouterr().err
    assert main(["resume", "job", "--threads", "2"]) == 2
    (tmp_path / "a.checkpoint").write_text("")
    assert main(["resume", "a.checkpoint", "--cluster", "local:1"]) == 2
    assert "leave --cluster out" in capsys.readouterr().err
