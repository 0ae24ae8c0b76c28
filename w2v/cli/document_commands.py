"""`w2v encode` and `w2v search`: documents as vectors."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

from w2v.classify.documents import read_documents
from w2v.cli.classify_options import document_layout
from w2v.documents.texts import Text
from w2v.errors import ConfigError, W2VError
from w2v.system.console import answer_all, log, notices, show, visible
from w2v.system.files import check_outputs
from w2v.vectors.encoding import encode as encoded
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.text_search import TextSearch

_SHOWN = 160  # characters of a document


def encode(args: argparse.Namespace) -> None:
    """A vector for each document, to a file."""
    from w2v.formats.arrays import writer_of_rows

    write = writer_of_rows(args.output)
    check_outputs([args.output], [args.model, args.documents], "it is read here")
    vectors, texts = KeyedVectors.load(args.model), list[Text]()
    rows = encoded(
        vectors, _texts(args, texts), args.weights, normalize=args.normalize, threads=args.threads,
        show_progress=notices().isatty(),
    )  # fmt: skip
    write(args.output, {"text": texts}, rows)
    log(f"wrote {len(rows):,} x {vectors.vector_size} vectors to {args.output}")


def search(args: argparse.Namespace) -> None:
    """The documents nearest to a question."""
    texts = list[Text]()
    index = TextSearch(KeyedVectors.load(args.model), _texts(args, texts), args.weights, args.threads)
    log(index.found.note())
    if not len(index.rows):
        raise ConfigError(f"{args.documents} holds no document; name a file with one a line")
    if not index.found.lists.lengths.any():
        raise ConfigError(f"no word of {args.documents} is known to {args.model}; take a model of such texts")

    def answer(words: list[str]) -> None:
        query = " ".join(words)
        try:
            found = index.nearest(query, args.topn)
        except W2VError as error:
            if args.json:
                show(json.dumps({"query": query, "error": str(error)}, ensure_ascii=False))
            raise
        if args.json:
            answers = [[place + 1, round(score, 6), texts[place]] for place, score in found]
            show(json.dumps({"query": query, "documents": answers}, ensure_ascii=False))
            return
        width = len(str(len(texts)))
        for place, score in found:
            show(f"  {score:.4f}  {place + 1:>{width}}  {_start(str(texts[place]))}")

    answer_all(args.query, answer, "a question in words of the model")


def _texts(args: argparse.Namespace, kept: list[Text]) -> Iterator[Text]:
    """The texts of the documents, which are put into a list too."""
    for document in read_documents(args.documents, document_layout(args), labelled=False):
        kept.append(document.text)
        yield document.text


def _start(text: Any) -> str:
    """As much of a text as a line of the answer has room for."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
