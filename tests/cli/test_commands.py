"""The command line with real files: bad input, other tools' spellings, the ledger, formats, and the sample corpus."""

import bz2
import contextlib
import gzip
import json
import lzma
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from starting import started
from support import python

import w2v
from w2v.cli.commands import main
from w2v.cli.options import parse
from w2v.cli.settings import default_output, output_format, text_config, train_config
from w2v.config import TrainConfig
from w2v.corpus.vocabulary import Vocabulary
from w2v.data.datasets import registry_folder
from w2v.formats.vector_files import VectorTable, write_vectors

KINGDOM, QUESTIONS = registry_folder() / "kingdom.txt", registry_folder() / "kingdom-questions.txt"
QUICK = ("--vector-size", "8", "--epochs", "1", "--threads", "1")
N_LINES = 3000


def start(*arguments, cwd=None, **settings):
    """The command as a process of its own, its pipes open."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return started(["-m", "w2v", *arguments], cwd, text=True, **{**pipes, **settings})


def run(*arguments, input="", **settings):
    """Run to the end: (exit code, standard output, standard error)."""
    with start(*arguments, **settings) as process:
        output, errors = process.communicate(input, timeout=300)
    return process.returncode, output, errors


def contents(folder):
    """Everything in a folder: path → bytes, None for a folder."""
    return {path: path.read_bytes() if path.is_file() else None for path in Path(folder).rglob("*")}


@pytest.fixture(scope="module")
def small_text():
    return "".join(KINGDOM.read_text("ascii").splitlines(keepends=True)[:N_LINES])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The sample corpus, trained with the default settings."""
    path = tmp_path_factory.mktemp("model") / "kingdom.w2v"
    assert main(["train", str(KINGDOM), "-o", str(path), "--threads", "1"]) == 0
    return path


@pytest.fixture
def room(tmp_path, monkeypatch, model, small_text):
    """A folder with one of each kind of file, which is the current one; temporary files go to a folder in it."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "no files").mkdir()
    files = {
        "corpus.txt": small_text.encode(), "empty.txt": b"", "blank.txt": b" \n\n\t\n", "one.txt": b"word " * 50,
        "few.txt": b"b a a b a c", "binary.dat": bytes(range(256)) * 20, "old.w2v": b"not to be touched",
        "kingdom.fasttext": (793712314).to_bytes(4, "little") + bytes(200),
        "kingdom.w2v": model.read_bytes(), "cut.w2v": model.read_bytes()[:-1000],
        "bad.gz": gzip.compress(b"a b " * 999)[:-9],
        "text.vec": b"3 2\nking 0.5 1.5\nman 1 2\nqueen -1 3e-2\n", "cut.vec": b"3 2\nking 0.5 1.5\nman 1\n",
        "plain.glove": b"king 0.5 1.5\nman 1 2.5\n", "cut.glove": b"king 0.5 1.5\nman 1 2.5\nqueen 3\n",
        "cut.bin": b"2 2\nking " + np.array([1.1, 2.2], "f4").tobytes() + b"\nman \1\2",
        "three words.txt": b"Athens Greece Oslo\n", "four.txt": b": a\nking man queen woman\nking man queen\n",
        "not utf-8.txt": b": a\nking man queen \xff\n", "words.vocab": b"king 5\nman many\n",
        "latin.txt": b"\xe9t\xe9 " * 9,
    }  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path


BAD_INPUT = [
    ("train", "no such file or folder"),
    ("train missing.txt", "cannot read missing.txt"),
    ("train *.nothing", "no file matches"),
    ("train empty.txt", "empty"),
    ("train blank.txt", "empty"),
    ("train no?files/*", "no file matches"),
    ("train binary.dat", "byte 0 is zero"),
    ("train bad.gz", "cut off"),
    ("train one.txt", "only one word, 'word'"),
    ("train few.txt", "the commonest, 'a', occurs 3 times"),
    ("train kingdom.w2v", "holds vectors (w2v)"),
    ("train kingdom.fasttext", "holds vectors (fasttext)"),
    ("train text.vec", "holds vectors (word2vec-text)"),
    ("train plain.glove", "holds vectors (glove)"),
    ("train corpus.txt --errors strict latin.txt --min-count 1", "cannot be decoded"),
    ("train corpus.txt --encoding klingon", "unknown encoding 'klingon'"),
    ("train corpus.txt --read-vocab missing.vocab", "missing.vocab"),
    ("train corpus.txt --read-vocab words.vocab", "line 2"),
    ("train corpus.txt --cache-dir missing", "--cache-dir missing is no folder"),
    ("train corpus.txt -o missing/x.w2v", "the folder missing does not exist"),
    ("train corpus.txt -o /proc/x.w2v", "cannot write /proc/x.w2v"),
    ("train corpus.txt -o temporary", "is a folder"),
    ("train corpus.txt -o new/", "is a folder"),
    ("train corpus.txt -o x.xyz", "names no format"),
    ("train corpus.txt -o x.w2v.gz", "native format"),
    ("train corpus.txt -o corpus.txt", "part of the corpus"),
    ("train . -o old.w2v", "part of the corpus"),
    ("train corpus.txt -o x.txt --save-vocab ./x.txt", "two outputs"),
    ("train corpus.txt --log missing/run.jsonl", "the folder missing"),
    ("train corpus.txt --save-vocab missing/v", "the folder missing"),
    ("train corpus.txt --format zip", "format 'zip' is not known"),
    ("train corpus.txt --format glove -binary 1", "contradicts --format"),
    ("train corpus.txt -hs 1 -negative 5", "two objectives"),
    ("train corpus.txt --loss hs --negative 5", "--negative does nothing"),
    ("train corpus.txt -cbow 1 --model sg", "contradicts --model sg"),
    ("train corpus.txt -cbow 1 --sg 1", "contradicts"),
    ("train corpus.txt -hs 0 --loss hs", "contradicts --loss hs"),
    ("train corpus.txt --negative 0", "without samples"),
    ("train corpus.txt --negative-sharing pair --loss hs", "draws no negative"),
    ("train corpus.txt --model sg --cbow-update corrected", "--cbow-update does nothing"),
    ("train corpus.txt --no-cbow-mean --cbow-update corrected", "cbow_mean"),
    ("train corpus.txt --alpha 0.01 --min-alpha 0.1", "above alpha"),
    ("train corpus.txt -classes 500", "no word classes"),
    ("train corpus.txt -wordNgrams 2", "n-grams of words"),
    ("train corpus.txt -minn 3 -maxn 2", "above max_n"),
    ("train corpus.txt --min-n 3 --hash-count 2", "--min-n does nothing with --max-n 0"),
    ("train corpus.txt --hash-count 2", "--hash-count does nothing with --max-n 0"),
    ("train corpus.txt -accuracy questions.txt", "w2v eval"),
    ("train corpus.txt --vector-size 1000 --max-vocab x", "'x' is not a whole number"),
    ("train corpus.txt --vector-size", "--vector-size needs a value"),
    ("train corpus.txt -o --log x", "-o needs a value"),
    ("train corpus.txt --model rnn", "'rnn'"),
    ("train corpus.txt -treads 4", "did you mean -threads?"),
    ("train corpus.txt --vectorsize 4", "did you mean --vector-size?"),
    ("train corpus.txt --quick", "there is no option --quick"),
    ("train corpus.txt --alpha 1e30 --epochs 1 --vector-size 8", "diverged"),
    ("trian corpus.txt", "did you mean: w2v train?"),
    ("skipgram -input corpus.txt", "w2v train --model sg?"),
    ("-train corpus.txt", "put the command first"),
    ("", "no command was given; choose one of train, resume, "),
    ("", "classify; w2v --help says what each does"),
    ("nn missing.w2v king", "cannot read missing.w2v"),
    ("nn temporary king", "Is a directory"),
    ("nn corpus.txt king", "is no vector file"),
    ("nn empty.txt king", "is empty"),
    ("nn cut.w2v king", "cut.w2v"),
    ("nn cut.vec king", "cut.vec"),
    ("nn cut.glove king", "cut.glove"),
    ("nn cut.bin king", "cut.bin"),
    ("nn kingdom.w2v quene", "did you mean queen?"),
    ("nn kingdom.w2v king -n 0", "at least 1"),
    ("nn kingdom.w2v king --restrict-vocab -3", "at least 1"),
    ("nn", "required: MODEL"),
    ("analogy kingdom.w2v king man womann", "did you mean woman?"),
    ("analogy kingdom.w2v king man", "2 words were given"),
    ("analogy kingdom.w2v king", "1 word was given"),
    ("analogy kingdom.w2v king - man woman", "signs between them"),
    ("analogy kingdom.w2v king - man +", "signs between them"),
    ("eval kingdom.w2v", "required: FILE"),
    ("eval kingdom.w2v missing.txt", "missing.txt"),
    ("eval kingdom.w2v empty.txt", "empty"),
    ("eval kingdom.w2v corpus.txt", "neither analogy questions"),
    ("eval kingdom.w2v three?words.txt", "neither analogy questions"),
    ("eval kingdom.w2v four.txt", "line 3"),
    ("eval kingdom.w2v not?utf-8.txt", "line 2: not valid utf-8"),
    ("info missing", "cannot read missing"),
    ("info empty.txt", "empty"),
    ("info cut.vec", "cut.vec"),
    ("info corpus.txt --alpha 1", "there is no option --alpha"),
    ("convert missing.w2v x.txt", "missing.w2v"),
    ("convert cut.w2v x.txt", "cut.w2v"),
    ("convert cut.bin old.w2v", "cut.bin"),
    ("convert text.vec x.xyz", "names no format"),
    ("convert text.vec missing/x.txt", "the folder missing"),
    ("convert corpus.txt x.w2v", "is no vector file"),
    ("download no-such-corpus", "no-such-corpus"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "part"), BAD_INPUT)
def test_bad_input_is_one_sentence_and_leaves_nothing(room, capsys, command, part):
    arguments = [word.replace("?", " ") if "*" not in word else word for word in command.split()]
    if arguments[:1] == ["train"] and len(arguments) == 1:
        part = "no corpus was given"
    before = contents(room)
    assert main(arguments) == 2
    output, errors = capsys.readouterr()
    sentences = [line for line in errors.splitlines() if line.startswith("w2v: error: ")]
    assert errors.splitlines()[-1:] == sentences and part in sentences[0], errors
    assert output == "" and "Traceback" not in errors
    assert contents(room) == before


NUMERIC = {
    "vector-size": "0 -1 nan inf 1.5 99999999999999999999 1e3", "window": "0 -1 nan 1e99 10000000000",
    "negative": "-1 nan 99999999999",
    "epochs": "0 -1 nan inf 99999999999999999999", "min-count": "-1 nan 99999999999999999999",
    "max-vocab": "0 1 -1 nan 1e3",
    "threads": "0 -1 nan 99999999", "seed": "-1 nan 1.5 99999999999999999999", "sample": "-1 nan inf -inf -1e-3 x",
    "alpha": "0 -1 nan inf -inf -1e-4 x", "min-alpha": "-1 nan inf -1e-4 9", "ns-exponent": "nan inf -inf 1e9",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, text in NUMERIC.items() for value in text.split()])
def test_numbers_out_of_range(room, capsys, name, value):
    before = contents(room)
    assert main(["train", "corpus.txt", f"--{name}", value]) == 2
    errors = capsys.readouterr().err
    assert re.fullmatch(rf"w2v: error: [^\n]*{name.replace('-', '[-_]')}[^\n]*\n", errors), errors
    assert contents(room) == before


def test_too_much_memory_is_refused_before_it_is_taken(room, capsys, monkeypatch):
    monkeypatch.setattr("w2v.training.memory.usable_memory", lambda: 100_000)
    assert main(["train", "corpus.txt"]) == 2
    assert "GB of memory" in capsys.readouterr().err
    monkeypatch.setattr("w2v.training.memory.usable_memory", lambda: None)
    assert main(["train", "corpus.txt", *QUICK]) == 0


def test_an_old_output_survives_a_full_disk(room):
    """Two processes, since the limit cannot be taken back."""
    before = contents(room)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    environment = {"TMPDIR": str(room / "temporary")}
    for command in (
        ("train", "corpus.txt", "-o", "old.w2v", "--vector-size", 300, "--epochs", 1),
        ("convert", "kingdom.w2v", "old.w2v"),
    ):
        code, output, errors = run(*command, cwd=room, preexec_fn=limit, env=environment)
        assert (code, output) == (2, ""), errors
        assert errors.splitlines()[-1] == "w2v: error: cannot write old.w2v: File too large; nothing was changed"
        assert contents(room) == before


def test_results_that_cannot_be_written(model):
    with open("/dev/full", "w") as full:
        code, _, errors = run("nn", model, "king", stdout=full)
    assert code == 2 and errors.startswith("w2v: error:") and errors.count("\n") == 1
    with start("nn", model, "king", "-n", 500) as process:  # a reader that goes away is no error
        process.stdout.close()
        assert process.wait(60) == 0 and process.stderr.read() == ""


@pytest.mark.parametrize("suffix", ["txt", "vec", "glove", "bin"])
def test_words_that_a_format_cannot_hold(room, capsys, suffix):
    write_vectors("spaced.w2v", VectorTable(["king", "New York"], np.eye(2, dtype=np.float32)))
    before = contents(room)
    code = main(["convert", "spaced.w2v", f"x.{suffix}"])
    if code == 0:  # word2vec text is split from the right and may hold spaces
        assert suffix == "txt" and w2v.load("x.txt").index_to_key == ["king", "New York"]
    else:
        assert code == 2 and "'New York'" in capsys.readouterr().err
        assert contents(room) == before


def test_undecodable_arguments_and_terminals(model):
    code, _, errors = run("nn", model, b"\xff\xfe".decode("utf-8", "surrogateescape"))
    assert code == 2 and "w2v: error:" in errors and "Traceback" not in errors
    code, output, errors = run("analogy", model, "king", "man", "woman", env={"PYTHONIOENCODING": "ascii"})
    assert code == 0 and "\\u2212" in output, errors


# ---- other tools' spellings


def arguments(line):
    return parse(["train", *line.split()], {})


def config(line):
    return train_config(arguments(line))


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        (  # word2vec.c
            "-train c -output v -size 7 -window 3 -sample 1e-4 -hs 0 -negative 4 -threads 2 -iter 6 -min-count 2 "
            "-alpha 0.03 -classes 0 -debug 2 -binary 0 -save-vocab s -cbow 0",
            {"model": "sg", "loss": "ns", "vector_size": 7, "window": 3, "sample": 1e-4, "negative": 4, "threads": 2,
             "epochs": 6, "min_count": 2, "alpha": 0.03},
        ),
        ("-train c -cbow 1 -hs 1 -negative 0", {"model": "cbow", "loss": "hs", "negative": 0}),
        ("-train c -hs 1", {"loss": "hs"}),
        (  # fastText
            "-input c -output v -lr 0.1 -dim 9 -ws 4 -epoch 3 -minCount 2 -neg 6 -loss ns -t 1e-5 -thread 3 -seed 4 "
            "-minn 0 -maxn 0 -bucket 2000000 -lrUpdateRate 100 -wordNgrams 1 -verbose 2",
            {"alpha": 0.1, "vector_size": 9, "window": 4, "epochs": 3, "min_count": 2, "negative": 6, "loss": "ns",
             "sample": 1e-5, "threads": 3, "seed": 4, "min_n": 0},
        ),
        ("c -minn 2 -maxn 5 -bucket 1000 -hashCount 2", {"min_n": 2, "max_n": 5, "bucket": 1000, "hash_count": 2}),
        ("c -loss hs", {"loss": "hs"}),
        ("c -loss softmax --model skipgram", {"loss": "softmax", "model": "sg"}),
        (  # gensim
            "c --vector-size 9 --sg 1 --ns-exponent 0.5 --max-final-vocab 99 --workers 2 --min-alpha 1e-3 "
            "--shrink-windows 0 --cbow-mean 1 -min_count 3 --epochs 2 --hs 0",
            {"vector_size": 9, "model": "sg", "ns_exponent": 0.5, "max_vocab": 99, "threads": 2, "min_alpha": 1e-3,
             "shrink_windows": False, "cbow_mean": True, "min_count": 3, "epochs": 2, "loss": "ns"},
        ),
        ("c --cbow-mean 0", {"cbow_mean": False}),
        ("c --no-cbow-mean", {"cbow_mean": False}),
        ("c --size 9 --iter 2 --dim 8", {"vector_size": 8, "epochs": 2}),
        ("c -t1e-5 --alpha=.5", {"sample": 1e-5, "alpha": 0.5}),
        ("c", {}),
    ],
)  # fmt: skip
def test_spellings_of_other_tools(line, settings):
    assert config(line) == TrainConfig(**settings)


def test_files_in_the_spelling_of_other_tools():
    args = arguments("-train a b -output v.bin -save-vocab s -read-vocab r c")
    assert (args.train_file, args.corpus, args.output) == ("a", ["b", "c"], "v.bin")
    assert (args.save_vocab, args.read_vocab, args.notes) == ("s", "r", ())
    args = arguments("c -debug 2 -classes 0 --lowercase -- -odd-name.txt -")
    assert args.notes == ("-debug 2 has no effect here", "-classes 0 has no effect here")
    assert args.corpus == ["c", "-odd-name.txt", "-"] and text_config(args).lower


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (("x.w2v", None), ("x.w2v", "w2v")), (("x.bin", None), ("x.bin", "word2vec-binary")),
        (("vec.txt", None), ("vec.txt", "word2vec-text")), (("x.vec.gz", None), ("x.vec.gz", "word2vec-text")),
        (("model", None), ("model.w2v", "w2v")), (("dir.d/model", None), ("dir.d/model.w2v", "w2v")),
        (("model", None, 0), ("model", "word2vec-text")), (("model", None, 1), ("model", "word2vec-binary")),
        (("x.bin", None, 0), ("x.bin", "word2vec-text")), (("model", "glove"), ("model", "glove")),
        (("m", "word2vec-text", 0), ("m", "word2vec-text")),
    ],
)  # fmt: skip
def test_output_name_and_format(given, found):
    path, format = output_format(*given)
    assert (path, format.name) == found


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (["a/corpus.txt.gz", "b"], "corpus.w2v"), (["-"], "vectors.w2v"), (["data/*.txt"], "vectors.w2v"),
        (["data/"], "data.w2v"), (["text8"], "text8.w2v"), ([".hidden"], "vectors.w2v"),
    ],
)  # fmt: skip
def test_default_output(paths, name):
    assert default_output(paths) == name


# ---- training


def parse_ledger(output):
    """(name → numbers, number of epochs) of the closing table."""
    head = re.search(r"tokens +last epoch +(?:all )?(\d+) epochs?\n", output)
    rows = re.findall(r"^[=+]? ?(read|trained|subsampled|rare|undecodable) +([\d,]+) +([\d,]+)$", output, re.M)
    return {name: [int(number.replace(",", "")) for number in numbers] for name, *numbers in rows}, int(head[1])


def test_the_ledger_adds_up(room, capsys):
    text = (room / "corpus.txt").read_bytes() + b"rare once \xff\xfe king\xff\nrare\n" + b"\xff" * 3
    (room / "mixed.txt").write_bytes(text)
    assert main(["train", "mixed.txt", "-o", "x.w2v", "--log", "run.jsonl", "--threads", "2", "--epochs", "3"]) == 0
    ledger, n_epochs = parse_ledger(capsys.readouterr().out)
    words = (room / "corpus.txt").read_text().split()
    n_rare = sum(words.count(word) for word in set(words) if words.count(word) < 5)
    assert n_epochs == 3 and list(ledger) == ["read", "trained", "subsampled", "rare", "undecodable"]
    assert ledger["read"] == [len(text.split()), 3 * len(text.split())]
    assert ledger["undecodable"] == [3, 9] and ledger["rare"] == [n_rare + 3, 3 * n_rare + 9]
    assert min(ledger["subsampled"]) > 0
    for column in (0, 1):
        assert ledger["read"][column] == sum(ledger[name][column] for name in list(ledger)[1:])
    events = [json.loads(line, parse_constant=pytest.fail) for line in (room / "run.jsonl").read_text().splitlines()]
    names = [event["event"] for event in events]
    assert names[:3] == ["run", "start", "progress"] and names.count("epoch") == 3 and names[-1] == "ledger"
    assert {name: events[-1][name] for name in ledger} == ledger
    assert events[0]["config"]["epochs"] == 3 and events[1]["n_epochs"] == 3
    assert 0 < events[2]["done"] <= 1 and events[2]["alpha"] <= 0.05


def test_the_log_of_a_failed_run(room, capsys):
    assert main(["train", "few.txt", "--log", "run.jsonl"]) == 2
    first, last = map(json.loads, (room / "run.jsonl").read_text().splitlines())
    assert (first["event"], last["event"]) == ("run", "error")
    assert capsys.readouterr().err.splitlines()[-1] == f"w2v: error: {last['message']}"


def test_plain_lines_and_notes(room):
    code, output, errors = run("train", "corpus.txt", "-debug", 2, "--threads", 1, "--epochs", 2, cwd=room)
    lines = errors.splitlines()
    assert code == 0 and "\r" not in errors and "\x1b" not in errors
    assert lines[0] == "note: -debug 2 has no effect here"
    for part in ("CBOW", "negative sampling (K = 5", "100 dimensions", "window 5", "alpha 0.05", "2 epochs", "seed 1"):
        assert part in lines[1]
    assert re.match(r"read [\d,]+ tokens, 3,000 sentences in [\d.]+ s; vocabulary \d+ words", lines[2])
    assert [line.split(":")[0] for line in lines if line.startswith("epoch")] == ["epoch 1/2", "epoch 2/2"]
    assert lines[-1].startswith("saved ") and "corpus.w2v (w2v)" in lines[-1] and (room / "corpus.w2v").exists()
    assert "tokens " not in errors and output.startswith("tokens ")


def test_an_interrupt_saves_what_there_is(room, model):
    with start("train", "corpus.txt", "-o", "old.w2v", "--epochs", 10**6, "--log", "run.jsonl", cwd=room) as process:
        while "epoch 2/" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in errors
    name = re.search(r"go on with: w2v resume (\S+)$", errors)[1]
    saved = w2v.Word2Vec.load_checkpoint(room / name)
    assert len(saved.history.epochs) >= 1 and "king" in saved.wv
    assert (room / "old.w2v").read_bytes() == b"not to be touched"
    assert json.loads((room / "run.jsonl").read_text().splitlines()[-1])["event"] == "interrupted"


def open_files(process):
    """The names of a process's open files, those that it had where they have none."""
    found = []
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            found.append(os.readlink(link))
    return found


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_reading_leaves_nothing(room, small_text, stop):
    before, environment = contents(room), {"TMPDIR": str(room / "temporary")}
    with start("train", "-", "-o", "x.w2v", cwd=room, env=environment) as process:
        process.stdin.write(small_text)
        process.stdin.flush()
        assert "CBOW" in process.stderr.readline()
        while not any(str(room / "temporary") in file for file in open_files(process)):  # it has no name
            time.sleep(0.05)
        process.send_signal(stop)
        _, errors = process.communicate(timeout=60)
    word = "terminated" if stop == signal.SIGTERM else "interrupted"
    assert (process.returncode, errors.strip()) == (128 + stop, f"w2v: {word}")
    assert contents(room) == before


def test_standard_input_packed_files_folders_and_several_files_are_one_corpus(room, small_text):
    lines = small_text.splitlines(keepends=True)
    (room / "folder" / "deep").mkdir(parents=True)
    parts = [lines[:500], lines[500:1500], lines[1500:2000], lines[2000:]]
    parts = ["".join(part).encode() for part in parts]
    (room / "folder" / "1.txt.gz").write_bytes(gzip.compress(parts[0]))
    (room / "folder" / "2.xz").write_bytes(lzma.compress(parts[1]))
    (room / "folder" / "3.txt").write_bytes(bz2.compress(parts[2]))  # known by its bytes
    (room / "folder" / "deep" / "4.txt").write_bytes(parts[3])
    files = ["folder/1.txt.gz", "folder/2.xz", "folder/3.txt", "folder/deep/4.txt"]
    assert main(["train", "corpus.txt", "-o", "whole.bin", *QUICK]) == 0
    assert main(["train", "folder", "-o", "folder.bin", *QUICK]) == 0
    assert main(["train", *files[:2], "-o", "files.bin", *files[2:], *QUICK]) == 0
    assert main(["train", "folder/[1-3]*", "folder/deep/*", "-o", "pattern.bin", *QUICK]) == 0
    code, _, errors = run("train", "-", "-o", "pipe.bin", *QUICK, cwd=room, input=small_text)
    assert code == 0, errors
    whole = Path("whole.bin").read_bytes()
    for name in ("folder", "files", "pattern", "pipe"):
        assert Path(f"{name}.bin").read_bytes() == whole, name


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [("w2v", "w2v"), ("bin", "word2vec-binary"), ("txt", "word2vec-text"), ("vec.gz", "word2vec-text"),
     ("glove", "glove")],
)  # fmt: skip
def test_every_format_is_asked_described_and_converted(room, capsys, suffix, kind):
    name = f"x.{suffix}"
    assert main(["train", "corpus.txt", "-o", name, *QUICK]) == 0
    assert main(["train", "corpus.txt", "-o", "native.w2v", *QUICK]) == 0
    capsys.readouterr()
    assert main(["nn", name, "king", "-n", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["nn", "native.w2v", "king", "-n", "3", "--json"]) == 0
    assert found == json.loads(capsys.readouterr().out) and len(found["neighbours"]) == 3
    assert main(["info", name]) == 0
    assert capsys.readouterr().out.startswith(f"{name}: {kind} vectors, ")
    assert main(["convert", name, "y.w2v"]) == 0
    expected, converted = w2v.load("native.w2v"), w2v.load("y.w2v")
    assert list(converted.index_to_key) == list(expected.index_to_key)
    np.testing.assert_array_equal(converted.vectors, expected.vectors)


def test_vocabulary_files(room, capsys):
    assert main(["train", "corpus.txt", "-o", "a.bin", "--save-vocab", "words.txt", *QUICK]) == 0
    assert main(["train", "corpus.txt", "-o", "b.bin", "--read-vocab", "words.txt", *QUICK]) == 0
    assert Path("a.bin").read_bytes() == Path("b.bin").read_bytes()
    vocab = Vocabulary.load("words.txt")
    Path("some.txt").write_text("king 100\nand 90\nqueen 50\nking's 7\n")
    assert main(["train", "corpus.txt", "-o", "c.bin", "--read-vocab", "some.txt", *QUICK]) == 0
    assert w2v.load("c.bin").index_to_key == ["king", "and", "queen", "king's"] and len(vocab) > 100
    ledger, _ = parse_ledger(capsys.readouterr().out.split("loss per pair")[-2])
    assert ledger["rare"][0] > 0.9 * ledger["read"][0]


# ---- queries and evaluation


def test_nearest_neighbours(model, capsys):
    assert main(["nn", str(model), "king", "-n", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and re.fullmatch(r"  queen +0\.\d{4}", lines[0])
    assert main(["nn", str(model), "--topn=2", "king", "queen"]) == 0
    assert capsys.readouterr().out.startswith("neighbours of king + queen\n")
    assert main(["nn", str(model), "king", "queen", "--json", "--restrict-vocab", "20"]) == 0
    answer = json.loads(capsys.readouterr().out)
    found = answer["neighbours"]
    assert answer["query"] == "king queen" and 0 < len(found) <= 10
    assert all(word in w2v.load(model).index_to_key[:20] for word, _ in found)


@pytest.mark.parametrize("command", ["nn", "analogy"])
def test_a_sum_with_signs_is_the_same_for_both_commands(model, capsys, command):
    assert main([command, str(model), "king", "-", "man", "+", "woman", "-n", "1"]) == 0
    heading, best = capsys.readouterr().out.splitlines()
    assert heading == "king − man + woman" and best.split()[0] == "queen"
    assert main([command, str(model), "king", "-", "man", "woman"]) == 2
    assert "signs between them" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["nn", "analogy"])
def test_every_piped_question_has_its_answer(model, command):
    questions = ["king - man + woman", "king - mann + woman", "woman - man + king"]
    code, output, errors = run(command, model, "-n", 1, "--json", input="\n".join(questions) + "\n")
    answers = [json.loads(line) for line in output.splitlines()]
    assert [answer["query"] for answer in answers] == questions and code == 2
    assert [answer["neighbours"][0][0] for answer in (answers[0], answers[2])] == ["queen", "queen"]
    assert "did you mean man" in answers[1]["error"] and "1 of 3 questions could not be answered" in errors
    code, output, errors = run(command, model, "king - mann", "-n", 1, "--json")
    assert code == 2 and json.loads(output).keys() == {"query", "error"} and errors.startswith("w2v: error: ")
    code, output, _ = run(command, model, "-n", 1, input=f"{questions[0]}\n{questions[2]}\n")
    assert code == 0 and output.splitlines()[::2] == ["king − man + woman", "woman − man + king"]


def test_piped_words_have_headings(model):
    code, output, _ = run("nn", model, "-n", 1, input="king\nman\n")
    assert code == 0 and output.splitlines()[::2] == ["neighbours of king", "neighbours of man"]


def test_words_of_all_scripts_stand_in_columns(tmp_path, capsys):
    """Widths as terminals have them: a wide character takes two columns, a mark none."""
    widths = {"king": 4, "왕": 2, "日本語": 6, "ｶﾅ": 2, "１": 2, "e\u0301te\u0301": 3, "\u110b\u116a\u11bc": 2}
    path = str(tmp_path / "x.w2v")
    write_vectors(path, VectorTable(list(widths), np.eye(len(widths), dtype=np.float32) + 1))
    assert main(["nn", path, "king"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {len(line) - len(word) + widths[word] for line in lines for word in [line.split()[0]]} == {2 + 6 + 2 + 6}


def test_escape_codes_in_words_do_not_reach_the_terminal(tmp_path, capsys):
    keys = ["king", "\x1b[31mred", "a\nb", "\x9bm", "\u202eabc"]
    path = str(tmp_path / "x.w2v")
    write_vectors(path, VectorTable(keys, np.eye(5, dtype=np.float32) + 1))
    assert main(["nn", path, "king"]) == 0
    output = capsys.readouterr().out
    assert sorted(line.split()[0] for line in output.splitlines()) == sorted(
        ["\\u001b[31mred", "a\\u000ab", "\\u009bm", "\\u202eabc"]
    )
    assert main(["nn", path, "king", "--json"]) == 0
    output = capsys.readouterr().out
    assert output.count("\n") == 1 and output.strip().replace("\\", "").isprintable()
    assert {word for word, _ in json.loads(output)["neighbours"]} == set(keys[1:])
    assert main(["nn", path, "\x9b31mking"]) == 2
    assert "\x9b" not in capsys.readouterr().err


def test_integer_ids_are_asked_by_their_digits(tmp_path, capsys):
    write_vectors(tmp_path / "walks.w2v", VectorTable([7, 8, 9], np.array([[1, 0], [1, 0.1], [0, 1]], np.float32)))
    assert main(["nn", str(tmp_path / "walks.w2v"), "7", "--json"]) == 0
    assert [key for key, _ in json.loads(capsys.readouterr().out)["neighbours"]] == [8, 9]


def test_analogy_names_its_rule_and_the_other_way_to_ask(model, capsys):
    assert main(["analogy", str(model), "man", "king", "woman", "-n", "1"]) == 0
    rule, best, hint = capsys.readouterr().out.splitlines()
    assert rule == "man is to king as woman is to ?   (king − man + woman, the rule b − a + c)"
    assert best.split()[0] == "queen"
    assert hint == "(for man − king + woman give the words as: king man woman, or write the sum: man - king + woman)"
    for words in (["king", "-", "man", "+", "woman"], ["woman", "+", "king", "-", "man"]):
        assert main(["analogy", str(model), *words, "-n", "1", "--method", "3cosmul"]) == 0
        rule, best = capsys.readouterr().out.splitlines()
        assert rule == " ".join(words).replace("-", "−") and best.split()[0] == "queen"
    assert main(["analogy", str(model), "man", "king", "woman", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["neighbours"][0][0] == "queen"


def test_eval(model, tmp_path, capsys):
    similarity = tmp_path / "pairs.csv"
    similarity.write_text("# invented\nfirst,second,score\nking,queen,9\nking,market,1\nking,unknown,5\nman,woman,8\n")
    assert main(["eval", str(model), str(QUESTIONS), str(similarity)]) == 0
    output = capsys.readouterr().out
    assert str(QUESTIONS) in output and str(similarity) in output and "semantic" in output
    assert main(["eval", str(model), str(QUESTIONS), str(similarity), "--json"]) == 0
    report = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert report["model"] == str(model) and [result["kind"] for result in report["results"]] == [
        "analogies",
        "similarity",
    ]
    assert report["results"][0]["total"]["accuracy_of_answered"] > 0.9
    assert main(["eval", str(model), str(QUESTIONS), str(similarity), "--json", "--restrict-vocab", "1"]) == 0
    report = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert report["results"][0]["total"]["answered"] == 0
    assert main(["eval", str(model), str(QUESTIONS), "--restrict-vocab", "100"]) == 0
    assert "the first 100 words" in capsys.readouterr().out


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_the_sample_corpus_with_default_settings(tmp_path, capsys, seed, threads):
    path = str(tmp_path / "kingdom.w2v")
    assert main(["train", str(KINGDOM), "-o", path, "--seed", str(seed), "--threads", str(threads)]) == 0
    capsys.readouterr()
    assert main(["analogy", path, "king", "-", "man", "+", "woman", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["neighbours"][0][0] == "queen"
    assert main(["eval", path, str(QUESTIONS), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"][0]["total"]["accuracy_of_all"] >= 0.9


# ---- the program


def test_what_does_not_need_the_compiler_does_not_import_it(model, tmp_path):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("king\tqueen\t9\nking\tman\t5\nman\twoman\t8\n")
    python(
        "import sys\n"
        "from w2v.cli.commands import main\n"
        "model, pairs, out = sys.argv[1:]\n"
        "for command in (['nn', model, 'king'], ['analogy', model, 'king', 'man', 'woman'], ['info', model],\n"
        "                ['convert', model, out], ['eval', model, pairs], ['train', '--no'], ['nn', 'missing']):\n"
        "    main(command)\n"
        "assert not {'numba', 'llvmlite'} & set(sys.modules), sorted(sys.modules)",
        model,
        pairs,
        tmp_path / "out.bin",
    )


@pytest.mark.parametrize(
    "command", ["train", "nn", "analogy", "eval", "associate", "align", "contexts", "info", "convert", "download"]
)
def test_help_of_every_command(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    output = capsys.readouterr().out
    assert end.value.code == 0 and output.startswith(f"usage: w2v {command} ")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert f"\n    {command}" in capsys.readouterr().out


def test_help_and_version_as_a_script():
    code, output, errors = run("--version")
    assert (code, output, errors) == (0, f"w2v {w2v.__version__}\n", "")
    script = "import sys; sys.argv = ['w2v', 'nn']; from w2v.__main__ import main; main()"
    ended = python(script, check=False)
    assert ended.returncode == 2 and ended.stderr.startswith("w2v: error: ") and ended.stdout == ""


def test_damaged_vectors_to_start_from_are_refused(tmp_path, capsys):
    (tmp_path / "text").write_text("a b c d e f g h\n" * 50)
    command = ["train", str(tmp_path / "text"), "--vector-size", "8", "--epochs", "1", "-o"]
    assert main([*command, str(tmp_path / "a.w2v")]) == 0
    data = bytearray((tmp_path / "a.w2v").read_bytes())
    data[-200] ^= 1
    (tmp_path / "a.w2v").write_bytes(data)
    assert main([*command, str(tmp_path / "b.w2v"), "--init", str(tmp_path / "a.w2v")]) == 2
    assert "is not what was written" in capsys.readouterr().err
    assert not (tmp_path / "b.w2v").exists()
