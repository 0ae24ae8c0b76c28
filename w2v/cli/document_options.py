"""The options of `w2v encode` and `w2v search`."""

import argparse

from w2v.cli.classify_options import layout_options
from w2v.cli.field_options import positive
from w2v.documents.means import WEIGHTS

_DOCUMENTS_HELP = (
    "a document a line; a .csv, .tsv or .jsonl file with a column of text; or a folder with a file for each; "
    "compressed or not; - is standard input"
)


def encode_options(parser: argparse.ArgumentParser) -> None:
    """Those of `w2v encode`."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="a vector file of any format")
    add("documents", metavar="DOCUMENTS", help=_DOCUMENTS_HELP)
    add("-o", "--output", required=True, metavar="OUT", help="a .npy file of a row for each document, or a .parquet "
        "file with its text and vector")  # fmt: skip
    add("--normalize", action="store_true", help="scale each vector to length 1")
    _shared(parser, "uniform")


def search_options(parser: argparse.ArgumentParser) -> None:
    """Those of `w2v search`."""
    add = parser.add_argument
    parser.usage = "w2v search DOCUMENTS --model MODEL [QUERY ...] [options]"
    add("documents", metavar="DOCUMENTS", help=_DOCUMENTS_HELP)
    add("query", nargs="*", metavar="QUERY", help="a question; a prompt without one")
    add("--model", required=True, metavar="MODEL", help="a vector file of any format")
    add("-n", "--topn", type=positive, default=10, metavar="N", help="how many documents to show (default 10)")
    add("--json", action="store_true", help="print JSON, a line for each question: its documents, or an error")
    _shared(parser, "sif")


def _shared(parser: argparse.ArgumentParser, weights: str) -> None:
    parser.add_argument("--weights", choices=WEIGHTS, default=weights, help="of the words in the mean: all alike; "
        "tfidf, rare ones more, by these documents; sif, rare ones more, by the counts in MODEL, and less what all "
        f"documents have in common (default {weights})")  # fmt: skip
    parser.add_argument("--threads", type=positive, metavar="N", help="default: one per processor")
    layout_options(parser.add_argument_group("documents"), chooses=False)
