"""`w2v nn` and `w2v analogy`: questions to vectors."""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from w2v.cli.models import runs_of
from w2v.errors import ConfigError, W2VError
from w2v.evaluation.run_sets import Neighbour, neighbours
from w2v.system.console import answer_all, columns, is_prompting, log, padded, show, visible
from w2v.system.files import check_writable
from w2v.system.wording import quantity
from w2v.vectors.ann import SUFFIX, NeighbourIndex
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.store import as_keys
from w2v.vectors.subword_vectors import SubwordVectors

_SUM_ADVICE = "write a sum as words with signs between them: king - man + woman"


class _Sum(NamedTuple):
    """A question: words to add, words to take away, and what to write above the answer."""

    positive: list[str]
    negative: list[str]
    heading: str


def nn(args: argparse.Namespace) -> None:
    """Nearest neighbours of a word, or of the sum of several."""
    paths = runs_of(args.model)
    runs = [KeyedVectors.load(path) for path in paths]
    vectors = runs[0]
    if args.approx and (len(runs) > 1 or args.restrict_vocab):
        left_out = "name one" if len(runs) > 1 else "leave --restrict-vocab out"
        raise ConfigError(f"--approx asks the index of all words of one model; {left_out}, or leave --approx out")
    if args.approx and not len(vectors):
        raise ConfigError(f"{paths[0]} holds no word; leave --approx out")
    query = partial(vectors.most_similar, indexer=_index(vectors)) if args.approx else vectors.most_similar
    is_alone = bool(args.words) or is_prompting()  # the question stands above its answer already

    def read(words: list[str]) -> _Sum:
        return _signed(words) or _Sum(words, [], f"neighbours of {' + '.join(words)}")

    def answer(words: list[str]) -> None:
        question = read(words)
        if len(runs) > 1:
            positive, negative = (keys_of(side, vectors, args.as_written) for side in question[:2])
            recurring = neighbours(runs, positive, negative, args.topn, args.restrict_vocab)
            _show_recurring(words, question.heading, recurring, len(runs), args)
            return
        found = _neighbours(vectors, query, question, args)
        if not args.json and (len(words) > 1 or not is_alone):
            show(question.heading)
        _show_neighbours(words, found, _composed(vectors, question, args), args)

    answer_all(args.words, _as_asked(answer, args.json), "word, or several for their sum: king - man + woman")


def _index(vectors: KeyedVectors) -> NeighbourIndex:
    """The index beside the model, which is made where it is not there."""
    path = f"{vectors.source}{SUFFIX}"
    if os.path.exists(path):
        return NeighbourIndex.load(vectors)
    check_writable(path)
    log(f"making an index of {quantity(len(vectors), 'word')}, once")
    index = vectors.build_index()
    log(f"wrote {index.save()}")
    return index


def analogy(args: argparse.Namespace) -> None:
    """a is to b as c is to ?, by the rule b − a + c; or a sum with signs: king - man + woman."""
    vectors = KeyedVectors.load(args.model)
    query = vectors.most_similar if args.method == "3cosadd" else vectors.most_similar_cosmul

    def answer(words: list[str]) -> None:
        question = _signed(words) or _proportion(words)
        found = _neighbours(vectors, query, question, args)
        if not args.json:
            show(question.heading)
        _show_neighbours(words, found, _composed(vectors, question, args), args)
        if not args.json and args.words and len(words) == 3 and words[1] != "-":
            a, b, c = words
            show(f"(for {a} − {b} + {c} give the words as: {b} {a} {c}, or write the sum: {a} - {b} + {c})")

    answer_all(args.words, _as_asked(answer, args.json), "a b c for b − a + c, or a sum such as king - man + woman")


def _as_asked(answer: Callable[[list[str]], None], as_json: bool) -> Callable[[list[str]], None]:
    """The same; in JSON what cannot be answered is an answer, too."""

    def answer_or_tell(words: list[str]) -> None:
        try:
            answer(words)
        except W2VError as error:
            if as_json:
                show(json.dumps({"query": " ".join(words), "error": str(error)}, ensure_ascii=False))
            raise

    return answer_or_tell


def _neighbours(vectors: KeyedVectors, query: Any, question: _Sum, args: argparse.Namespace) -> Any:
    positive, negative = (keys_of(words, vectors, args.as_written) for words in (question.positive, question.negative))
    return query(positive=positive, negative=negative, topn=args.topn, restrict_vocab=args.restrict_vocab)


def _signed(words: list[str]) -> _Sum | None:
    """The sum that is written with signs between the words; None without signs. Raises `ConfigError`."""
    if not any(word in ("+", "-") for word in words):
        return None
    positive: list[str] = []
    negative: list[str] = []
    for sign, word in zip(["+", *words[1::2]], words[0::2], strict=False):
        if sign not in ("+", "-") or word in ("+", "-"):
            raise ConfigError(_SUM_ADVICE)
        (positive if sign == "+" else negative).append(word)
    if len(words) % 2 == 0:
        raise ConfigError(_SUM_ADVICE)
    return _Sum(positive, negative, " ".join(words).replace(" - ", " − "))


def _proportion(words: list[str]) -> _Sum:
    """a is to b as c is to what is asked. Raises `ConfigError` for other than three words."""
    if len(words) != 3:
        given = f"{len(words)} word{'s were' if len(words) > 1 else ' was'} given"
        raise ConfigError(f"an analogy takes three words a b c, or a sum such as king - man + woman; {given}")
    a, b, c = words
    return _Sum([b, c], [a], f"{a} is to {b} as {c} is to ?   ({b} − {a} + {c}, the rule b − a + c)")


def _composed(vectors: KeyedVectors, question: _Sum, args: argparse.Namespace) -> dict[str, list[str]]:
    """The words asked for whose vectors are made of n-grams, and those n-grams; empty where there are none such."""
    if not isinstance(vectors, SubwordVectors):
        return {}
    words = keys_of([*question.positive, *question.negative], vectors, args.as_written)
    return {word: vectors.known_ngrams(word) for word in words if vectors.is_composed(word)}


def _show_neighbours(
    query: list[str], found: Sequence[tuple[Any, float]], composed: dict[str, list[str]], args: argparse.Namespace
) -> None:
    if args.json:
        neighbours = [[key, round(score, 6)] for key, score in found]
        made = {"composed": composed} if composed else {}
        show(json.dumps({"query": " ".join(query), "neighbours": neighbours, **made}, ensure_ascii=False))
        return
    for word, ngrams in composed.items():
        parts = f"{len(ngrams)} of its n-grams" + ": " * args.show_ngrams + " ".join(ngrams) * args.show_ngrams
        show(f"({visible(word)} is not in the vocabulary; its vector is made of {visible(parts)})")
    words = [visible(str(key)) for key, _ in found]
    width = max(map(columns, words), default=0)
    for word, (_, score) in zip(words, found, strict=True):
        show(f"  {padded(word, width)}  {score:.4f}")


def _show_recurring(
    query: list[str], heading: str, found: Sequence[Neighbour], n_runs: int, args: argparse.Namespace
) -> None:
    """Neighbours in several runs: in how many each is among the first, and the deviation of its cosine."""
    if args.json:
        rows = [[one.word, round(one.cosine, 6), round(one.deviation or 0.0, 6), one.n_runs] for one in found]
        show(json.dumps({"query": " ".join(query), "runs": n_runs, "neighbours": rows}, ensure_ascii=False))
        return
    show(f"{heading}: mean cosine over {n_runs} runs, and in how many a word is among the first {args.topn}")
    width = max((columns(visible(str(one.word))) for one in found), default=0)
    for one in found:
        cosine = f"{one.cosine:.4f} ± {one.deviation:.4f}"
        show(f"  {padded(visible(str(one.word)), width)}  {cosine}  {one.n_runs} of {n_runs}")


def keys_of(words: Sequence[str], vectors: KeyedVectors, as_written: bool) -> list[Any]:
    """Words as the keys they are: as training cut its text, and in a model of integer ids as integers."""
    if as_written:
        return as_keys(vectors, words)
    return [key for word in words for key in vectors.as_trained(word)]
