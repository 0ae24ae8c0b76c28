"""Every reader of files that others wrote, with good files to start from and slow twins that say what is right.

A broken file gives what a twin reads, or one `FormatError`; `judge` says which, and what is wrong otherwise.
"""

import contextlib
import json
import signal
import tempfile
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ConfigError, FormatError, W2VError
from w2v.evaluation.benchmarks import read_benchmark
from w2v.evaluation.questions import read_questions, read_similarity
from w2v.evaluation.word_lists import read_word_lists
from w2v.formats.vector_files import VectorTable, read_counts, read_vectors, write_vectors
from w2v.system.compression import compression_of
from w2v.system.container import CHECKSUMS, read_container

SECONDS = 5  # no small file takes longer
CONSTANT_BYTES, BYTES_PER_BYTE = 32 << 20, 100  # of memory, whatever a file says
UNPACKED_BYTES = 1400 << 20  # the same where a compressed file may hold more than its size
READ, REFUSED = "read", "refused"


class Reader(NamedTuple):
    """A reader: what it does with a path, files that it reads, and what it must find in one that it does not refuse."""

    read: Callable[[Path], Any]
    seeds: list[bytes]
    check: Callable[[bytes, Any], None] = lambda data, found: None


def judge(reader: Reader, path: Path, data: bytes, trace: bool = False) -> str:
    """`READ`, `REFUSED`, or what is wrong. trace: watch the memory too, which is slow."""
    path.write_bytes(data)
    if trace:
        tracemalloc.start()
    try:
        with _alarm(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of words that occur twice
            found = reader.read(path)
        used = tracemalloc.get_traced_memory()[1] if trace else 0
        reader.check(data, found)
        outcome = READ
    except FormatError as error:
        used = tracemalloc.get_traced_memory()[1] if trace else 0
        outcome = REFUSED if str(error).isprintable() else f"not one printable line: {str(error)!r}"
    except Exception as error:  # what a fuzzer is there for
        return f"{type(error).__name__} in {_origin(error)}: {str(error)[:120]!r}"
    finally:
        if trace:
            tracemalloc.stop()
    limit = UNPACKED_BYTES if compression_of(data[:10]) else CONSTANT_BYTES + BYTES_PER_BYTE * len(data)
    return outcome if used <= limit else f"{used:,} bytes of memory for a file of {len(data):,}"


@contextlib.contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TimeoutError("a hang")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _origin(error: BaseException) -> str:
    place, step = "?", error.__traceback__
    while step is not None:
        place, step = f"{Path(step.tb_frame.f_code.co_filename).name}:{step.tb_lineno}", step.tb_next
    return place


# ---- twins -----------------------------------------------------------------------------------------------------------


def check_rows(data: bytes, found: VectorTable, header: bool, binary: bool = False) -> None:
    """What was read of an uncompressed file is what the twin reads."""
    assert len(set(found.keys)) == len(found.keys) and np.isfinite(found.vectors).all()
    if compression_of(data[:10]) is None:
        rows: dict[str, list[float]] = {}
        for word, numbers in (binary_rows if binary else text_rows)(data.removeprefix(b"\xef\xbb\xbf"), header):
            rows.setdefault(word.decode(), numbers)
        assert list(found.keys) == list(rows)
        with np.errstate(over="ignore"):
            assert np.array_equal(found.vectors, np.array(list(rows.values()), np.float32).reshape(found.vectors.shape))


def text_rows(data: bytes, header: bool) -> Iterator[tuple[bytes, list[float]]]:
    """The rows of a text file, as plainly as can be."""
    lines = [line.strip() for line in data.split(b"\n") if line.strip()]
    first = lines[0].split()
    n_columns = int(first[1]) if header else len(first) - 1
    for line in lines[1:] if header else lines:
        word, *numbers = line.rsplit(None, n_columns)  # a word may have white space of any kind
        yield word, list(map(float, numbers))


def binary_rows(data: bytes, header: bool) -> Iterator[tuple[bytes, list[float]]]:
    """The rows of a binary file."""
    first, _, rest = data.partition(b"\n")
    n_rows, n_columns = map(int, first.split())
    for _ in range(n_rows):
        word, _, rest = rest.partition(b" ")
        yield word.lstrip(b"\n"), np.frombuffer(rest[: 4 * n_columns], "<f4").tolist()
        rest = rest[4 * n_columns :]


def check_native(data: bytes, table: VectorTable) -> None:
    """The parts fit together."""
    assert len(table.keys) == len(table.vectors) and len(set(table.keys)) == len(table.keys)
    assert table.counts is None or len(table.counts) == len(table.keys)
    assert isinstance(table.metadata, dict)


def check_counts(data: bytes, found: Any) -> None:
    """Each line's word has its count."""
    pairs = dict(zip(found.words, found.counts.tolist(), strict=True)) if isinstance(found, Vocabulary) else found
    if compression_of(data[:10]) is None:
        text = data.removeprefix(b"\xef\xbb\xbf")
        twin = {fields[0].decode(): int(fields[1]) for fields in map(bytes.split, text.splitlines()) if fields}
        assert {**pairs, "</s>": 0} == {**twin, "</s>": 0}
    assert not isinstance(found, Vocabulary) or found.n_tokens == sum(pairs.values())


def check_pairs(data: bytes, found: Any) -> None:
    """Numbers are numbers."""
    assert found and all(first and second and np.isfinite(score) for first, second, score in found)


# ---- the readers -----------------------------------------------------------------------------------------------------


def _whole(path: Path) -> VectorTable:
    """A vector file with everything that is read late."""
    table = read_vectors(path)
    return table._replace(keys=list(table.keys))


def _model(path: Path) -> Any:
    from w2v.cli.info import describe_file
    from w2v.config import TextConfig, TrainConfig
    from w2v.training.model import Word2Vec

    model = Word2Vec.load(path)
    for _ in describe_file(str(path), TrainConfig(), TextConfig()):
        pass
    return model


def _checkpoint(path: Path) -> Any:
    from w2v.cli.job import Job
    from w2v.training.model import Word2Vec

    model = Word2Vec.load_checkpoint(path)
    model.standing()
    with contextlib.suppress(ConfigError):  # another program's, or one that wants to write elsewhere
        Job.of_checkpoint(str(path), model.job, None, None).go_on()
    return model


def _classifier_readers() -> dict[str, Reader]:
    """Of the checkpoints of both kinds of classifiers."""
    from w2v.classify.checkpoint import classifier_checkpoints
    from w2v.classify.config import ClassifyConfig
    from w2v.classify.documents import DocumentLayout, read_documents
    from w2v.classify.features import read_tokens
    from w2v.classify.training import train_classifier
    from w2v.config import TextConfig
    from w2v.documents.texts import Cutter
    from w2v.vectors.keyed_vectors import KeyedVectors

    class Enough(Exception):
        """Ends a training as a crash would."""

    def stop(epoch: Any) -> None:
        if epoch.number == 3:
            raise Enough

    vectors = KeyedVectors(2)
    vectors.add_vectors(["good", "bad"], np.array([[1, 2], [3, 4]], np.float32))
    few: dict[str, Any] = {"epochs": 3, "threads": 1}
    kinds = {
        "embeddings": (ClassifyConfig(finetune=True, dim=2, **few), None),
        "means": (ClassifyConfig(hidden=2, **few), vectors),
    }
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text"
        text.write_text("__label__a good\n__label__b bad\n" * 3)
        tokens = read_tokens(read_documents(str(text), DocumentLayout()), Cutter(TextConfig()))
        for kind, (config, given) in kinds.items():

            def go_on(path: Path, config: Any = config, given: Any = given, on_epoch: Any = None) -> None:
                checkpoints = classifier_checkpoints(path, on_epoch is not None)
                try:
                    train_classifier(
                        tokens, config, TextConfig(), checkpoints, given, None, on_epoch or (lambda _: None)
                    )
                except ConfigError as error:  # of another run
                    raise FormatError(str(error)) from error
                except W2VError as error:
                    if "diverged" not in str(error):
                        raise

            with contextlib.suppress(Enough):
                go_on(Path(folder) / kind, on_epoch=stop)
            seed = (Path(folder) / kind).read_bytes()
            found[f"classifier of {kind}"] = Reader(go_on, [without_checksums(seed), seed])
    return found


def readers() -> dict[str, Reader]:
    """All readers by name."""
    text = b"3 4\nking 0.1 -0.25 1e-3 4\nthe 1 2 3.5 -4\n\xc3\xa9t\xc3\xa9 0.5 0.25 0.125 0.0625\n"
    rows = text.partition(b"\n")[2]
    binary = b"3 2\n" + b"".join(
        word + b" " + np.array(numbers, "<f4").tobytes() + b"\n"
        for word, numbers in ((b"king", (1, 2)), (b"the", (0.1, -3)), (b"\xc3\xa9", (4, 5)))
    )
    native = _native_seeds()
    counts = [b"the 10\nking 3\n\xc3\xa9t\xc3\xa9 1\n", b"</s> 0\nthe 9\nof 8\n"]
    questions = [b": capitals\nAthens Greece Oslo Norway\n: gram1\n# note\na b c d\n", b"a b c d\n"]
    pairs = [b"king\tqueen\t8.5\r\nman\twoman\t7\n", b"word1,word2,score\nking,queen,8.5\n", b"# x\nking queen 8.5\n"]

    sets = [
        b"190 FROM SATs\nlull trust v:n\nbalk fortitude v:n\nbetray loyalty v:n\nb\n\noak tree\nant insect\na b\na\n",
        b"rusty | corroded | black | dirty\n", b"cat\ndog\nox\n\ncar\ntree\n", b"king noun\nwalks verb\n",
        b"good better rough JJ_JJR rougher\ncat cats ox NN_NNS oxen\n",
    ]  # fmt: skip

    def rows_of(name: str, header: bool, binary: bool = False) -> Any:
        return (
            lambda path: read_vectors(path, name),
            lambda data, found: check_rows(data, found, header, binary),
        )

    read_text, check_text = rows_of("word2vec-text", True)
    read_glove, check_glove = rows_of("glove", False)
    read_binary, check_binary = rows_of("word2vec-binary", True, True)
    return {
        "word2vec-text": Reader(read_text, [text, text.replace(b"\n", b" \n"), b"0 5\n"], check_text),
        "vec": Reader(_whole, [text.replace(b"\n", b"\r\n"), b"1 2\nhello 0.5 0.25\n"]),
        "glove": Reader(read_glove, [rows, rows.replace(b" ", b"\t")], check_glove),
        "word2vec-binary": Reader(read_binary, [binary, binary.replace(b"\n", b"").replace(b"3 2", b"3 2\n")],
                                  check_binary),
        "fastText": Reader(_whole, _fasttext_seeds(), check_native),
        "native": Reader(_whole, native, check_native),
        "model": Reader(_model, native[1:], lambda data, model: check_native(data, model.to_table())),
        "checkpoint": Reader(_checkpoint, native[2::3], lambda data, model: check_native(data, model.to_table())),
        **_classifier_readers(),
        "container": Reader(read_container, native),
        "any vectors": Reader(_whole, [text, rows, binary, *native, *_fasttext_seeds()], check_native),
        "vocabulary": Reader(Vocabulary.load, counts, check_counts),
        "counts": Reader(read_counts, counts, check_counts),
        "questions": Reader(read_questions, questions),
        "similarity": Reader(read_similarity, pairs, check_pairs),
        "evaluation": Reader(read_benchmark, [*questions, *pairs, *sets]),
        "word lists": Reader(read_word_lists, [b"x: a, b\ny: c d\n# note\np: e f\nn: g\n", b"w: a b\np: c\nn: d\n"]),
    }  # fmt: skip


def without_checksums(data: bytes) -> bytes:
    """A native file that says nothing of its checksums, so that a reader looks further than to these."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    del header["__metadata__"][CHECKSUMS]
    start, end = header.pop(CHECKSUMS)["data_offsets"]  # the last array
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length : len(data) - (end - start)]


def _fasttext_seeds() -> list[bytes]:
    """A model of words and one with n-grams."""
    vectors = np.arange(10, dtype=np.float32).reshape(5, 2)
    ngrams = {"config": {"min_n": 3, "max_n": 4, "bucket": 3, "hash_count": 0}}
    lists = {"row_offsets": np.arange(3), "row_ids": np.arange(2), "row_shares": np.ones(2, np.float32)}
    plain = VectorTable(["the", "été"], vectors[:2], np.array([5, 3]), vectors[3:])
    seeds = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed"
        for table in (plain, plain._replace(metadata=ngrams, input_rows=vectors, ngram_buckets=np.arange(3), **lists)):
            write_vectors(path, table, "fasttext")
            read_vectors(path)  # compiles what makes n-grams, which takes as long as a hang
            seeds.append(path.read_bytes())
    return seeds


def _native_seeds() -> list[bytes]:
    """A file of vectors, one from which training can go on, a checkpoint; without and with checksums."""
    from w2v.config import TextConfig, TrainConfig

    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    metadata: dict[str, Any] = {
        "config": vars(TrainConfig(vector_size=2)), "text": vars(TextConfig()), "corpus": {"n_read": 9},
        "epochs": [[1.5, 3, 4, 5]], "alphas": [[0.05, 0.01]],
    }  # fmt: skip
    metadata["corpus"] |= {"n_sentences": 2, "n_rare": 0, "n_undecodable": 0, "fingerprint": "0"}
    job = {"paths": ["/text"], "output": "/x.w2v", "format": "w2v", "checkpoint": "/x", "checkpoint_every": "10m",
           "cache_dir": None, "log": None}  # fmt: skip
    run = {"schedule": [0.05, 0.01, 2, 100, 1, 9], "n_chunks": 3, "in_hand": [0.5, 4, 5, 6], "job": job, "frozen": [1]}
    seeds = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed.w2v"
        for table in (
            VectorTable(["the", "king", "été"], vectors),
            VectorTable(["a", "b", "c"], vectors, np.array([5, 3, 1]), vectors, metadata),
            VectorTable(["a", "b", "c"], vectors, np.array([5, 3, 1]), vectors, {**metadata, "run": run}),
        ):
            write_vectors(path, table)
            seeds.append(path.read_bytes())
    return [*map(without_checksums, seeds), *seeds]
