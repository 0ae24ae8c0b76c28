"""`w2v classify train`, `predict` and `test`: one short function each."""

import argparse
import itertools
import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from w2v import __version__
from w2v.classify.config import ClassifyConfig
from w2v.classify.documents import Document, read_documents
from w2v.cli.classify_options import classify_config, default_model, document_layout
from w2v.cli.field_options import given_settings
from w2v.errors import ConfigError, CorpusError
from w2v.system.console import flush_results, log, show, visible
from w2v.system.files import STDIN, check_outputs
from w2v.system.interrupts import Signals, deferred_signals
from w2v.system.wording import quantity

_BATCH = 250  # documents predicted at once: more take more memory and are hardly faster


def train(args: argparse.Namespace) -> None:
    """Labelled documents → classifier → file."""
    with deferred_signals() as signals:
        output = _train(args, signals)
        signals.check(f"the training was finished: its classifier is saved in {output}")


def _train(args: argparse.Namespace, signals: Signals) -> str:
    """Returns the name of the file."""
    import numpy as np

    from w2v.classify.checkpoint import classifier_checkpoints
    from w2v.classify.features import read_tokens
    from w2v.classify.format import save_classifier
    from w2v.classify.labels import counted, doubts
    from w2v.classify.training import train_classifier
    from w2v.compiled.libraries import load_libraries
    from w2v.config import TextConfig
    from w2v.documents.texts import Cutter
    from w2v.training.checkpoint import held
    from w2v.training.json_log import JsonLog
    from w2v.vectors.keyed_vectors import KeyedVectors

    config, layout, output = classify_config(args), document_layout(args), _output(args)
    text = TextConfig(**{**given_settings(args, TextConfig), "text_column": None})  # which is the layout's
    checkpoints = classifier_checkpoints(args.checkpoint or f"{output}.checkpoint", args.checkpoint is not None)
    log(f"w2v {__version__}: {_described(config, args.vectors)}")
    began = time.monotonic()
    with held(checkpoints.path), JsonLog(args.log) as events:
        settings = {"config": vars(config), "text": vars(text), "resumed": checkpoints.source.exists()}
        events.write("run", version=__version__, documents=args.documents, output=output, **settings)
        with signals.at_once():
            if config.finetune:
                load_libraries()
                import scipy.sparse  # noqa: F401 - which counts the words of documents
            vectors = KeyedVectors.load(args.vectors) if args.vectors else None
            phrases = _phrases(args.read_phrases, vectors)
            tokens = read_tokens(read_documents(args.documents, layout), Cutter(text, phrases))
        signals.check()
        log(f"read {quantity(len(tokens.ids), 'document')} with {quantity(len(tokens.ids.ids), 'token')} and "
            f"{quantity(len(tokens.labels), 'label')} "
            f"in {time.monotonic() - began:.1f} s")  # fmt: skip
        counts = np.bincount(tokens.label_ids.ids, minlength=len(tokens.labels))
        if len(counts):
            log(f"documents by label: {counted(tokens.labels, counts)}")
        for doubt in doubts(tokens.labels, counts):
            log(f"note: {doubt}")
        if checkpoints.source.exists():
            log(f"going on from {checkpoints.source}")
        report = _Report(events, config)
        classifier = train_classifier(
            tokens, config, text, checkpoints, vectors, report.progress(), report.epoch, phrases
        )
        with checkpoints.saving("the classifier"):
            save_classifier(output, classifier)
    size = os.path.getsize(output)
    amounts = f"{quantity(len(classifier.encoder.rows), 'word')} and {quantity(len(classifier.labels), 'label')}"
    log(f"saved {amounts} to {output} "
        f"({size / 1e6:,.1f} MB) after {time.monotonic() - began:.1f} s")  # fmt: skip
    if n_empty := int((classifier.encoder.lists(tokens).lengths == 0).sum()):
        verbs = ("has", "it counts") if n_empty == 1 else ("have", "they count")
        log("{} {} no known word; {} for the class priors only".format(quantity(n_empty, "document"), *verbs))
    return output


def _phrases(path: str | None, vectors: Any) -> Any:
    """Those of a file, or else those that the vectors were trained with."""
    from w2v.phrases.files import load_phrases
    from w2v.vectors.recipe import phrase_model

    return load_phrases(path) if path else None if vectors is None else phrase_model(vectors)


def _output(args: argparse.Namespace) -> str:
    """Where the model goes. Refuses what would be lost or overwritten."""
    output = args.output or default_model(args.documents)
    written = [path for path in (output, args.checkpoint, args.log) if path]
    check_outputs(written, filter(None, (args.documents, args.vectors, args.read_phrases)), "it is read here")
    return output


def _described(config: ClassifyConfig, vectors: str | None) -> str:
    """The settings in a line."""
    loss = config.label_loss.title
    rates = f"lr {config.start_lr:g} to 0, {quantity(config.epochs, 'epoch')}, seed {config.seed}"
    if not config.finetune:
        kind = f"a hidden layer of {config.hidden}" if config.hidden else "a linear layer"
        return f"{kind} on {config.weighting} means of {vectors}, {loss}, {rates}"
    start = f"from {vectors}" if vectors else f"of {quantity(config.dim, 'dimension')}"
    grams = f" and word n-grams up to {config.word_ngrams}" if config.word_ngrams > 1 else ""
    what = f"embeddings of words{grams}, {start}, {config.weighting} weights, and a linear layer"
    return f"{what}, {loss}, {rates}, threads {config.n_threads}"


class _Report:
    """What is shown and logged while training."""

    def __init__(self, events: Any, config: ClassifyConfig) -> None:
        self.events, self.config, self.began, self.n_seen = events, config, time.monotonic(), 0
        self.has_bar = config.finetune and sys.stderr.isatty()
        self.chunks = events.meter()
        self.chunks.began = self.began  # set anew when what may be compiled is: no later epoch takes that time

    def progress(self) -> Any:
        """Displays of chunks. Only the bar is told of epochs: `epoch` shows and logs them."""
        from w2v.training.bar import Bar
        from w2v.training.listeners import Several
        from w2v.training.progress import Lines, Meter

        bar = Bar()
        display: Meter = bar if self.has_bar else Lines()
        both = Several([display, self.chunks])
        both.epoch = bar.epoch if self.has_bar else partial(Meter.epoch, display)  # type: ignore[method-assign]
        return both

    def epoch(self, epoch: Any) -> None:
        """An epoch is done: a line, and an event of the log."""
        self.n_seen += 1
        now = time.monotonic()
        left = (now - self.chunks.began) / self.n_seen * (self.config.epochs - epoch.number)
        facts = [f"epoch {epoch.number}/{self.config.epochs}: loss {epoch.loss:.4f}",
                 f"accuracy {100 * epoch.accuracy:.2f} %"]  # fmt: skip
        if epoch.validation_loss == epoch.validation_loss:
            facts.append(f"kept back: {epoch.validation_loss:.4f}, {100 * epoch.validation_accuracy:.2f} %")
        if not self.has_bar:
            log(", ".join([*facts, f"{left:.0f} s left"]))
        number, *values = epoch
        names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
        self.events.write(
            "fit_epoch", epoch=number, seconds=round(now - self.began, 3), **dict(zip(names, values, strict=True))
        )


def predict(args: argparse.Namespace) -> None:
    """The likeliest labels of each document, a line for each: labels and probabilities, or JSON."""
    from w2v.classify.format import load_classifier

    documents = _asked(args)
    classifier = load_classifier(args.model)
    size = 1 if args.documents == STDIN and sys.stdin.isatty() else _BATCH
    has_names = args.documents is not None and os.path.isdir(args.documents)
    for batch in _batches(documents, size):
        for document, (labels, is_known) in zip(batch, classifier.predict(batch, args.top), strict=True):
            if args.json:
                rounded = [[label, round(probability, 6)] for label, probability in labels]
                name = {"document": document.place} if has_names else {}
                show(json.dumps({**name, "labels": rounded, "known": is_known}, ensure_ascii=False))
            else:
                parts = [visible(document.place)] * has_names
                parts += [f"{label}\t{probability:.4f}" for label, probability in labels]
                show("\t".join([*parts, *["(no known word: class priors)"] * (not is_known)]))
        flush_results()


def _asked(args: argparse.Namespace) -> Iterator[Document]:
    """The documents to label."""
    layout = document_layout(args)
    if args.text is not None:
        if args.documents is not None:
            raise ConfigError(f"{args.documents!r} and --text are both documents to label; leave one of them out")
        return (Document(text, (), "--text") for text in args.text)
    args.documents = args.documents or STDIN
    if args.documents != STDIN and not os.path.lexists(args.documents):
        raise CorpusError(
            f"cannot read {args.documents}: there is no such file or folder; check the path, or if it is the text "
            f"itself write --text {shlex.quote(args.documents)}"
        )
    return read_documents(args.documents, layout, labelled=False)


def _batches(documents: Iterator[Document], size: int) -> Iterator[list[Document]]:
    while batch := list(itertools.islice(documents, size)):
        yield batch


def test(args: argparse.Namespace) -> None:
    """How well labelled documents are labelled."""
    from w2v.classify.format import load_classifier
    from w2v.classify.labels import doubts_of_test

    classifier, layout = load_classifier(args.model), document_layout(args)
    report = classifier.test(read_documents(args.documents, layout))
    if args.json:
        facts = {"model": args.model, "documents": args.documents, "result": report.to_dict()}
        show(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        show(report)
    if not (layout.labels or layout.skip_labels):  # whoever chose knows what is lacking
        for doubt in doubts_of_test(report):
            log(f"note: {doubt}")
