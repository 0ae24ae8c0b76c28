"""A real cluster: a scheduler and two workers, each a process of its own. One of the workers is killed."""

import contextlib
import copyreg
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import pytest
from jobs import CONFIG, digest
from support import python_environment

from w2v.cli.commands import main
from w2v.cluster import train
from w2v.cluster.corpus_tasks import count_shard
from w2v.cluster.dask_engine import DaskEngine
from w2v.cluster.job import Job
from w2v.config import TextConfig
from w2v.errors import ClusterError, CorpusError

pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason="distributed is not installed")


@pytest.fixture(scope="module", autouse=True)
def pickling_as_before():
    """What distributed imports has all exceptions of the process pickled in another way; other tests look at that."""
    before = dict(copyreg.dispatch_table)
    yield
    for kind in copyreg.dispatch_table.keys() - before.keys():
        del copyreg.dispatch_table[kind]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The file with the address of a scheduler that has two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    file, processes = folder / "scheduler.json", []
    quiet = {"DASK_LOGGING__DISTRIBUTED": "error", "OPENBLAS_NUM_THREADS": "1"}

    def start(name, *words):
        command = [
            sys.executable,
            "-m",
            f"distributed.cli.dask_{name}",
            "--no-dashboard",
            "--scheduler-file",
            str(file),
        ]
        processes.append(
            subprocess.Popen([*command, *words], env=python_environment(**quiet), cwd=folder, stderr=subprocess.DEVNULL)
        )

    start("scheduler", "--host", "127.0.0.1", "--port", "0")
    while not (file.exists() and file.stat().st_size):
        time.sleep(0.05)
    for _ in range(2):
        start("worker", "--nthreads", "1", "--no-nanny", "--memory-limit", "0")
    yield str(file)
    for process in processes:
        process.kill()
        process.wait()


def test_a_killed_worker_costs_its_work_and_not_a_byte(scheduler, texts, expected, tmp_path, one_shard_each):
    killed = []

    def tell(event, facts):
        if facts["round"] == 2:
            killed.append(int(facts["slices"][0][0].rpartition(":")[2]))
            os.kill(killed[0], signal.SIGKILL)

    finished = train(texts, tmp_path / "a.w2v", scheduler, tmp_path / "job", CONFIG, slices=3, rounds=2, tell=tell)
    assert killed and digest(tmp_path) == expected and finished.ledger.total.adds_up

    # What a worker says of a file comes here as the error that it is, and another version's work is not taken.
    engine = DaskEngine.of_scheduler(scheduler)
    job = Job(str(tmp_path), ((str(tmp_path / "no.txt"),),), TextConfig(), CONFIG, 1, 1, 1, 1.0, "a.w2v", "w2v", "test")
    other = dataclasses.replace(job, version="0.0.9")
    for one, kind, said in ((job, CorpusError, r"no\.txt"), (other, ClusterError, "pip install w2v==0.0.9")):
        with pytest.raises(kind, match=said):
            list(engine.gather([engine.submit(count_shard, one, 0, 1)]))
    engine.close()

    # The command, on what is left of the cluster.
    words = ["--vector-size", "8", "--epochs", "1", "--min-count", "2", "--threads", "1", "--rounds", "2"]
    places = ["-o", str(tmp_path / "b.w2v"), "--work-dir", str(tmp_path / "more"), "--log", str(tmp_path / "log")]
    assert main(["train", *map(str, texts), "--cluster", scheduler, *words, *places]) == 0
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [event["round"] for event in events if event["event"] == "round"] == [1, 2]
    assert events[-1]["event"] == "ledger" and (tmp_path / "b.w2v").exists()


def test_no_scheduler_is_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("w2v.cluster.dask_engine._SECONDS", 0.2)
    (tmp_path / "a.txt").write_text("a b a b a b")
    words = ["train", str(tmp_path / "a.txt"), "-o", str(tmp_path / "a.w2v"), "--work-dir", str(tmp_path / "job")]
    assert main([*words, "--cluster", "tcp://127.0.0.1:9"]) == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err
    assert not (tmp_path / "job" / "job.json").exists()


def test_processes_here_leave_ctrl_c_to_the_run():
    """A terminal sends it to all of them, and each would say so with a traceback."""
    with contextlib.closing(DaskEngine.of_this_machine(1)) as engine:
        assert list(engine.gather([engine.submit(signal.getsignal, signal.SIGINT)])) == [(0, signal.SIG_IGN)]
