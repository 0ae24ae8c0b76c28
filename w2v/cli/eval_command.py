"""`w2v eval`: what vectors are worth."""

import argparse
import json
import os
from typing import Any

from w2v.system.console import flush_results, show
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.subword_vectors import SubwordVectors


def evaluate(args: argparse.Namespace) -> None:
    """Score vectors on analogy questions, word similarities and labels of words."""
    from w2v.evaluation.probes import evaluate_probe
    from w2v.evaluation.questions import read_labels, read_questions, read_similarity, sniff_evaluation_file
    from w2v.evaluation.scoring import evaluate_analogies, evaluate_similarity

    readers: dict[str, Any] = {"analogies": read_questions, "similarity": read_similarity, "labels": read_labels}
    jobs = []
    for path in args.files:  # read all before the first is scored
        kind = sniff_evaluation_file(path)
        jobs.append((path, kind, readers[kind](path)))
    vectors = KeyedVectors.load(args.model)
    results = []
    rules: dict[str, Any] = dict(
        restrict_vocab=args.restrict_vocab, case_insensitive=not args.case_sensitive, dummy4unknown=args.dummy4unknown
    )
    composes: dict[str, Any] = {"compose": vectors.composed} if isinstance(vectors, SubwordVectors) else {}
    for path, kind, items in jobs:
        if not args.as_written:
            items = _as_trained(kind, items, vectors)
        if kind == "analogies":
            report: Any = evaluate_analogies(
                vectors.index_to_key, vectors.vectors, items, similarity=args.method, **rules, **composes
            )
        elif kind == "labels":
            report = evaluate_probe(
                vectors.index_to_key, vectors.vectors, items, args.restrict_vocab, not args.case_sensitive,
                hidden=args.hidden, **composes,
            )  # fmt: skip
        else:
            report = evaluate_similarity(vectors.index_to_key, vectors.vectors, items, **rules, **composes)
        results.append({"file": os.fspath(path), "kind": kind, **report.to_dict()})
        if not args.json:
            show(f"{path}\n{report}\n")
            flush_results()
    if args.json:
        show(json.dumps({"model": os.fspath(args.model), "results": results}, indent=2, ensure_ascii=False))


def _as_trained(kind: str, items: Any, vectors: KeyedVectors) -> Any:
    """The same, each word as training had it where that is one word. Names of sections and labels stay."""

    def read(word: str) -> str:
        tokens = vectors.as_trained(word)
        return tokens[0] if len(tokens) == 1 else word

    if kind == "analogies":
        return [section._replace(questions=[tuple(map(read, row)) for row in section.questions]) for section in items]
    n_words = {"similarity": 2, "labels": 1}[kind]
    return [(*map(read, row[:n_words]), *row[n_words:]) for row in items]
