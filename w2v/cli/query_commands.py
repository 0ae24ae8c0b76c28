"""`w2v nn` and `w2v analogy`: questions to vectors."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from w2v.errors import ConfigError
from w2v.system.console import answer_all, show
from w2v.vectors.keyed_vectors import KeyedVectors

_SUM_ADVICE = "write a sum as words with signs between them: king - man + woman"


def nn(args: argparse.Namespace) -> None:
    """Nearest neighbours of a word, or of the sum of several."""
    vectors = KeyedVectors.load(args.model)

    def answer(words: list[str]) -> None:
        keys = _keys(words, vectors)
        found = vectors.most_similar(positive=keys, topn=args.topn, restrict_vocab=args.restrict_vocab)
        if len(words) > 1 and not args.json:
            show(f"neighbours of {' + '.join(words)}")
        _show_neighbours(found, args.json)

    answer_all(args.words, answer, "word (or several, for their sum)")


def analogy(args: argparse.Namespace) -> None:
    """a is to b as c is to ?, by the rule b − a + c; or a sum with signs: king - man + woman."""
    vectors = KeyedVectors.load(args.model)
    query = vectors.most_similar if args.method == "3cosadd" else vectors.most_similar_cosmul

    def answer(words: list[str]) -> None:
        positive, negative, rule = _analogy_terms(words)
        found = query(
            positive=_keys(positive, vectors),
            negative=_keys(negative, vectors),
            topn=args.topn,
            restrict_vocab=args.restrict_vocab,
        )
        if not args.json:
            show(rule)
        _show_neighbours(found, args.json)
        if not args.json and args.words and "-" not in words:
            a, b, c = words
            show(f"(for {a} − {b} + {c} give the words as: {b} {a} {c}, or write the sum: {a} - {b} + {c})")

    answer_all(args.words, answer, "a b c for b − a + c, or a sum such as king - man + woman")


def _analogy_terms(words: list[str]) -> tuple[list[str], list[str], str]:
    """(positive words, negative words, the rule in words)."""
    if any(word in ("+", "-") for word in words):
        positive: list[str] = []
        negative: list[str] = []
        for sign, word in zip(["+", *words[1::2]], words[0::2], strict=False):
            if sign not in ("+", "-") or word in ("+", "-"):
                raise ConfigError(_SUM_ADVICE)
            (positive if sign == "+" else negative).append(word)
        if len(words) % 2 == 0 or not positive:
            raise ConfigError(_SUM_ADVICE)
        return positive, negative, " ".join(words).replace(" - ", " − ")
    if len(words) != 3:
        given = f"{len(words)} word{'s were' if len(words) > 1 else ' was'} given"
        raise ConfigError(f"an analogy takes three words a b c, or a sum such as king - man + woman; {given}")
    a, b, c = words
    return [b, c], [a], f"{a} is to {b} as {c} is to ?   ({b} − {a} + {c}, the rule b − a + c)"


def _show_neighbours(found: Sequence[tuple[str, float]], as_json: bool) -> None:
    if as_json:
        show(json.dumps([[key, round(score, 6)] for key, score in found], ensure_ascii=False))
        return
    width = max((len(str(key)) for key, _ in found), default=0)
    for key, score in found:
        show(f"  {key!s:<{width}}  {score:.4f}")


def _keys(words: Sequence[str], vectors: Any) -> list[Any]:
    """Words as the keys they are: a model of integer ids has integers."""
    whole = len(vectors) > 0 and not isinstance(vectors.index_to_key[0], str)
    return [int(word) if whole and word.lstrip("-").isdecimal() else word for word in words]
