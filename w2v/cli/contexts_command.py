"""`w2v contexts`: a word as groups of documents use it."""

import argparse
import io
import json

from w2v.errors import ConfigError
from w2v.evaluation.contexts import Documents, difference, fit_transform, in_contexts, read_documents
from w2v.system.console import columns, padded, show, visible
from w2v.system.files import decompressing_reader
from w2v.system.wording import quantity
from w2v.vectors.keyed_vectors import KeyedVectors


def contexts(args: argparse.Namespace) -> None:
    """The neighbours of a word in the contexts of each group of documents, and a test of two groups."""
    if len(args.groups) > 2:
        raise ConfigError(f"{len(args.groups)} groups were given; two are compared, or one is shown")
    if args.partings < 100 or args.seed < 0:
        raise ConfigError(
            f"{args.partings} partings of seed {args.seed} make no test; take at least 100, and a seed from 0"
        )
    model = KeyedVectors.load(args.model)
    tokens = [args.word] if args.as_written else model.as_trained(args.word)
    word = tokens[0] if len(tokens) == 1 else " ".join(tokens)
    model.get_index(word)  # before the documents are read

    def read(path: str) -> Documents:
        with decompressing_reader(path) as stream:
            lines = io.TextIOWrapper(stream, encoding="utf-8", errors="replace")
            return read_documents(model, lines, args.as_written)

    groups = {path: read(path) for path in args.groups}
    text = [*groups.values(), *map(read, args.corpus or ())]
    everything = text[0]
    for more in text[1:]:
        everything = everything.and_more(more)
    transform = fit_transform(model, everything, args.window, args.min_count, args.seed)
    found = {path: in_contexts(model, word, group, transform, args.window) for path, group in groups.items()}
    nearest = {
        path: model.similar_by_vector(one.vector, topn=args.topn, restrict_vocab=args.restrict_vocab)
        for path, one in found.items()
    }
    test = None
    if len(found) == 2:
        first, second = found.values()
        test = difference(first, second, transform, args.partings, args.seed)
    if args.json:
        data = {
            "word": word,
            "fitted_to": transform.n_words,
            "cosine_held": transform.cosine_held,
            "groups": {
                path: {"times": one.n_times, "documents": len(one.counts), "neighbours": nearest[path]}
                for path, one in found.items()
            },
            "difference": None if test is None else test._asdict(),
        }
        show(json.dumps(data, indent=2, ensure_ascii=False))
        return
    show(
        f"{word}; transformation fitted to {transform.n_words:,} words, cosine with a word's own vector "
        f"{transform.cosine_held:.3f} when left out"
    )
    for path, one in found.items():
        show(f"{path}: {quantity(one.n_times, 'time')} in {quantity(len(one.counts), 'document')}")
        words = [visible(str(key)) for key, _ in nearest[path]]
        width = max(map(columns, words), default=0)
        for key, (_, cosine) in zip(words, nearest[path], strict=True):
            show(f"  {padded(key, width)}  {cosine:.4f}")
    if test is not None:
        how = f"{'all ' * test.is_exact}{test.n:,} partings of the documents"
        show(f"difference: {test.length:.3f} long, {test.expected:.3f} by chance; p = {test.p:.2g} ({how})")
