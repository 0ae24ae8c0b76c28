"""The classifier from documents to answers: what is learned, files, interruption, the command line and fastText."""

import json
import math
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from labelled import labelled_text, tokens_of
from starting import started
from support import python_environment

from w2v.classify.checkpoint import classifier_checkpoints
from w2v.classify.config import ClassifyConfig
from w2v.classify.documents import Document, DocumentLayout, read_documents
from w2v.classify.format import load_classifier, save_classifier
from w2v.classify.training import train_classifier
from w2v.cli.classify_commands import _Report
from w2v.cli.commands import main
from w2v.config import TextConfig
from w2v.errors import ConfigError, FormatError, W2VError
from w2v.network.network import Epoch
from w2v.phrases.model import PhraseModel
from w2v.system.container import read_container, write_container
from w2v.system.interrupts import Interrupted
from w2v.training.history import Statistics
from w2v.training.json_log import JsonLog
from w2v.training.schedule import Schedule
from w2v.vectors.keyed_vectors import KeyedVectors

TRAIN, TEST, SEVERAL = labelled_text(900, seed=1), labelled_text(300, seed=2), labelled_text(900, seed=3, several=0.5)
QUICK = {"finetune": True, "dim": 16, "epochs": 8, "threads": 1}
FASTTEXTS = {"weights": "uniform", "ngram_min_count": 1}  # what it does
KINDS = {
    "embeddings": QUICK,
    "ngrams": {**QUICK, "word_ngrams": 2, "buckets": 5000},
    "one-vs-all": {**QUICK, "loss": "ova"},
    "threads": {**QUICK, "threads": 2},
    "started": {**QUICK, "vectors": True},
    "means": {"vectors": True},
    "tfidf": {"vectors": True, "weights": "tfidf", "loss": "ova"},
    "sif-hidden": {"vectors": True, "weights": "sif", "hidden": 8},
}


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A folder, which is the current one, with documents, and vectors in which the classes can be told apart."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("train.txt", TRAIN), ("test.txt", TEST), ("several.txt", SEVERAL)):
        (tmp_path / name).write_text(text)
    vectors_file()
    return tmp_path


def vectors_file():
    """Word vectors that say the topic, with noise; a fifth of the words is missing."""
    words = [word for word in dict.fromkeys(TRAIN.split()) if not word.startswith("__")]
    generator = np.random.default_rng(5)
    matrix = generator.normal(0, 1, (len(words), 12)).astype(np.float32)
    for word, row in zip(words, matrix, strict=True):
        if word.startswith("t"):
            row[int(word[1])] += 8
    vectors = KeyedVectors(12)
    keep = generator.random(len(words)) < 0.8
    vectors.index_to_key, vectors.vectors = [w for w, k in zip(words, keep, strict=True) if k], matrix[keep]
    vectors.save("vectors.w2v")
    return vectors


def trained(path="train.txt", checkpoint="c", vectors=None, **settings):
    """A classifier of the documents, and its epochs."""
    epochs = []
    vectors = KeyedVectors.load("vectors.w2v") if vectors else None
    config = ClassifyConfig(**settings)
    classifier = train_classifier(
        tokens_of(path),
        config,
        TextConfig(),
        classifier_checkpoints(checkpoint, False),
        vectors,
        on_epoch=epochs.append,
    )
    return classifier, epochs


def report_on(classifier, path="test.txt"):
    return classifier.test(read_documents(path, DocumentLayout()))


def documents(*texts):
    return [Document(text, (), "here") for text in texts]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_what_can_be_learned_is_learned_and_survives_its_file(room, kind):
    classifier, epochs = trained(**kind)
    assert epochs[-1].loss < epochs[0].loss / 1.2 and epochs[-1].accuracy > 0.85
    report = report_on(classifier)
    assert report.accuracy > (0.8 if "vectors" in kind else 0.75) and report.confusion.sum() == 300
    save_classifier("m.classifier", classifier)
    again = load_classifier("m.classifier")
    assert (again.labels, again.several, again.config) == (classifier.labels, classifier.several, classifier.config)
    asked = documents("t0_1 t0_2 w3", "", "never seen", "t2_5 w1 w1")
    for one, other in zip(classifier.predict(asked, 3), again.predict(asked, 3), strict=True):
        assert one.is_known == other.is_known
        assert dict(one.labels) == pytest.approx(dict(other.labels), abs=1e-6)
    save_classifier("again.classifier", again)
    assert (room / "again.classifier").read_bytes() == (room / "m.classifier").read_bytes()


def test_classes_are_told_apart_far_better_than_by_chance_only_where_words_tell(room):
    (room / "noise.txt").write_text(labelled_text(900, seed=1, topic=0))
    (room / "noise-test.txt").write_text(labelled_text(600, seed=2, topic=0))
    assert report_on(trained("noise.txt", **QUICK)[0], "noise-test.txt").accuracy == pytest.approx(1 / 3, abs=0.08)


def test_one_thread_and_one_seed_give_the_same_bytes(room):
    files = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        save_classifier(name, trained(**{**QUICK, "word_ngrams": 2, "seed": seed})[0])
        files.append((room / name).read_bytes())
    assert files[0] == files[1] != files[2]


def test_documents_without_a_known_word_get_the_class_priors(room):
    (room / "uneven.txt").write_text("__label__a x y\n" * 6 + "__label__b z\n" * 3 + "__label__c\n")
    classifier, _ = trained("uneven.txt", **{**QUICK, "min_count": 4})
    assert classifier.label_counts.tolist() == [6, 3, 1]
    known, empty, unknown = classifier.predict(documents("x", "", "nothing of this"), 3)
    assert known.is_known and not empty.is_known and empty == unknown
    assert empty.labels == [("a", pytest.approx(0.6)), ("b", pytest.approx(0.3)), ("c", pytest.approx(0.1))]
    assert report_on(classifier, "uneven.txt").n_unknown == 4  # the word z is too rare


def test_probabilities_add_up_for_softmax_and_stand_alone_for_one_vs_all(room):
    softmax, _ = trained(**QUICK)
    assert sum(p for _, p in softmax.predict(documents("t0_1 t1_1"), 3)[0].labels) == pytest.approx(1, abs=1e-5)
    ova, _ = trained("several.txt", **{**QUICK, "loss": "ova", "epochs": 20})
    both = dict(ova.predict(documents("t0_1 t1_1 t0_2 t1_2 t0_3 t1_3"), 3)[0].labels)
    assert both["c0"] > 0.5 < both["c1"] and both["c2"] < 0.5


def test_several_labels(room):
    """One-vs-all predicts all that are likelier than not; softmax one label, drawn from a document's at each pass."""
    (room / "several-test.txt").write_text(labelled_text(300, seed=4, several=0.5))
    ova, softmax = (trained("several.txt", **{**QUICK, "loss": loss})[0] for loss in ("ova", "softmax"))
    one, other = report_on(ova, "several-test.txt"), report_on(softmax, "several-test.txt")
    assert ova.several and one.predicted.sum() > 330 and (other.predicted.sum(axis=1) == 1).all()
    assert one.micro.f1 > 0.75 and other.micro.precision > 0.8 and one.confusion is None
    means, _ = trained("several.txt", vectors=True)
    assert report_on(means, "several-test.txt").micro.precision > 0.8


def test_vectors_are_where_embeddings_start(room):
    classifier, _ = trained(**{**QUICK, "lr": 1e-9, "epochs": 1, "dtype": "float32"}, vectors=True)
    vectors = KeyedVectors.load("vectors.w2v")
    rows = classifier.encoder.rows
    known = [word for word in vectors.index_to_key if word in rows]
    assert len(known) > 100 and classifier.config.dim == 12
    assert np.allclose(classifier.model.inputs[[rows[w] for w in known], :12], vectors[known], atol=1e-6)


def test_a_part_kept_back_is_not_trained_on(room):
    """Labels without sense can be learned by heart, and only where they are seen; of the others it knows as little as
    after two steps on given vectors: the loss is about that of equal chances."""
    text = "\n".join(f"__label__{'ab'[n % 7 % 2]} word{n}" for n in range(400))
    (room / "heart.txt").write_text(text)
    for settings, n_labels in (({**QUICK, "lr": 5.0, "epochs": 30}, 2), ({"vectors": True, "epochs": 2}, 3)):
        _, epochs = trained("heart.txt" if "dim" in settings else "train.txt", **settings, validation=0.25)
        if "dim" in settings:
            assert epochs[-1].accuracy > 0.95 and epochs[-1].validation_accuracy < 0.75
        assert epochs[-1].validation_loss == pytest.approx(np.log(n_labels), rel=0.1)
    assert np.isnan(trained(**QUICK)[1][-1].validation_loss)


def test_loss_and_accuracy_of_documents(room):
    for loss in ("softmax", "ova"):
        classifier, _ = trained(**{**QUICK, "loss": loss})
        tokens = classifier.tokens(read_documents("test.txt", DocumentLayout()))
        lists = classifier.encoder.lists(tokens)
        found = classifier.probabilities(lists).astype(float)
        true = tokens.label_ids.ids
        right = found[np.arange(len(found)), true]
        slow = -np.log(right)
        if loss == "ova":
            others = np.log(np.maximum(1 - found, np.finfo(np.float32).eps))
            slow = slow - others.sum(axis=1) + others[np.arange(len(found)), true]
        expected = slow.mean(), (found.argmax(axis=1) == true).mean()
        assert classifier.loss_and_accuracy(lists, tokens.label_ids) == pytest.approx(expected, rel=1e-4)


# ---- interruption


class Stop(Exception):
    """Ends a training as a crash would."""


@pytest.mark.parametrize("kind", ["ngrams", "sif-hidden", "started"])
@pytest.mark.parametrize("how", ["crash", "signal"])
def test_an_interrupted_training_ends_as_if_it_had_not_been(room, kind, how):
    settings = dict(KINDS[kind])
    vectors = KeyedVectors.load("vectors.w2v") if settings.pop("vectors", False) else None
    config = ClassifyConfig(**settings, validation=0.1)

    def run(on_epoch):
        epochs = []
        checkpoint = classifier_checkpoints("run.checkpoint", how == "crash")

        def note(epoch):
            epochs.append(epoch)
            on_epoch(epoch)

        return train_classifier(tokens_of("train.txt"), config, TextConfig(), checkpoint, vectors, None, note), epochs

    def stop(epoch):
        if epoch.number == 3:
            if how == "crash":
                raise Stop
            signal.raise_signal(signal.SIGINT)

    whole, all_epochs = run(lambda epoch: None)
    (room / "run.checkpoint").unlink(missing_ok=True)
    with pytest.raises(Stop if how == "crash" else Interrupted):
        run(stop)
    resumed, epochs = run(lambda epoch: None)
    assert [epoch.number for epoch in epochs] == list(range(3 if how == "crash" else 4, config.epochs + 1))
    assert epochs == all_epochs[-len(epochs) :]
    for name, classifier in (("a", whole), ("b", resumed)):
        save_classifier(name, classifier)
    assert (room / "a").read_bytes() == (room / "b").read_bytes()


def test_a_checkpoint_of_another_run_is_refused(room):
    with pytest.raises(Stop):
        trained_with(classifier_checkpoints("c", True), QUICK)
    for settings in ({**QUICK, "lr": 0.1}, {**QUICK, "seed": 2}):
        with pytest.raises(ConfigError, match="c is there and is no checkpoint of these documents and settings"):
            trained(**settings)
    with pytest.raises(ConfigError):
        trained("several.txt", **QUICK)
    (room / "c").write_bytes((room / "c").read_bytes()[:-100])
    with pytest.raises(FormatError, match="cut off"):
        trained(**QUICK)


def trained_with(checkpoint, settings):
    def stop(epoch):
        if epoch.number == 2:
            raise Stop

    train_classifier(tokens_of("train.txt"), ClassifyConfig(**settings), TextConfig(), checkpoint, on_epoch=stop)


def test_ctrl_c_in_a_process_and_the_same_command_again(room):
    (room / "long.txt").write_text(labelled_text(4000, seed=6))
    arguments = ["classify", "train", "long.txt", "-o", "m", "--epochs", "400", "--dim", "64", "--threads", "1"]
    with started(["-m", "w2v", *arguments], stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if line.startswith("epoch 3/"):
                process.send_signal(signal.SIGINT)
                break
        errors = process.stderr.read()
    assert process.returncode == 130 and "go" in errors and (room / "m.checkpoint").exists()
    assert not (room / "m").exists() and "m.checkpoint" in errors and "Traceback" not in errors
    assert main(arguments) == 0
    assert not (room / "m.checkpoint").exists() and load_classifier("m").labels == ["c0", "c1", "c2"]


# ---- files


def test_a_file_that_is_cut_or_changed_is_refused(room):
    for kind in ("ngrams", "sif-hidden"):
        save_classifier("m", trained(**KINDS[kind])[0])
        data = (room / "m").read_bytes()
        for length in (0, 5, 100, len(data) // 2, len(data) - 1):
            (room / "cut").write_bytes(data[:length])
            with pytest.raises(FormatError, match="cut"):
                load_classifier("cut")
        arrays, strings = read_container("m")
        for name, array in arrays.items():
            for changed in (array[:-1], array.astype(np.float64), -array if name == "row_weights" else array[1:]):
                with pytest.raises(FormatError):
                    write_container("changed", {**arrays, name: changed}, strings)
                    load_classifier("changed")
            with pytest.raises(FormatError):
                write_container("changed", {k: v for k, v in arrays.items() if k != name}, strings)
                load_classifier("changed")


def test_metadata_are_checked(room):
    save_classifier("m", trained(**QUICK)[0])
    arrays, strings = read_container("m")
    metadata = json.loads(strings["metadata"])
    for change in (
        {"labels": ["a"]}, {"label_counts": [1, 2]}, {"label_counts": [-1, 2, 3]}, {"config": {"dim": 17}},
        {"config": {"loss": "none"}}, {"config": 3}, {"labels": 7}, {"text": {"lower": "yes"}},
    ):  # fmt: skip
        if isinstance(change.get("config"), dict):
            change = {"config": {**metadata["config"], **change["config"]}}
        write_container("changed", arrays, {**strings, "metadata": json.dumps({**metadata, **change})})
        with pytest.raises(FormatError, match="damaged"):
            load_classifier("changed")
    for changed in ({"metadata": "{"}, {"metadata": "[" * 10**5}, {"format_version": "3"}, {"format": "w2v"}):
        write_container("changed", arrays, {**strings, **changed})
        with pytest.raises(FormatError):
            load_classifier("changed")
    with pytest.raises(FormatError, match="vectors.w2v is no classifier"):
        load_classifier("vectors.w2v")
    with pytest.raises(W2VError, match="cannot read missing"):
        load_classifier("missing")


def test_embeddings_are_kept_in_half_the_memory_or_less(room):
    """float16 and frequent pairs: the file is a fraction of the one with all of it, and answers the same."""
    whole = {**KINDS["ngrams"], "buckets": 1 << 30, "ngram_min_count": 1, "dtype": "float32"}
    models = {name: trained(**{**whole, **change})[0] for name, change in (
        ("whole", {}), ("half", {"dtype": "float16"}), ("kept", {"dtype": "float16", "ngram_min_count": 2}),
    )}  # fmt: skip
    inputs = {name: model.model.inputs for name, model in models.items()}
    assert inputs["half"].nbytes * 2 == inputs["whole"].nbytes and inputs["kept"].nbytes * 3.5 < inputs["whole"].nbytes
    assert inputs["half"] == pytest.approx(inputs["whole"], rel=1e-3, abs=1e-6)
    accuracies = [report_on(model).accuracy for model in models.values()]
    assert accuracies == pytest.approx([accuracies[0]] * 3, abs=0.03)
    for name, model in models.items():
        save_classifier(name, model)
        loaded = load_classifier(name)
        assert loaded.model.inputs.dtype == inputs[name].dtype and (loaded.model.inputs == inputs[name]).all()


def test_numbers_beyond_float16_stay_as_they_are(room):
    vectors = KeyedVectors.load("vectors.w2v")
    vectors.vectors = vectors.vectors.copy()
    vectors.vectors[3] = 1e6
    vectors.save("vectors.w2v")
    classifier, _ = trained(**{**QUICK, "lr": 1e-9, "epochs": 1}, vectors=True)
    assert classifier.model.inputs.dtype == np.float32 and np.isfinite(classifier.model.inputs).all()


def test_a_file_of_version_1_answers_as_it_did(room):
    """Written before rows had weights: float32, all rows alike, all n-grams that occurred, none of the new settings."""
    old = {**KINDS["ngrams"], **FASTTEXTS, "dtype": "float32"}
    classifier, _ = trained(**old)
    save_classifier("m", classifier)
    arrays, strings = read_container("m")
    metadata = json.loads(strings["metadata"])
    for name in ("ngram_min_count", "dtype"):
        del metadata["config"][name]
    del arrays["row_weights"]
    write_container("old", arrays, {**strings, "format_version": "1", "metadata": json.dumps(metadata)})
    asked = documents("t0_1 t0_2 w3", "", "never seen", "t2_5 w1 w1")
    assert load_classifier("old").predict(asked, 3) == classifier.predict(asked, 3)
    write_container("no-weights", arrays, strings)
    with pytest.raises(FormatError, match="'row_weights' is missing"):
        load_classifier("no-weights")


# ---- bad input, one sentence each


BAD_TRAINING = [
    ({"text": ""}, "no document to train on"),
    ({"text": "__label__a x\n" * 3}, "all 3 documents have the label 'a'"),
    ({"text": "__label__a\n__label__b\n"}, "all documents are empty"),
    ({"text": "__label__a x\n__label__b y\n", "min_count": 5}, "no word occurs 5 times"),
    ({"lr": 1e30}, "training diverged"),
]


@pytest.mark.parametrize(("change", "said"), BAD_TRAINING)
def test_documents_that_teach_nothing(room, change, said):
    if "text" in change:
        (room / "train.txt").write_text(change.pop("text"))
    with np.errstate(all="ignore"), pytest.raises(W2VError, match=said):
        trained(**{**QUICK, **change})


OUT_OF_RANGE = [
    ({"hidden": -1}, "hidden is -1; it must be at least 0"),
    ({"epochs": 0}, "epochs is 0; it must be at least 1"),
    ({"dim": 0}, "dim is 0; it must be at least 1"),
    ({"min_count": 0}, "min_count is 0; it must be at least 1"),
    ({"word_ngrams": 0}, "word_ngrams is 0; it must be at least 1"),
    ({"buckets": 2**31}, "buckets is too large; it must be at most 1073741824"),
    ({"lr": 0.0}, "lr is 0, so nothing would be learned"),
    ({"lr": -1.0}, "lr is -1; it must be at least 0"),
    ({"validation": 1.0}, "validation is 1; it must be at most 0.9"),
    ({"threads": 0}, "threads is 0; it must be at least 1"),
    ({"loss": "hs"}, "loss is 'hs'; choose one of softmax, ova"),
    ({"weights": "idf"}, "weights is 'idf'; choose one of uniform, tfidf, sif"),
    ({"finetune": True, "hidden": 3}, "hidden is about the mean of given vectors"),
    ({"finetune": True, "weights": "sif"}, "weights=sif is about the mean of given vectors"),
    ({"finetune": True, "ngram_min_count": 0}, "ngram_min_count is 0"),
    ({"finetune": True, "dtype": "int8"}, "dtype is 'int8'; choose one of float16, float32"),
    ({"word_ngrams": 2}, "word_ngrams above 1 needs embeddings of the n-grams"),
    ({"seed": -1}, "seed is -1; it must be at least 0"),
]


@pytest.mark.parametrize(("settings", "said"), OUT_OF_RANGE)
def test_settings_out_of_range(settings, said):
    with pytest.raises(ConfigError, match=f"^{said}"):
        ClassifyConfig(**settings).validate()


def test_a_classifier_on_given_vectors_needs_them(room):
    with pytest.raises(ConfigError, match="needs them"):
        trained(finetune=False)


BAD_COMMANDS = [
    ("classify", "one of classify train, classify predict, classify test"),
    ("classify learn", "choose from"),
    ("classify train", "required: DOCUMENTS"),
    ("classify train missing.txt", "cannot read missing.txt"),
    ("classify train plain.txt", "line 1 has no label"),
    ("classify train one.txt", "have the label 'a'"),
    ("classify train unequal.csv", "line 3 has 3 columns and the first has 2"),
    ("classify train train.txt -o train.txt", "it is read here"),
    ("classify train train.txt -o x --log x", "two outputs"),
    ("classify train train.txt -o missing/x", "the folder missing does not exist"),
    ("classify train train.txt --no-finetune", "needs vectors"),
    ("classify train train.txt --hidden 5", "give --vectors"),
    ("classify train train.txt --vectors vectors.w2v --dim 5", "--dim does nothing"),
    ("classify train train.txt --vectors vectors.w2v --finetune --dim 5", "--dim does nothing"),
    ("classify train train.txt --vectors vectors.w2v --ngram-min-count 3", "--ngram-min-count does nothing"),
    ("classify train train.txt --vectors vectors.w2v --dtype float32", "--dtype does nothing"),
    ("classify train train.txt --weights sif", "weights=sif is about the mean of given vectors"),
    ("classify train train.txt --vectors missing.w2v", "missing.w2v"),
    ("classify train train.txt --text-column 1", "give names"),
    ("classify train train.txt --encoding klingon", "unknown encoding"),
    ("classify train train.txt --lose ova", "did you mean --loss"),
    ("classify predict train.txt test.txt", "train.txt"),
    ("classify predict vectors.w2v test.txt", "is no classifier"),
    ("classify predict m missing.txt", "check the path, or if it is the text itself write --text missing.txt"),
    ("classify predict m plain.txt --text x", "'plain.txt' and --text are both documents to label"),
    ("classify test m other.txt", "line 2: the label 'strange' is not one of the model's 3 (c0, c1, c2)"),
    ("classify test m plain.txt", "line 1 has no label"),
    ("classify test m empty.txt", "no document to test on"),
    ("classify test m unequal.csv", "is not one of the model's"),
]


@pytest.fixture
def model(room):
    save_classifier("m", trained(**QUICK)[0])
    files = {
        "plain.txt": "no label\n", "one.txt": "__label__a x\n__label__a y\n", "empty.txt": "",
        "unequal.csv": "text,label\nx,a\ny,b,c\n", "other.txt": "__label__c1 w1\n__label__strange w2\n",
    }  # fmt: skip
    for name, text in files.items():
        (room / name).write_text(text)
    return room


@pytest.mark.parametrize(("command", "said"), BAD_COMMANDS)
def test_bad_input_is_one_sentence_and_code_2(model, capsys, command, said):
    before = {path: path.read_bytes() for path in model.iterdir()}
    assert main(command.split()) == 2
    lines = capsys.readouterr().err.splitlines()
    assert said in lines[-1] and lines[-1].startswith("w2v: error: ")
    assert {path: path.read_bytes() for path in model.iterdir() if path.suffix != ".classifier"} == before


# ---- the command line


def test_train_test_and_predict(room, capsys):
    train = ["classify", "train", "train.txt", "--dim", "16", "--threads", "1", "--log", "run.jsonl"]
    assert main([*train, "--validation", "0.1", "--epochs", "4"]) == 0
    assert not capsys.readouterr().out and (room / "train.classifier").exists()
    events = [json.loads(line) for line in (room / "run.jsonl").read_text().splitlines()]
    epochs = [event for event in events if event["event"] == "fit_epoch"]
    assert [event["epoch"] for event in epochs] == [1, 2, 3, 4] and events[0]["event"] == "run"
    assert all(0 <= event[name] < 9 for event in epochs for name in ("loss", "validation_loss", "accuracy"))
    assert main(["classify", "test", "train.classifier", "test.txt", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)["result"]
    assert result["documents"] == 300 and result["accuracy"] > 0.7 and len(result["confusion"]) == 3
    assert main(["classify", "test", "train.classifier", "test.txt"]) == 0
    assert f"accuracy {100 * result['accuracy']:.2f} % of 300 documents" in capsys.readouterr().out
    (room / "ask.txt").write_text("t1_1 t1_2 t1_3 t1_4\n\n__label__c0 t2_1 t2_2 t2_3\n")
    assert main(["classify", "predict", "train.classifier", "ask.txt", "-k", "2"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines] == ["c1", lines[1][0], "c2"] and [len(line) for line in lines] == [4, 5, 4]
    assert lines[1][4] == "(no known word: class priors)"
    assert main(["classify", "predict", "train.classifier", "ask.txt", "--json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["known"] for answer in answers] == [True, False, True] and answers[0]["labels"][0][0] == "c1"


def test_predict_takes_texts_and_names_the_files_of_a_folder(model, capsys):
    assert main(["classify", "predict", "m", "--text", "t1_1 t1_2 t1_3", "--text", "t2_1 t2_2 t2_3\nt2_4"]) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == ["c1", "c2"]
    assert main(["classify", "predict", "m", "great movie"]) == 2
    assert "or if it is the text itself write --text 'great movie'" in capsys.readouterr().err
    (model / "d" / "in").mkdir(parents=True)
    (model / "d" / "in" / "one.txt").write_text("t1_1 t1_2 t1_3")
    (model / "d" / "two.txt").write_text("t2_1 t2_2 t2_3")
    assert main(["classify", "predict", "m", "d"]) == 0
    lines = [line.split("\t")[:2] for line in capsys.readouterr().out.splitlines()]
    assert lines == [["d/in/one.txt", "c1"], ["d/two.txt", "c2"]]
    assert main(["classify", "predict", "m", "d", "--json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(answer["document"], answer["labels"][0][0]) for answer in answers] == [tuple(line) for line in lines]


def test_a_classifier_is_called_one_wherever_it_is_no_input(model, capsys):
    shutil.copyfile("m", "m.w2v")
    for command in ("train m -o x.w2v", "train m.w2v -o x.w2v", "nn m word", "convert m x.txt", "eval m questions.txt",
                    "train train.txt -o x.w2v --init m"):  # fmt: skip
        (model / "questions.txt").write_text(": a\na b c d\n")
        assert main(command.split()) == 2
        error = capsys.readouterr().err
        assert "a text classifier, not word vectors; use it with: w2v classify predict" in error, command


def test_the_time_left_does_not_count_the_compiler(monkeypatch, capsys):
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    report = _Report(JsonLog(None), ClassifyConfig(finetune=True, epochs=3))  # 0 s, the meter included
    report.progress().start(Schedule(0.5, 0.0, 3, 100), Statistics())
    capsys.readouterr()
    began = report.chunks.began
    report.epoch(Epoch(1, 1.0, 0.5, math.nan, math.nan))
    assert began > report.began and "20 s left" in capsys.readouterr().err


def test_lines_of_an_epoch_have_nothing_of_the_one_before(monkeypatch, caplog):
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    caplog.set_level("INFO", "w2v")
    progress = _Report(JsonLog(None), ClassifyConfig(finetune=True, epochs=3)).progress()
    progress.start(Schedule(0.5, 0.0, 3, 100), Statistics())
    progress.listeners[0].recent = Statistics(30.0, 10, 10, 0)
    progress.epoch(1, Statistics(30.0, 10, 10, 0), 1.0)
    progress.chunk((10.0, 10, 10, 0), 0.1)
    assert "loss 1.0000" in caplog.messages[-1]


def test_standard_input_a_table_and_vectors(room):
    (room / "t.csv").write_text("class,body\n" + "".join(
        f"{line.split()[0][9:]},{' '.join(line.split()[1:])}\n" for line in TRAIN.splitlines()
    ))  # fmt: skip
    command = [sys.executable, "-m", "w2v", "classify"]
    columns = ["--text-column", "body", "--label-column", "class"]
    settings = {"env": python_environment(), "capture_output": True, "text": True}
    train = [*command, "train", "t.csv", "-o", "m", *columns, "--vectors", "vectors.w2v", "--weights", "tfidf"]
    done = subprocess.run(train, **settings)
    assert done.returncode == 0 and "tfidf means of vectors.w2v" in done.stderr and done.stdout == ""
    answers = subprocess.run([*command, "predict", "m"], input="t2_1 t2_2 t2_3 t2_4\n\n", **settings).stdout
    assert answers.startswith("c2\t") and answers.count("\n") == 2


def test_help_names_the_three_and_starts_without_the_compiler(room):
    code = (
        "import sys, runpy, contextlib\n"
        "for words in (['classify', '--help'], ['classify', 'train', '--help'], ['classify', 'test', '-h']):\n"
        "    sys.argv = ['w2v', *words]\n"
        "    with contextlib.suppress(SystemExit): runpy.run_module('w2v', run_name='__main__')\n"
        "assert not {'numba', 'scipy'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=python_environment(), capture_output=True, text=True, check=True
    )
    assert "predict" in done.stdout and "--word-ngrams" in done.stdout and "trained" in done.stdout


# ---- beside fastText


def test_accuracy_is_fasttexts_on_the_same_text(room):
    fasttext = pytest.importorskip("fasttext")
    (room / "train.txt").write_text(labelled_text(3000, n_labels=5, seed=7, topic=0.2))
    (room / "test.txt").write_text(labelled_text(3000, n_labels=5, seed=8, topic=0.2))
    for n in (1, 2):
        settings = {"dim": 32, "lr": 0.5, "buckets": 100_000, "word_ngrams": n, "epochs": 10, **FASTTEXTS}
        theirs = fasttext.train_supervised(
            "train.txt", dim=32, lr=0.5, epoch=10, wordNgrams=n, bucket=100_000, thread=1, verbose=0
        )
        ours, _ = trained(finetune=True, threads=1, **settings)
        assert report_on(ours).accuracy >= theirs.test("test.txt")[1] - 0.005


def test_phrases_of_the_vectors_or_of_a_file_are_joined_in_documents(room, capsys):
    """Neither word says the label, together they do."""
    lines = ["__label__a it is not good here", "__label__b it is good here", "__label__a not here it is not good",
             "__label__b here it is good not here"] * 30  # fmt: skip
    (room / "d.txt").write_text("\n".join(lines) + "\n")
    (room / "texts").write_text("\n".join(line.partition(" ")[2] for line in lines) + "\n")
    PhraseModel(({("not", "good"): 1.0},)).save("p.json")
    quick = ("--threads", "1", "--vector-size", "8", "--min-count", "1")
    assert main(["train", "texts", "-o", "v.w2v", *quick, "--read-phrases", "p.json"]) == 0
    for options in (("--vectors", "v.w2v"), ("--read-phrases", "p.json", "--dim", "8", "--threads", "1")):
        assert main(["classify", "train", "d.txt", "-o", "m", "--epochs", "60", *options]) == 0
        classifier = load_classifier("m")
        assert "not_good" in classifier.encoder.rows and "not_good" in classifier.phrases.joined(["not", "good"])
        asked = ("--text", "it is not good here", "--text", "it is good here")
        assert main(["classify", "predict", "m", *asked]) == 0
        assert [line[0] for line in capsys.readouterr().out.splitlines()[-2:]] == ["a", "b"]
    from w2v import TextClassifier

    texts, labels = [line[11:] for line in lines], [line[9] for line in lines]
    fitted = TextClassifier(vectors="v.w2v", epochs=60).fit(texts, labels)
    assert fitted.predict(["it is not good here", ["it", "is", "not", "good", "here"], "it is good here"]).tolist() == [
        "a",
        "a",
        "b",
    ]
    arrays, strings = read_container("m")
    for facts in ([], {"format": "w2v-phrases"}):
        metadata = json.loads(strings["metadata"]) | {"phrases": facts}
        write_container("damaged", dict(arrays), dict(strings) | {"metadata": json.dumps(metadata)})
        with pytest.raises(FormatError, match="phrases are malformed"):
            load_classifier("damaged")
