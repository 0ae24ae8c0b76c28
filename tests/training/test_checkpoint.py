"""Interrupted runs go on as if nothing had happened; real files, real processes, real signals."""

import contextlib
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
from starting import started
from support import KINDS, StopsAt, config_of

from bench.fault_rooms import small_disk
from w2v.cli.commands import main
from w2v.config import TextConfig
from w2v.corpus.encode import encode_corpus
from w2v.errors import ConfigError, CorpusError, FormatError, W2VError
from w2v.formats.vector_files import read_vectors, write_vectors
from w2v.system.interrupts import Interrupted
from w2v.training import checkpoint, schedule
from w2v.training.checkpoint import Checkpoints, Interval, check_checkpoint, previous_path
from w2v.training.model import Word2Vec

posix = pytest.mark.skipif(os.name == "nt", reason="signals are sent to processes on POSIX systems only")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A text of 400 words in sentences of 12."""
    words = np.array([f"w{n}" for n in range(400)])
    rows = words[(np.random.default_rng(1).pareto(1, (3000, 12)) * 9).astype(int) % 400]
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text("\n".join(" ".join(row) for row in rows) + "\n")
    return path


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- intervals


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30s", (30, "seconds")), ("10m", (600, "seconds")), ("1.5h", (5400, "seconds")), ("5%", (0.05, "run")),
     ("200-chunks", (200, "chunks"))],
)  # fmt: skip
def test_intervals(text, expected):
    assert Interval.parse(text) == expected


@pytest.mark.parametrize("text", ["", "10", "0s", "-5m", "101%", "1.5-chunks", "often", "5 %", "nan%", "1e3s"])
def test_intervals_that_mean_nothing(text):
    with pytest.raises(ConfigError, match="give a time"):
        Interval.parse(text)


def test_when_the_next_one_is_due():
    def limits(every, n_all):
        one, found = Checkpoints("x", every, lambda path: None), [0]
        while found[-1] < n_all:
            found.append(one.limit(found[-1], n_all))
        return found

    assert limits("10-chunks", 35) == [0, 10, 20, 30, 35]
    assert limits("30%", 100) == [0, 30, 60, 90, 100]
    assert limits("1%", 10) == list(range(11))
    assert limits("1h", 50) == [0, 50]
    hourly, now = Checkpoints("x", "1h", lambda path: None), Checkpoints("x", "0.000001s", lambda path: None)
    time.sleep(0.001)
    assert now.due() and not hourly.due() and not Checkpoints("x", "1-chunks", lambda path: None).due()


# ---- files


def test_the_previous_one_is_kept(tmp_path):
    path, n = tmp_path / "a.checkpoint", iter(range(9))
    found = Checkpoints(path, "1h", lambda path: path.write_text(str(next(n))))
    found.write(False)
    assert path.read_text() == "0" and not previous_path(path).exists()
    path.rename(tmp_path / "moved")  # `save` of the real ones renames, and never writes into a file that is there
    (tmp_path / "moved").rename(path)
    replacing = Checkpoints(path, "1h", lambda path: replace_text(path, str(next(n))))
    replacing.write(False)
    assert path.read_text() == "1" and previous_path(path).read_text() == "0"
    replacing.write(False)
    assert path.read_text() == "2" and previous_path(path).read_text() == "1"
    assert sorted(os.listdir(tmp_path)) == ["a.checkpoint", "a.checkpoint.previous"]
    replacing.remove()
    assert os.listdir(tmp_path) == []


def replace_text(path, text):
    part = path.with_suffix(".new")
    part.write_text(text)
    os.replace(part, path)


def test_a_link_to_one_has_a_previous_one_and_stays(tmp_path):
    """The previous one was another name of the link, and at the end the link went and the checkpoint stayed."""
    (tmp_path / "elsewhere").mkdir()
    (link := tmp_path / "c").symlink_to(tmp_path / "elsewhere" / "c")
    texts = iter("abc")
    checkpoints = Checkpoints(link, "1h", lambda path: replace_text(tmp_path / "elsewhere" / "c", next(texts)))
    for _ in range(3):
        checkpoints.write(False)
    assert link.read_text() == "c" and previous_path(link).read_text() == "b"
    checkpoints.remove()
    assert os.listdir(tmp_path / "elsewhere") == [] and sorted(os.listdir(tmp_path)) == ["c", "elsewhere"]


def test_the_previous_one_without_hard_links(tmp_path, monkeypatch):
    def refuse(*names):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "a"
    path.write_text("old")
    Checkpoints(path, "1h", lambda path: replace_text(path, "new")).write(True)
    assert path.read_text() == "new" and previous_path(path).read_text() == "old"


def test_a_full_disk_is_a_warning_while_training_goes_on(tmp_path, caplog):
    path = tmp_path / "a"

    def fails(path):
        raise W2VError("cannot write: no space left")

    found = Checkpoints(path, "1h", lambda path: replace_text(path, "good"))
    found.write(False)
    found.save = fails
    found.write(False)
    assert "cannot write: no space left" in caplog.text and f"the last one, {path}, is kept" in caplog.text
    assert path.read_text() == previous_path(path).read_text() == "good"
    with pytest.raises(W2VError, match="no space left"):
        found.write(True)


def test_no_part_is_left_when_both_names_are_one_file(tmp_path):
    """As after a crash, or a save that failed: the system renames nothing then."""
    path = tmp_path / "a"
    found = Checkpoints(path, "1h", lambda path: replace_text(path, "good"))
    found.write(False)
    os.link(path, previous_path(path))
    found.write(False)
    assert sorted(os.listdir(tmp_path)) == ["a", "a.previous"]
    found.remove()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("length", [233, 235, 236, 244])
def test_names_that_leave_little_room_get_checkpoints(corpus, tmp_path, capsys, caplog, length):
    output, settings = tmp_path / ("x" * length), ("--epochs", "2", "--threads", "1", "--checkpoint-every", "20-chunks")
    assert main(["train", str(corpus), "-o", str(output), "--format", "w2v", *settings]) == 0
    assert "no checkpoint could be written" not in caplog.text
    assert os.listdir(tmp_path) == [output.name]


def test_one_that_is_not_ours_is_not_removed(tmp_path):
    path = tmp_path / "a"
    path.write_text("someone's")
    Checkpoints(path, "1h", lambda path: None).remove()
    assert path.read_text() == "someone's"


# ---- stopping and going on


def encoded(corpus, config):
    return encode_corpus([str(corpus)], TextConfig(), config)


@pytest.mark.parametrize("mode", ["one thread", "deterministic"])
def test_a_run_cut_anywhere_ends_with_the_same_bytes(corpus, tmp_path, kind, mode):
    small = {"alpha": 0.02, "sample": 0.01, "epochs": 2}
    if mode == "deterministic":
        small |= {"deterministic": True, "threads": 2}
    config, whole = config_of(kind, **small), tmp_path / "whole.w2v"
    with encoded(corpus, config) as source:
        model = Word2Vec.from_config(config)
        model.prepare(source)
        model.run(source)
        model.save(whole)
        for n_chunks in (1, 37, 64, 100):
            stopped = Word2Vec.from_config(config)
            stopped.prepare(source)
            path = tmp_path / f"{n_chunks}.checkpoint"
            checkpoints = stopped.checkpoints(path, "25-chunks", {})
            with pytest.raises(Interrupted):
                stopped.run(source, progress=StopsAt(n_chunks), checkpoints=checkpoints)
            model = Word2Vec.load_checkpoint(path)
            model.check_corpus(source)
            assert model.history.in_hand == stopped.history.in_hand
            history = model.finish(source)
            model.save(tmp_path / "again.w2v")
            assert digest(tmp_path / "again.w2v") == digest(whole)
            assert len(history.epochs) == 2


def test_pauses_change_nothing(corpus, tmp_path):
    found = []
    for every in ("1h", "7-chunks", "1%", "0.01s"):
        model = Word2Vec(
            corpus_file=corpus, vector_size=16, workers=1, epochs=2, checkpoint=tmp_path / "a", checkpoint_every=every
        )
        model.save(tmp_path / "a.w2v")
        found.append(digest(tmp_path / "a.w2v"))
    assert len(set(found)) == 1


def test_several_threads_go_on_too(corpus, tmp_path):
    config = config_of(KINDS["sg-ns"], threads=2, epochs=2, sample=0.01)
    with encoded(corpus, config) as source:
        model = Word2Vec.from_config(config)
        model.prepare(source)
        with pytest.raises(Interrupted):
            model.run(source, progress=StopsAt(30), checkpoints=model.checkpoints(tmp_path / "a", "1h", {}))
        resumed = Word2Vec.load_checkpoint(tmp_path / "a")
        history = resumed.finish(source)
        n_tokens = source.ledger.n_stream
    assert [epoch.n_tokens for epoch in history.epochs] == [n_tokens, n_tokens]


def test_the_python_interface(corpus, tmp_path):
    sentences = [line.split() for line in corpus.read_text().splitlines()]
    settings = dict(vector_size=16, workers=1, epochs=3, seed=4)
    expected = Word2Vec(sentences, **settings)
    model = Word2Vec(**settings)
    model.build_vocab(sentences)
    path = tmp_path / "a.checkpoint"
    with pytest.raises(Interrupted):
        model.train(sentences, progress=StopsAt(70), checkpoint=path, checkpoint_every="10-chunks")
    resumed = Word2Vec.resume(path, sentences)
    np.testing.assert_array_equal(resumed.wv.vectors, expected.wv.vectors)
    assert resumed.history.epochs == expected.history.epochs and resumed.corpus_count == expected.corpus_count
    with pytest.raises(CorpusError, match=r"has 35,988 tokens instead of 36,000 and 2,999 sentences instead of 3,000"):
        Word2Vec.resume(path, sentences[1:])
    with pytest.raises(CorpusError, match="as many tokens and sentences, but not the same"):
        Word2Vec.resume(path, sentences[::-1])
    expected.save(tmp_path / "a.w2v")
    with pytest.raises(FormatError, match="its training is finished"):
        Word2Vec.resume(tmp_path / "a.w2v", sentences)


@pytest.mark.parametrize("deterministic", [False, True])
def test_another_chunk_size_of_a_later_version_changes_nothing(corpus, tmp_path, monkeypatch, deterministic):
    """Chunks are counted, so the run keeps those that it began with: with others text would be repeated or skipped."""
    settings = dict(vector_size=16, workers=1, epochs=3, deterministic=deterministic)
    expected = Word2Vec(corpus_file=corpus, **settings)
    path = tmp_path / "a.checkpoint"
    model = Word2Vec(**settings)
    model.build_vocab(corpus_file=corpus)
    with pytest.raises(Interrupted):
        model.train(corpus_file=corpus, progress=StopsAt(8), checkpoint=path)
    for name in ("MAX_CHUNK", "ROUND_CHUNK"):
        monkeypatch.setattr(schedule, name, 100)
    resumed = Word2Vec.resume(path, corpus_file=corpus)
    assert [epoch[1:] for epoch in resumed.history.epochs] == [epoch[1:] for epoch in expected.history.epochs]
    np.testing.assert_array_equal(resumed.wv.vectors, expected.wv.vectors)


def test_a_checkpoint_that_does_not_say_its_chunk_size_has_that_of_its_version(corpus, tmp_path):
    """Those of version 0.1 have five numbers where six are now."""
    settings, path = dict(vector_size=16, workers=1, epochs=3), tmp_path / "a.checkpoint"
    expected = Word2Vec(corpus_file=corpus, **settings)
    model = Word2Vec(**settings)
    model.build_vocab(corpus_file=corpus)
    with pytest.raises(Interrupted):
        model.train(corpus_file=corpus, progress=StopsAt(8), checkpoint=path)
    table = read_vectors(path)
    run = table.metadata["run"]
    assert len(run["schedule"]) == 6 and run["schedule"][5] == -(-run["schedule"][3] // 64)
    old = table._replace(metadata={**table.metadata, "run": {**run, "schedule": run["schedule"][:5]}})
    write_vectors(tmp_path / "old.checkpoint", old, "w2v")
    resumed = Word2Vec.resume(tmp_path / "old.checkpoint", corpus_file=corpus)
    np.testing.assert_array_equal(resumed.wv.vectors, expected.wv.vectors)


def test_an_error_names_the_last_checkpoint(corpus, tmp_path):
    class Fails:
        def on_epoch_end(self, model):
            raise LookupError("from the callback")

    with pytest.raises(LookupError) as error:
        Word2Vec(corpus_file=corpus, checkpoint=tmp_path / "a", checkpoint_every="10-chunks", callbacks=[Fails()])
    assert error.value.__notes__ == [
        f"the last checkpoint is {tmp_path / 'a'}; go on from it with: w2v resume {tmp_path / 'a'}"
    ]


def test_divergence_keeps_the_last_good_checkpoint(corpus, tmp_path):
    path = tmp_path / "a"
    model = Word2Vec(vector_size=16, workers=1, min_count=1)
    model.build_vocab(corpus_file=corpus)
    with pytest.raises(Interrupted):
        model.train(corpus_file=corpus, progress=StopsAt(5), checkpoint=path, checkpoint_every="1-chunks")
    before = digest(path)
    resumed = Word2Vec.load_checkpoint(path)
    resumed.weights.outputs[:] = np.nan  # as after an overflow
    with encoded(corpus, resumed.config) as source, pytest.raises(W2VError, match="diverged") as error:
        resumed.finish(source, checkpoints=resumed.checkpoints(path, "1-chunks", {}))
    assert digest(path) == before and "resume" in error.value.__notes__[0]


# ---- damage


def test_a_damaged_one_is_refused_and_the_one_before_is_offered(corpus, tmp_path, capsys):
    path = tmp_path / "a.checkpoint"
    model = Word2Vec(vector_size=16, workers=1)
    model.build_vocab(corpus_file=corpus)
    with pytest.raises(Interrupted):
        model.train(corpus_file=corpus, progress=StopsAt(25), checkpoint=path, checkpoint_every="10-chunks")
    older = digest(previous_path(path))
    data = bytearray(path.read_bytes())
    data[-2000] ^= 1
    path.write_bytes(data)
    with pytest.raises(FormatError, match=rf"in the array '\w+', is not .*resume {previous_path(path)}$"):
        check_checkpoint(path)
    assert main(["resume", str(path)]) == 2
    assert "the checkpoint before it is whole" in capsys.readouterr().err
    resumed = Word2Vec.resume(previous_path(path), corpus_file=corpus, checkpoint_every="300-chunks")
    assert len(resumed.history.epochs) == 5
    assert digest(previous_path(path)) == older, "the damaged one is replaced, not the good one"
    check_checkpoint(path)


def test_a_damaged_one_without_another_is_refused(corpus, tmp_path):
    path = tmp_path / "a"
    Word2Vec(corpus_file=corpus, checkpoint=path, checkpoint_every="100-chunks")
    path.write_bytes(path.read_bytes()[:-1])
    previous_path(path).write_bytes(b"nonsense")
    with pytest.raises(FormatError) as error:
        check_checkpoint(path)
    assert "resume" not in str(error.value)
    with pytest.raises(W2VError, match="cannot read"):
        check_checkpoint(tmp_path / "none")


@pytest.mark.parametrize(
    "run",
    [{}, {"schedule": [1], "n_chunks": 0, "in_hand": [0.0, 0, 0, 0], "job": {}},
     {"schedule": [0.1, 0.0, 1, 9, 0], "n_chunks": -1, "in_hand": [0.0, 0, 0, 0], "job": {}},
     {"schedule": [0.1, 0.0, 1, 9, 0], "n_chunks": 5, "in_hand": [0.0, 0, 0, 0], "job": {}},
     *({"schedule": [0.1, 0.0, 2, 9, 0, size], "n_chunks": n_chunks, "in_hand": [0.0, 0, 0, 0], "job": {}}
       for size, n_chunks in ((0, 0), (-3, 0), (10, 0), (3, 4), ("x", 0), (None, 0), (2.5, 0)))],
)  # fmt: skip
def test_a_place_that_means_nothing_is_refused(corpus, tmp_path, run):
    model = Word2Vec(corpus_file=corpus, epochs=1, vector_size=8)
    table = model.to_table()
    write_vectors(tmp_path / "a", table._replace(metadata={**table.metadata, "run": run}), "w2v")
    with pytest.raises(FormatError, match="where training stands is malformed"):
        Word2Vec.load_checkpoint(tmp_path / "a")


# ---- the command line


def start(*arguments, cwd):
    return started(["-m", "w2v", *arguments], cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(path, process):
    while not path.exists() and process.poll() is None:
        time.sleep(0.005)


SETTINGS = ("--vector-size", "30", "--threads", "1", "--epochs", "40", "--checkpoint-every", "20-chunks")


@pytest.fixture(scope="module")
def undisturbed(corpus, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "out.w2v"
    assert main(["train", str(corpus), "-o", str(path), *SETTINGS]) == 0
    assert os.listdir(path.parent) == ["out.w2v"], "the checkpoints are gone when the vectors are saved"
    return digest(path)


@posix
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_signal_and_going_on_from_another_folder(corpus, tmp_path, undisturbed, number, code):
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(corpus, tmp_path / "text")
    process = start("train", "text", "-o", "out.w2v", "--log", "log", *SETTINGS, cwd=tmp_path)
    wait_for(tmp_path / "out.w2v.checkpoint", process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert ("go on with: w2v resume out.w2v.checkpoint" in errors) == (code > 0)
    assert not (tmp_path / "out.w2v").exists()
    process = start("resume", tmp_path / "out.w2v.checkpoint", cwd=tmp_path / "elsewhere")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "going on from" in errors and digest(tmp_path / "out.w2v") == undisturbed
    kept = {name for name in os.listdir(tmp_path) if not name.endswith(".part")}  # a killed writer leaves its part
    assert kept == {"elsewhere", "text", "out.w2v", "log"} and not os.listdir(tmp_path / "elsewhere")


def test_resume_refuses_another_corpus(corpus, tmp_path, capsys, monkeypatch):
    text, path = tmp_path / "text", tmp_path / "out.w2v.checkpoint"
    shutil.copy(corpus, text)
    monkeypatch.setattr(checkpoint.Checkpoints, "remove", lambda self: None)  # as after a crash
    command = ["train", str(text), "-o", str(tmp_path / "out.w2v"), "--epochs", "1", "--checkpoint-every", "30-chunks"]
    assert main(command) == 0
    with open(text, "a") as file:
        file.write("more words\n")
    assert main(["resume", str(path)]) == 2
    assert "the corpus is not the one that training began with: it has 36,002 tokens instead of 36,000" in (
        capsys.readouterr().err
    )
    assert main(command) == 0
    assert "the checkpoint of an unfinished run" in capsys.readouterr().err
    assert main(["resume", str(tmp_path / "out.w2v")]) == 2
    assert main(["resume", str(tmp_path / "none")]) == 2
    assert main(["train", str(text), "--checkpoint-every", "often"]) == 2
    assert main(["train", str(text), "--checkpoint", str(text)]) == 2


def test_vectors_that_cannot_be_saved_are_in_the_checkpoint(corpus, tmp_path, capsys):
    output, checkpoint_file = tmp_path / "out.w2v", tmp_path / "a.checkpoint"
    process = start(
        "train", corpus, "-o", output, "--epochs", "9", "--threads", "1", "--checkpoint", checkpoint_file,
        "--checkpoint-every", "20-chunks", cwd=tmp_path,
    )  # fmt: skip
    wait_for(checkpoint_file, process)
    output.mkdir()  # while training goes on
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"nothing is lost: when that is mended, w2v resume {checkpoint_file} saves the vectors" in errors
    output.rmdir()
    assert main(["resume", str(checkpoint_file)]) == 0
    assert main(["train", str(corpus), "-o", str(tmp_path / "b.w2v"), "--epochs", "9", "--threads", "1"]) == 0
    assert digest(output) == digest(tmp_path / "b.w2v")


def test_a_moved_corpus_is_named_at_resume(corpus, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(corpus, "text")
    process = start("train", "text", "-o", "out.w2v", *SETTINGS, cwd=tmp_path)
    wait_for(tmp_path / "out.w2v.checkpoint", process)
    process.kill()
    process.communicate()
    os.rename("text", "moved")
    assert main(["resume", "out.w2v.checkpoint"]) == 2
    advice = "w2v: a corpus that was moved is named so: w2v resume out.w2v.checkpoint --corpus PATH"
    assert advice in capsys.readouterr().err
    (tmp_path / "other").write_text("w1 w2 w3\n" * 9000)
    assert main(["resume", "out.w2v.checkpoint", "--corpus", "other"]) == 2
    assert "the corpus is not the one that training began with" in capsys.readouterr().err
    lines = (tmp_path / "moved").read_bytes().splitlines(keepends=True)
    (tmp_path / "a").write_bytes(b"".join(lines[:100]))
    (tmp_path / "b").write_bytes(b"".join(lines[100:]))
    assert main(["resume", "out.w2v.checkpoint", "--corpus", "a", "--corpus", "b"]) == 0
    assert main(["train", "moved", "-o", "whole.w2v", *SETTINGS]) == 0
    assert digest(tmp_path / "out.w2v") == digest(tmp_path / "whole.w2v")


def test_a_disk_with_room_for_one_checkpoint_only(corpus, tmp_path):
    """The vectors cannot be saved, nor a last checkpoint: the earlier one is named, whole, and gone on from."""
    names = ["train", corpus, "-o", "out.w2v", "--vector-size", "300", "--epochs", "60", "--threads", "1"]
    with small_disk(2.3) as disk:  # a checkpoint is 1 MB; training lasts longer than it takes to fill the disk
        if disk is None:
            pytest.skip("needs the right to mount a small file system")
        process = start(*names, "--checkpoint-every", "20-chunks", cwd=disk)
        wait_for(disk / "out.w2v.checkpoint", process)
        with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as filler:
            while filler.write(bytes(4096)):
                pass
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 2 and "no checkpoint could be written" in errors, errors
        how = "the last checkpoint is out.w2v.checkpoint; go on from it with: w2v resume out.w2v.checkpoint"
        assert errors.strip().splitlines()[-1] == f"w2v: {how}"
        check_checkpoint(disk / "out.w2v.checkpoint")
        os.remove(disk / "filler")
        assert start("resume", "out.w2v.checkpoint", cwd=disk).wait(60) == 0
        assert os.listdir(disk) == ["out.w2v"]


# ---- checkpoints that lie


JOB = {
    "paths": ["text"], "output": "out.w2v", "format": "w2v", "checkpoint": "c", "checkpoint_every": "10m",
    "cache_dir": None, "log": None,
}  # fmt: skip


def in_memory(path):
    """A table whose file may be written over."""
    table = read_vectors(path)
    vectors, outputs = table.vectors.copy(), table.output_vectors.copy()
    return table._replace(keys=list(table.keys), vectors=vectors, output_vectors=outputs, counts=table.counts.copy())


@pytest.fixture
def crafted(corpus, tmp_path, monkeypatch):
    """Changes a checkpoint's metadata, without checksums' help to see it, and resumes: (code, what was written)."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    shutil.copy(corpus, "text")
    model = Word2Vec(epochs=2, vector_size=8, workers=1)
    model.build_vocab(corpus_file="text")
    with pytest.raises(Interrupted):
        model.train(corpus_file="text", progress=StopsAt(3), checkpoint="c")
    table = in_memory("c")
    job = {**JOB, "paths": [os.path.abspath("text")], "output": os.path.abspath("out.w2v")}

    def resume(*options, job=None, **run):
        changed = job if isinstance(job, list) else {**good, **(job or {})}
        metadata = {**table.metadata, "run": {**table.metadata["run"], "job": changed, **run}}
        write_vectors("c", table._replace(metadata=metadata), "w2v")
        before = set(tmp_path.rglob("*"))
        code = main(["resume", "c", *options])
        return code, sorted(path.name for path in set(tmp_path.rglob("*")) - before)

    good = job
    return resume


def test_a_good_one_says_what_it_reads_and_writes(crafted, capsys):
    assert crafted() == (0, ["out.w2v"])
    assert "text'; the vectors go to '" in capsys.readouterr().err


@pytest.mark.parametrize("name", JOB)
@pytest.mark.parametrize(
    "value", [None, "", 7, -1.5, True, [], ["x"], [""], [7], [None], {}, {"a": 1}, "no\0thing", "x" * 5000, "/",
              "nonsense"]
)  # fmt: skip
def test_whatever_is_in_a_job_there_is_a_sentence(crafted, capsys, name, value):
    code, written = crafted(job={name: value})
    harmless = name == "checkpoint" or (name in ("log", "cache_dir") and value in (None, "/"))
    assert code == (0 if harmless else 2) or (name in ("output", "log") and value == "nonsense")
    assert code == 0 or (written == [] and len(capsys.readouterr().err.strip().splitlines()) <= 2)


@pytest.mark.parametrize("every", ["1e999s", "9" * 400 + "-chunks", "9" * 400 + "h", "0.0000001s", "0.00001%"])
def test_any_interval(crafted, every):
    assert crafted(job={"checkpoint_every": every})[0] == (0 if every.startswith("0") else 2)


def test_a_pipe_is_not_waited_for(crafted, tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        assert crafted(job={"paths": [path]}) == (2, [])
        assert "is a pipe or a device" in capsys.readouterr().err


def test_no_file_outside_of_its_folder_is_written_unasked(crafted, tmp_path, capsys):
    outside, log = tmp_path / "outside.w2v", tmp_path / "log"
    link = tmp_path / "here" / "link.w2v"
    link.symlink_to(outside)
    for path in (outside, link):
        assert crafted(job={"output": str(path)}) == (2, [])
        assert f"if that is right, add -o {path}" in capsys.readouterr().err
    assert crafted(job={"log": str(log)}) == (0, ["out.w2v"])
    assert "--log FILE names one" in capsys.readouterr().err
    assert crafted("-o", str(outside), "--log", str(log), job={"output": "/etc/x"}) == (0, ["log", "outside.w2v"])


def test_neither_text_nor_checkpoints_are_written_over(crafted, tmp_path, capsys):
    for name in ("text", "c", "c.previous"):
        assert crafted(job={"output": str(tmp_path / "here" / name)}) == (2, [])
        assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    "run",
    [{"schedule": [0.05, 0.01, 2, 10**30, 0, 9]}, {"schedule": [float("nan"), 0.0, 2, 36000, 0, 600]},
     {"schedule": [0.0, 0.0, 2, 39000, 0, 600]}, {"schedule": "abcdef"}, {"n_chunks": 1.5}, {"n_chunks": True},
     {"in_hand": [0.0, 0, 10**9, 0]}, {"in_hand": [0.0, -1, 0, 0]}, {"in_hand": "0000"}, {"in_hand": [1e999, 0, 0, 0]},
     {"frozen": [-1]}, {"frozen": [10**6]}, {"frozen": [[0]]}, {"frozen": "0"}, {"locked": [True]}, {"job": [7]}],
)  # fmt: skip
def test_no_place_that_means_nothing_is_gone_on_from(crafted, capsys, run):
    assert crafted(**run) == (2, [])
    assert "where training stands is malformed" in capsys.readouterr().err


@pytest.mark.parametrize("facts", [{}, {"n_read": "many"}, {"n_rare": None}, {"fingerprint": 7}])
def test_facts_of_a_corpus_that_are_none(corpus, tmp_path, facts):
    path = tmp_path / "c"
    Word2Vec(corpus_file=corpus, checkpoint=path, checkpoint_every="100-chunks", epochs=2)
    table = in_memory(path)
    known = {**table.metadata["corpus"], **facts} if facts else {}
    write_vectors(path, table._replace(metadata={**table.metadata, "corpus": known}), "w2v")
    with pytest.raises(FormatError, match="malformed"):
        Word2Vec.load_checkpoint(path)


def test_going_on_where_the_checkpoint_is_elsewhere(corpus, tmp_path):
    """The command that an interrupted run names works as it is."""
    (tmp_path / "b").mkdir()
    process = start("train", corpus, "-o", "out {x}.w2v", "--checkpoint", "b/c", *SETTINGS, cwd=tmp_path)
    wait_for(tmp_path / "b" / "c", process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    command = shlex.split(errors.split("go on with: ")[1])
    assert command[:2] == ["w2v", "resume"] and command[-2] == "-o"
    assert start(*command[1:], cwd=tmp_path).wait(60) == 0 and (tmp_path / "out {x}.w2v").exists()


@pytest.mark.parametrize("role", ["corpus", "--log", "--init", "--read-vocab"])
def test_what_a_run_reads_and_writes_is_not_its_checkpoint(corpus, tmp_path, monkeypatch, capsys, role):
    monkeypatch.chdir(tmp_path)
    for name in ("out.w2v.checkpoint", "out.w2v.checkpoint.previous"):
        shutil.copy(corpus, name)
        words = [name] if role == "corpus" else [str(corpus), role, name]
        assert main(["train", *words, "-o", "out.w2v"]) == 2
        assert "cannot write out.w2v.checkpoint" in capsys.readouterr().err
        assert digest(tmp_path / name) == digest(corpus)
        os.remove(name)
