"""Training with phrases: the ledger adds up, runs go on with the same phrases, and questions are put in them."""

import json
import random

import numpy as np
import pytest
from support import StopsAt

import w2v
from w2v.cli.commands import main
from w2v.config import PhraseConfig, TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.corpus.stream import BREAK
from w2v.errors import ConfigError, FormatError
from w2v.phrases.learning import PhraseStep
from w2v.system.interrupts import Interrupted
from w2v.training.model import Word2Vec

SETTINGS = dict(vector_size=8, workers=1, epochs=2, min_count=2)
PHRASES = dict(phrases=2, phrases_scoring="npmi", phrases_threshold=0.6)
OPTIONS = ("--phrases", "2", "--phrases-scoring", "npmi", "--phrases-threshold", ".6")


def text(n_lines=3000, seed=0):
    """Lines of common words, some of which always stand together."""
    generator = random.Random(seed)
    words = [f"w{n}" for n in range(40)]
    parts = [[word] for word in words] + [["new", "york", "city"], ["los", "angeles"], ["rare", f"r{seed}"]]
    weights = [1.0] * len(words) + [2.0, 2.0, 0.01]
    lines = (generator.choices(parts, weights, k=12) for _ in range(n_lines))
    return "\n".join(" ".join(word for part in line for word in part) for line in lines) + "\n"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("phrases") / "corpus.txt"
    path.write_text(text(), "utf-8")
    return path


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("min_count", [1, 5, 100])
def test_read_equals_stream_and_what_was_left_out(tmp_path, threads, min_count):
    data = text(500).encode().replace(b"w7 ", b"\xff\xfe ").replace(b"w8 w", b"w8 \n\n\n w")
    (tmp_path / "c").write_bytes(data)
    step = PhraseStep(PhraseConfig(**PHRASES), TextConfig(), threads)
    config = TrainConfig(min_count=min_count, threads=threads)
    with encode_corpus([tmp_path / "c"], TextConfig(), config, step=step) as joined:
        ledger, stream = joined.ledger, np.array(joined.ids)
        words = joined.vocab.words
    with encode_corpus([tmp_path / "c"], TextConfig(), config) as plain:
        assert ledger.n_read == plain.ledger.n_read == len(data.split())
        assert ledger.n_undecodable == plain.ledger.n_undecodable > 0
        assert joined.n_sentences_read == plain.n_sentences_read
    assert ledger.n_read == ledger.n_stream + ledger.n_rare + ledger.n_undecodable + ledger.n_joined
    assert ledger.n_stream == np.count_nonzero(stream != BREAK) == joined.vocab.n_tokens
    assert (
        "new_york_city" in words and "los_angeles" in words and ledger.n_joined == sum(p.n_joined for p in step.passes)
    )
    assert joined.vocab.counts.tolist() == sorted(joined.vocab.counts, reverse=True)
    lines = [line.split() for line in data.replace(b"\xff\xfe", b"").decode().split("\n")]
    expected = [[word for word in step.model.joined(line) if word in set(words)] for line in lines]
    assert [words[n] if n >= 0 else "\n" for n in stream] == [w for line in expected if line for w in [*line, "\n"]]


def test_lists_and_files_give_the_same_bytes(corpus, tmp_path):
    found = []
    for source in ({"corpus_file": corpus}, {"sentences": [line.split() for line in corpus.read_text().splitlines()]}):
        for workers in (1, 2):
            model = Word2Vec(**source, **{**SETTINGS, "workers": workers, "deterministic": True}, **PHRASES)
            found.append((model.wv.vectors.tobytes(), json.dumps(model.phrases.facts())))
    assert len(set(found)) == 1
    assert model.wv.as_trained("New York") == ["New", "York"]
    assert model.wv.as_trained("w1 new york city") == ["w1", "new_york_city"]
    assert not Word2Vec(corpus_file=corpus, **SETTINGS).to_table().metadata.get("phrases")


@pytest.mark.parametrize("deterministic", [False, True])
def test_an_interrupted_run_goes_on_byte_for_byte(corpus, tmp_path, deterministic):
    settings = {**SETTINGS, **PHRASES, "deterministic": deterministic, "epochs": 3}
    expected = Word2Vec(corpus_file=corpus, **settings)
    model = Word2Vec(**settings)
    model.build_vocab(corpus_file=corpus)
    path = tmp_path / "a.checkpoint"
    with pytest.raises(Interrupted):
        model.train(corpus_file=corpus, progress=StopsAt(2), checkpoint=path, checkpoint_every="1-chunks")
    resumed = Word2Vec.resume(path, corpus_file=corpus)
    assert resumed.wv.vectors.tobytes() == expected.wv.vectors.tobytes()
    assert resumed.phrases == expected.phrases and resumed.history.epochs == expected.history.epochs


def test_a_model_keeps_its_phrases_and_takes_new_words(corpus, tmp_path):
    model = Word2Vec(corpus_file=corpus, **SETTINGS, **PHRASES)
    model.save(tmp_path / "m.w2v")
    loaded = Word2Vec.load(tmp_path / "m.w2v")
    assert loaded.phrases == model.phrases
    (tmp_path / "new").write_text(text(300, seed=9) + "new york city hall\n" * 9)
    loaded.build_vocab(corpus_file=tmp_path / "new", update=True)
    assert "hall" in loaded.vocab and "new_york_city" in loaded.vocab and "york" not in loaded.vocab
    assert loaded.phrases == model.phrases
    n_trained, n_read = loaded.train(corpus_file=tmp_path / "new", epochs=1, start_alpha=0.01)
    assert n_read == len((tmp_path / "new").read_text().split()) and 0 < n_trained < n_read


def test_a_damaged_file_is_refused(corpus, tmp_path):
    model = Word2Vec(corpus_file=corpus, **SETTINGS, **PHRASES)
    table = model.to_table()
    for phrases in ({}, {**model.phrases.facts(), "passes": 3}, [1]):
        w2v.formats.vector_files.write_vectors(
            tmp_path / "m.w2v", table._replace(metadata={**table.metadata, "phrases": phrases}), "w2v"
        )
        with pytest.raises(FormatError, match="phrases are malformed"):
            Word2Vec.load(tmp_path / "m.w2v")
        with pytest.raises(FormatError, match="phrases are malformed"):
            w2v.load(tmp_path / "m.w2v").as_trained("new york")


def test_what_cannot_be_is_refused_in_a_sentence():
    with pytest.raises(ConfigError, match="integers"):
        Word2Vec([[1, 2], [1, 2]], min_count=1, phrases=1)
    with pytest.raises(ConfigError, match="vocab_memory"):
        Word2Vec(**SETTINGS, phrases=1, vocab_memory=20_000_000).build_vocab([["a", "b"]])
    for wrong in ({"phrases": -1}, {"phrases": 99}, {"phrases": "2"}, {"phrases": 1, "phrases_scoring": "pmi"},
                  {"phrases": 1, "phrases_delimiter": " "}, {"phrases": 1, "phrases_memory": 10}):  # fmt: skip
        with pytest.raises(ConfigError):
            Word2Vec(**SETTINGS, **wrong)


# ---- the commands


QUICK = ("--vector-size", "8", "--epochs", "1", "--threads", "1", "--min-count", "2")


def ledger_of(output):
    rows = [line.split() for line in output.splitlines() if line[:2] in ("re", "= ", "+ ")]
    return {row[-3]: int(row[-2].replace(",", "")) for row in rows}


def test_train_and_ask(corpus, tmp_path, capsys):
    model = tmp_path / "m.w2v"
    log = tmp_path / "log"
    assert main(["train", str(corpus), "-o", str(model), *QUICK, *OPTIONS, "--log", str(log)]) == 0
    ledger = ledger_of(capsys.readouterr().out)
    assert ledger["joined"] > 0
    assert (
        ledger["read"]
        == sum(count for name, count in ledger.items() if name != "read")
        == len(corpus.read_text().split())
    )
    last = json.loads(log.read_text().splitlines()[-1])
    assert last["joined"][0] == ledger["joined"]
    assert main(["nn", str(model), "new york city", "-n", "1"]) == 0
    asked = capsys.readouterr().out
    assert main(["nn", str(model), "new_york_city", "-n", "1"]) == 0
    assert capsys.readouterr().out == asked
    assert main(["nn", str(model), "new york city", "--as-written"]) == 2
    assert main(["info", str(model)]) == 0
    assert "phrases: 4 + 1, pass by pass" in capsys.readouterr().out


def test_phrases_are_found_once_and_joined_elsewhere(corpus, tmp_path, capsys):
    phrases, one, two = (str(tmp_path / name) for name in ("p.json", "one.w2v", "two.w2v"))
    assert main(["phrases", str(corpus), "-o", phrases, *OPTIONS]) == 0
    output = capsys.readouterr().out
    assert "pass 1: 4 phrases" in output and "new_york_city" in output
    n_read = len(corpus.read_text().split())
    assert f"tokens read {n_read:,} = left " in output
    assert main(["train", str(corpus), "-o", one, *QUICK, "--read-phrases", phrases]) == 0
    assert main(["train", str(corpus), "-o", two, *QUICK, *OPTIONS]) == 0
    assert w2v.load(one).vectors.tobytes() == w2v.load(two).vectors.tobytes()
    joined = []
    for model in (phrases, one):
        assert main(["phrases", "apply", model, str(corpus), "-o", str(tmp_path / "joined.txt")]) == 0
        joined.append((tmp_path / "joined.txt").read_text("utf-8"))
    assert joined[0] == joined[1] and joined[0].count("\n") == corpus.read_text().count("\n")
    model = w2v.FrozenPhrases.load(phrases)
    assert joined[0].splitlines() == [" ".join(model[line.split()]) for line in corpus.read_text().splitlines()]
    (tmp_path / "t.txt").write_bytes(b"\nin new york city \n\nlos angeles")
    capsys.readouterr()
    assert main(["phrases", "apply", phrases, str(tmp_path / "t.txt")]) == 0
    assert capsys.readouterr().out == "\nin new_york_city\n\nlos_angeles\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "CORPUS", "--phrases-threshold", "3"], "does nothing without --phrases"),
        (["train", "CORPUS", "--phrases", "1", "--read-phrases", "p"], "leave out --phrases"),
        (["train", "CORPUS", "--read-phrases", "nothing"], "cannot read the phrases nothing"),
        (["train", "CORPUS", "--extend", "M", "--epochs", "1", "--alpha", ".1", "--phrases", "1"], "leave it out"),
        (
            ["train", "CORPUS", "--phrases", "1", "--phrases-scoring", "npmi", "--phrases-threshold", "9"],
            "from -1 to 1",
        ),
        (["phrases", "CORPUS", "-o", "CORPUS"], "part of the corpus"),
        (["phrases", "CORPUS", "-o", "p.json", "--phrases", "0"], "--phrases 0"),
        (["phrases", "-o", "p.json"], "no corpus was given"),
        (["phrases", "apply", "CORPUS", "CORPUS"], ""),
        (["phrases", "apply", "M", "nothing"], "cannot read nothing"),
        (["phrases", "apply", "M", "BAD"], "cannot be decoded"),
        (["phrases", "apply", "M", "CORPUS", "--encoding", "nonsense"], "unknown encoding"),
        (["phrases", "apply", "M", "CORPUS", "-o", "CORPUS"], "it is read"),
    ],
)
def test_mistakes_are_told_in_one_sentence(corpus, tmp_path, capsys, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "BAD").write_bytes(b"\xff\xfe\xff")
    if "M" in arguments:
        Word2Vec(corpus_file=corpus, **SETTINGS, **PHRASES).save(tmp_path / "M")
    assert main([str(corpus) if word == "CORPUS" else word for word in arguments]) == 2
    errors = capsys.readouterr().err
    assert sentence in errors and errors.count("w2v: error") == 1
    assert "Traceback" not in errors and not (tmp_path / "p.json").exists()
