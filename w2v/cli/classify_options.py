"""The options of `w2v classify train|predict|test`."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from w2v.classify.config import TEXT_SETTINGS, ClassifyConfig
from w2v.classify.documents import DocumentLayout
from w2v.cli.field_options import config_options, given_settings, positive
from w2v.config import TextConfig
from w2v.errors import ConfigError
from w2v.system.files import STDIN

_COMMANDS = {
    "train": "train a classifier on labelled documents",
    "predict": "the likeliest labels of documents, a line for each",
    "test": "precision, recall and F1 of each label on labelled documents, and the confusion matrix",
}
_DOCUMENTS_HELP = (
    "lines that begin with __label__NAME, a .csv, .tsv or .jsonl file with a column of text and one of labels, or a "
    "folder with a folder of documents for each label; compressed or not; - is standard input"
)


def classify_options(parser: argparse.ArgumentParser, runs: Mapping[str, Callable[..., None]]) -> dict[str, Any]:
    """Add the commands to `w2v classify`; returns their parsers by whole name."""
    table = parser.add_subparsers(title="commands", metavar="train|predict|test")
    found: dict[str, Any] = {}
    for name, text in _COMMANDS.items():
        whole = f"classify {name}"
        one = table.add_parser(name, help=text, description=text, allow_abbrev=False, prog=f"w2v {whole}")
        one.set_defaults(run=runs.get(whole), notes=())
        found[whole] = one
    _train_options(found["classify train"])
    for name in ("predict", "test"):
        found[f"classify {name}"].add_argument("model", metavar="MODEL", help="what `classify train` wrote")
    predict, test = found["classify predict"], found["classify test"]
    predict.add_argument("documents", nargs="?", metavar="DOCUMENTS", help=f"{_DOCUMENTS_HELP}; labels are not needed "
        "and not looked at, and the answers on a folder begin with the names of its files (default -)")  # fmt: skip
    predict.add_argument("--text", action="append", metavar="TEXT", help="a document itself, instead of DOCUMENTS; may "
        "be given several times")  # fmt: skip
    predict.add_argument("-k", "--top", type=positive, default=1, metavar="K", help="labels a document (default 1)")
    predict.add_argument("--json", action="store_true", help="print JSON, a line for each document")
    test.add_argument("documents", metavar="DOCUMENTS", help=_DOCUMENTS_HELP)
    test.add_argument("--json", action="store_true", help="print JSON")
    for name, one in found.items():
        layout_options(one.add_argument_group("documents"), chooses=name != "classify predict")
    return found


def _train_options(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train a classifier on labelled documents. Its input is the mean of a document's word vectors: with --vectors "
        "of vectors that are given and stay as they are, without (or with --finetune) of embeddings that are trained "
        "together with the classifier."
    )
    add: Any = parser.add_argument
    add("documents", metavar="DOCUMENTS", help=_DOCUMENTS_HELP)
    add("-o", "--output", metavar="MODEL", help="where the model goes; default DOCUMENTS.classifier in this folder")
    add("--vectors", "-pretrainedVectors", metavar="FILE", help="word vectors in any format; with --finetune what the "
        "embeddings start from")  # fmt: skip
    add(
        "--read-phrases",
        metavar="FILE",
        help="join the phrases of FILE, which `w2v phrases` or training wrote; default: those of the vectors",
    )
    add("--log", metavar="FILE", help="append loss and accuracy of each epoch as JSON lines; w2v plot draws them")
    add("--checkpoint", metavar="FILE", help="write the state after each epoch; the same command goes on from it, and "
        "it is deleted when the model is saved. Without it the state is written to MODEL.checkpoint "
        "on Ctrl-C only")  # fmt: skip
    config_options(parser.add_argument_group("model and training"), ClassifyConfig)
    config_options(parser.add_argument_group("text"), TextConfig, TEXT_SETTINGS)


def layout_options(group: Any, chooses: bool) -> None:
    """Where the texts are found. chooses: among labels."""
    layout = DocumentLayout()
    if chooses:
        some: dict[str, Any] = {"nargs": "+", "action": "extend", "metavar": "LABEL"}
        group.add_argument("--labels", help="(after DOCUMENTS) take these labels only; documents with none of them are "
            "left out, and so are files beside the class folders", **some)  # fmt: skip
        group.add_argument("--skip-labels", help="leave out these labels, and documents without another", **some)
    group.add_argument("--text-column", metavar="NAME,...", help="column or columns of the text, by name or, in a "
        f"table without a header, by number from 1 (default {','.join(layout.text_columns)})")  # fmt: skip
    group.add_argument("--label-column", metavar="NAME", help=f"column of the label (default {layout.label_column})")
    group.add_argument("--label-prefix", "-label", metavar="TEXT", help="what labels begin with in labelled lines "
        f"(default {layout.label_prefix})")  # fmt: skip
    group.add_argument("--encoding", metavar="NAME", help=f"of the documents (default {layout.encoding})")


def document_layout(args: argparse.Namespace) -> DocumentLayout:
    """The options given → a valid layout."""
    found = given_settings(args, DocumentLayout)
    if args.text_column is not None:
        found["text_columns"] = tuple(args.text_column.split(","))
    found |= {name: tuple(found[name]) for name in ("labels", "skip_labels") if name in found}
    layout = DocumentLayout(**found)
    layout.validate()
    TextConfig(encoding=layout.encoding).validate()
    return layout


def classify_config(args: argparse.Namespace) -> ClassifyConfig:
    """The options given → a valid configuration: without vectors the embeddings are trained."""
    given = given_settings(args, ClassifyConfig)
    if args.vectors is None:
        if given.get("finetune") is False:
            raise ConfigError("--no-finetune needs vectors that are given; add --vectors FILE")
        given["finetune"] = True
    config = ClassifyConfig(**given)
    config.validate()
    idle = next((name for name in config.idle(args.vectors is not None) if name in given), None)
    if idle is not None:
        raise ConfigError(f"--{idle.replace('_', '-')} does nothing with these settings; leave it out")
    return config


def default_model(documents: str) -> str:
    """The name of the documents with the suffix .classifier, in the current folder."""
    stem = "" if documents == STDIN else Path(documents).resolve().name.split(".")[0]
    return f"{stem or 'documents'}.classifier"
