"""A job in one process: the same words, numbers and bytes as on one machine, whatever is run twice or dies."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from jobs import CONFIG, digest, on_one_machine, run

import w2v
from w2v import TextConfig, TrainConfig, W2VError, Word2Vec
from w2v.cluster import resume, train
from w2v.cluster.combining import find_changes
from w2v.cluster.engine import InProcess
from w2v.cluster.job import Job
from w2v.cluster.round_tasks import Rows, combine_block, report_of, train_slice
from w2v.errors import ClusterError, ConfigError, CorpusError, FormatError, MissingPackageError


@pytest.mark.parametrize("settings", [{}, {"model": "cbow"}, {"loss": "hs"}])
def test_one_slice_is_training_on_one_machine(texts, tmp_path, settings, one_shard_each):
    """The same vocabulary, tokens, learning rates and random numbers: what differs is rounding to 16 bits."""
    config = dataclasses.replace(CONFIG, **settings)
    finished = train(texts, tmp_path / "a.w2v", InProcess(), tmp_path / "job", config, slices=1, rounds=2)
    local, found = on_one_machine(texts, config), Word2Vec.load(tmp_path / "a.w2v")
    assert found.wv.index_to_key == local.wv.index_to_key and (found.vocab.counts == local.vocab.counts).all()
    assert finished.ledger.total.adds_up
    assert dataclasses.replace(finished.ledger.total, loss=0) == dataclasses.replace(local.ledger.total, loss=0)
    for mine, theirs in zip(found.weights, local.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-3)
    assert not (tmp_path / "job" / "job.json").exists()


def test_words_are_those_of_the_whole_text(texts, tmp_path, one_shard_each):
    """Counted in parts: rare in each shard and not in all, ties in order of first appearance, settings of text."""
    text, config = TextConfig(lower=True, tokenize=True), dataclasses.replace(CONFIG, min_count=3, max_vocab=20)
    train(texts, tmp_path / "a.w2v", InProcess(), tmp_path / "job", config, text, 2, 1)
    local = on_one_machine(texts, config, text)
    assert w2v.load(tmp_path / "a.w2v").index_to_key == local.wv.index_to_key
    assert Word2Vec.load(tmp_path / "a.w2v").corpus_facts["n_rare"] == local.corpus_facts["n_rare"]


def test_shards_with_nothing_to_train(texts, tmp_path, one_shard_each):
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "rare.txt").write_bytes(b"never seen\nbad\xff byte")
    corpus = [tmp_path / "empty.txt", texts[0], tmp_path / "rare.txt", texts[1]]
    ledger = train(corpus, tmp_path / "a.w2v", InProcess(), tmp_path / "job", CONFIG, slices=2, rounds=1).ledger
    assert ledger.last.read == 2 * 402 + 4 and ledger.last.undecodable == 1 and ledger.last.adds_up


def test_small_files_are_one_shard(texts, tmp_path):
    """Files of a few bytes are not worth a task each."""
    ledger = train(texts, tmp_path / "a.w2v", InProcess(), tmp_path / "job", CONFIG, slices=2, rounds=1).ledger
    assert ledger.last.read == 3 * 402


def test_shards_at_addresses(texts, served, tmp_path, expected, one_shard_each):
    """Workers read them through smart_open, as an object store's."""
    folder, address = served
    names = [Path(shutil.copy(path, folder)).name for path in texts]
    assert run([f"{address}/{name}" for name in names], tmp_path) == expected
    with pytest.raises(ConfigError, match="name each of them"):
        run([f"{address}/*.txt"], tmp_path)


@pytest.fixture
def bucket(monkeypatch):
    """The address of a bucket of an object store, which speaks S3, and what puts files there."""
    pytest.importorskip("smart_open.s3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**keys, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    store = pytest.importorskip("boto3").client("s3")
    store.create_bucket(Bucket="corpus")
    yield "s3://corpus", lambda path, name: store.upload_file(str(path), "corpus", name)
    server.stop()


def test_shards_in_an_object_store(texts, bucket, tmp_path, expected, one_shard_each):
    """A server of S3's protocol on this machine; the same bytes as from the disk, and a missing file is told."""
    address, put = bucket
    for path in texts:
        put(path, path.name)
    assert run([f"{address}/{path.name}" for path in texts], tmp_path) == expected
    with pytest.raises(W2VError, match="s3://corpus/no.txt"):
        run([f"{address}/no.txt"], tmp_path)


def adasum(steps):
    """One of many, as the paper has it, in float64: neighbours, then neighbouring results; the odd one waits."""
    while len(steps) > 1:
        pairs = list(zip(steps[::2], steps[1::2], strict=False))
        steps = [
            (1 - a @ b / max(2 * a @ a, 1e-38)) * a + (1 - a @ b / max(2 * b @ b, 1e-38)) * b for a, b in pairs
        ] + steps[2 * len(pairs) :]
    return steps[0]


@pytest.mark.parametrize("n_slices", [1, 2, 3, 4, 7])
def test_combining_adds_what_is_orthogonal_and_averages_what_is_the_same(tmp_path, n_slices):
    job = Job(str(tmp_path), (), TextConfig(), CONFIG, n_slices, 1, 1, 1.0, "a.w2v", "w2v", "test")
    job.save()
    draw = np.random.default_rng(0)
    before = Rows(*(draw.normal(size=(5, 8)).astype(np.float32) for _ in range(2)))
    changes = [Rows(*(draw.normal(size=(5, 8)).astype(np.float16) for _ in range(2))) for _ in range(n_slices)]
    for one, change in enumerate(changes):
        change.inputs[1] = changes[0].inputs[1]  # all the same
        change.inputs[2] = (np.arange(8) == one) * 3  # orthogonal
        change.inputs[3] = 0  # touched by none
        if one:
            change.inputs[4] = 0  # or by one only
    found = job.read_block(0, combine_block(job, 0, before, *changes), 5)
    for side in (0, 1):
        for row in range(5):
            step = adasum([change[side][row].astype(float) for change in changes])
            np.testing.assert_allclose(found[side][row], before[side][row] + step, atol=2e-6)
    step = found.inputs - before.inputs
    np.testing.assert_allclose(step[1], changes[0].inputs[1], atol=2e-6)
    np.testing.assert_allclose(step[2], (np.arange(8) < n_slices) * 3, atol=2e-6)
    assert (step[3] == 0).all()
    np.testing.assert_allclose(step[4], changes[0].inputs[4], atol=2e-6)


def test_changes_that_do_not_fit_are_told():
    before, now = np.ones((3, 5), np.float32), np.zeros((3, 16), np.float32)
    now[:, :5] = np.linspace(-2, 2, 15).reshape(3, 5)
    changes = np.empty((3, 5), np.float16)
    assert find_changes(now, before, changes.view(np.uint16))
    assert (changes == (now[:, :5] - before).astype(np.float16)).all()
    for bad in (1e5, np.nan, np.inf):
        now[2, 4] = bad
        assert not find_changes(now, before, changes.view(np.uint16))


# ---- whatever dies


class Mortal(InProcess):
    """Runs every task twice, as after a lost worker, until it dies with its n-th."""

    def __init__(self, n_tasks):
        super().__init__()
        self.left = n_tasks

    def submit(self, function, *arguments):
        self.left -= 1
        if self.left < 0:
            raise ClusterError("the scheduler is gone")
        super().submit(function, *arguments)
        return super().submit(function, *arguments)


def test_a_lost_driver_costs_a_round_at_most(texts, tmp_path, expected, one_shard_each):
    """It dies at every stage, again and again, and what was done is not done again."""
    stages = []
    with pytest.raises(ClusterError, match="gone"):
        run(texts, tmp_path, Mortal(4))
    for n_tasks in (5, 7, 9, 16, 30, 47, 60, 60, 60, 75, 1000):
        job = Job.load(str(tmp_path / "job"))
        stages.append((job.path("corpus.json").exists(), job.rounds()[-1:]))
        try:
            resume(tmp_path / "job", Mortal(n_tasks))
            break
        except ClusterError as error:
            assert f"w2v resume {tmp_path / 'job'}" in error.__notes__[0]
    assert stages == sorted(stages) and len(set(map(str, stages))) > 3
    assert digest(tmp_path) == expected and not list((tmp_path / "job").glob("*/*"))


def test_an_unreadable_shard_is_one_sentence_and_nothing_is_lost(texts, tmp_path, expected, one_shard_each):
    copies = [Path(shutil.copy(path, tmp_path / f"{path.name}")) for path in texts]

    class Removes(InProcess):
        def submit(self, function, *arguments):
            if function.__name__ == "encode_shard" and arguments[1] == 2:
                copies[2].unlink(missing_ok=True)
            return super().submit(function, *arguments)

    with pytest.raises(W2VError, match=r"2\.txt"):
        run(copies, tmp_path, Removes())
    shutil.copy(texts[2], copies[2])
    resume(tmp_path / "job", InProcess())
    assert w2v.load(tmp_path / "a.w2v").vectors.shape == (31, 8) and digest(tmp_path) == expected


def test_a_damaged_block_is_told(texts, tmp_path, one_shard_each):
    with pytest.raises(ClusterError):
        run(texts, tmp_path, Mortal(70))
    for path in (tmp_path / "job" / "blocks").iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(FormatError, match="not what was written"):
        resume(tmp_path / "job", InProcess())


@pytest.mark.parametrize("facts", ["[]", '{"shards": 1}', "{"])
def test_a_malformed_job_is_told(tmp_path, facts):
    (tmp_path / "job.json").write_text(facts)
    with pytest.raises(FormatError, match=r"job\.json is malformed"):
        resume(tmp_path, InProcess())


# ---- the loss jumps


class Reports(InProcess):
    """Says what it is told to of each try of a round."""

    def __init__(self, *changes):
        super().__init__()
        self.changes, self.scales = [change for change in changes for _ in range(3)], []

    def submit(self, function, *arguments):
        if function is train_slice:
            self.scales.append(arguments[1].scale)
        done = super().submit(function, *arguments)
        if function is report_of and self.changes:
            done[0] = self.changes.pop(0)(done[0])
        return done


def times(factor):
    return lambda report: report._replace(
        statistics=report.statistics._replace(loss=factor * report.statistics.loss)
    )  # fmt: skip


def test_a_round_whose_loss_jumps_is_trained_again(texts, tmp_path, caplog, one_shard_each):
    engine = Reports(times(1), times(1.5), times(1))
    run(texts, tmp_path, engine, gain=2, config=dataclasses.replace(CONFIG, epochs=1))
    first, second, again = engine.scales[0], engine.scales[3], engine.scales[6]
    assert first < second == 2 * again and len(engine.scales) == 9 and "half the learning rate" in caplog.text


def test_a_text_that_is_harder_is_taken(texts, tmp_path, one_shard_each):
    engine = Reports(times(1), times(1.5), times(1.5))
    run(texts, tmp_path, engine, config=dataclasses.replace(CONFIG, epochs=1))
    assert len(engine.scales) == 9


def test_training_that_diverges_ends(texts, tmp_path, one_shard_each):
    with pytest.raises(W2VError, match="diverged in round 1"):
        run(texts, tmp_path, Reports(*[lambda report: report._replace(is_finite=False)] * 9))


# ---- what is refused


def test_a_worker_of_another_version_is_refused(texts, tmp_path):
    job = Job(str(tmp_path), (), TextConfig(), CONFIG, 1, 1, 1, 1.0, "a.w2v", "w2v", "test", version="0.0.9")
    with pytest.raises(ClusterError, match="pip install w2v==0.0.9"):
        InProcess().submit(train_slice, job, None)


def test_a_worker_without_the_package_is_one_sentence(texts, tmp_path):
    class Bare(InProcess):
        def submit(self, function, *arguments):
            raise ModuleNotFoundError("No module named 'w2v'", name="w2v")

    with pytest.raises(ClusterError, match="has no w2v; install"):
        run(texts, tmp_path, Bare())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"slices": 0}, "slices is 0"),
        ({"rounds": True}, "rounds is True"),
        ({"gain": 0}, "gain"),
        ({"config": TrainConfig(max_n=5, min_n=3, bucket=10)}, "n-grams"),
        ({"text": TextConfig(vocab_memory=16_000_000)}, "vocab_memory"),
        ({"engine": "nowhere"}, "local:N"),
        ({"corpus": ["-"]}, "standard input"),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(texts, tmp_path, settings, said):
    engine, corpus = settings.pop("engine", InProcess()), settings.pop("corpus", texts)
    with pytest.raises((ConfigError, CorpusError), match=said):
        train(corpus, tmp_path / "a.w2v", engine, tmp_path / "job", **settings)


def test_a_folder_has_one_job(texts, tmp_path):
    with pytest.raises(ClusterError):
        run(texts, tmp_path, Mortal(3))
    with pytest.raises(ConfigError, match="w2v resume"):
        run(texts, tmp_path)
    with pytest.raises(ConfigError, match="no unfinished run"):
        resume(tmp_path, InProcess())


@pytest.mark.parametrize(("address", "extra"), [("local:2", "dask"), ("ray:auto", "ray")])
def test_without_the_extra_one_sentence_names_it(texts, tmp_path, monkeypatch, address, extra):
    for name in ("distributed", "ray"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(MissingPackageError, match=rf"pip install 'w2v\[{extra}\]'"):
        train(texts, tmp_path / "a.w2v", address, tmp_path / "job")
