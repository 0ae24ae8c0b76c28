"""gensim's three steps to a vocabulary: all words counted, those that stay, their vectors. `build_vocab` does all of
them, reads text ten times as fast, and is what to use.

These are functions of a `Word2Vec`, which binds them as its methods.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from w2v.corpus.encode import encode_corpus
from w2v.corpus.vocabulary import DISCARD, KEEP, Rules, Vocabulary
from w2v.errors import ModelStateError
from w2v.objectives.sampling import keep_probabilities
from w2v.system.files import PathLike

TrimRule = Callable[[Any, int, int], Any] | None


def scan_vocab(
    model: Any,
    corpus_iterable: Iterable[Any] | None = None,
    corpus_file: PathLike | None = None,
    progress_per: int = 10_000,
    workers: int | None = None,
    trim_rule: TrimRule = None,
) -> tuple[int, int]:
    """Count all words, into `model.raw_vocab`; returns (words read, sentences)."""
    if corpus_file is not None:
        with encode_corpus([corpus_file], model.text, model.keeping_all()) as corpus:
            model.raw_vocab = dict(zip(corpus.vocab.words, corpus.vocab.counts.tolist(), strict=True))
            return corpus.ledger.n_read, corpus.n_sentences_read
    model.raw_vocab, n_words, n_sentences = raw_counts(corpus_iterable or (), model.max_vocab_size, trim_rule)
    return n_words, n_sentences


def prepare_vocab(
    model: Any,
    update: bool = False,
    keep_raw_vocab: bool = False,
    trim_rule: TrimRule = None,
    min_count: int | None = None,
    sample: float | None = None,
    dry_run: bool = False,
) -> dict[str, int]:
    """Choose among the words that `scan_vocab` counted; returns how many stay and go. dry_run: choose nothing yet."""
    if not model.raw_vocab:
        raise ModelStateError("no words are counted yet; call scan_vocab first, or build_vocab, which does all")
    words, counts = list(model.raw_vocab), np.array(list(model.raw_vocab.values()), np.int64)
    least = model.min_count if min_count is None else min_count
    most = model.max_final_vocab
    if most is not None and most < len(words):
        least = max(least, int(np.sort(counts)[-most - 1]) + 1)
    chosen = Vocabulary(words, counts).pruned(least, None, Rules(trim_rule))
    kept = keep_probabilities(chosen.counts, model.sample if sample is None else sample)
    model.effective_min_count = least
    if not dry_run:
        model._set(min_count=min_count, sample=sample)
        model._prepared = dict(zip(chosen.words, chosen.counts.tolist(), strict=True))
    return {
        "drop_unique": len(words) - len(chosen),
        "retain_total": chosen.n_tokens,
        "downsample_unique": int(np.count_nonzero(kept < 1)),
        "downsample_total": int(kept @ chosen.counts),
        "num_retained_words": len(chosen),
    }


def prepare_weights(model: Any, update: bool = False) -> None:
    """Take the words that `prepare_vocab` chose, and draw their vectors."""
    model.build_vocab_from_freq(model._prepared, update=update, trim_rule=lambda *_: KEEP)


def raw_counts(
    sentences: Iterable[Any], max_vocab_size: int | None = None, trim_rule: TrimRule = None
) -> tuple[dict[Any, int], int, int]:
    """Words and their counts, words read and sentences. When there are more than `max_vocab_size` words, rare ones are
    forgotten, as in gensim: the first time none, the next time those seen once, then those seen twice, and so on."""
    counts, n_words, n_sentences, min_reduce = Counter[Any](), 0, 0, 1
    for sentence in sentences:
        counts.update(sentence)
        n_words, n_sentences = n_words + len(sentence), n_sentences + 1
        if max_vocab_size and len(counts) > max_vocab_size:
            left = Vocabulary(list(counts), np.array(list(counts.values()), np.int64))
            stays = left.pruned(min_reduce, None, Rules(trim_rule, is_sorted=False))
            counts, min_reduce = Counter(dict(zip(stays.words, stays.counts.tolist(), strict=True))), min_reduce + 1
    return dict(counts), n_words, n_sentences


def rules_of(model: Any, sentences: Any, trim_rule: TrimRule) -> Rules:
    """How words are chosen from these sentences. `max_vocab_size` leaves out those that `raw_counts` forgets."""
    rule = trim_rule
    if model.max_vocab_size and isinstance(sentences, list | tuple) and not all(isinstance(s, str) for s in sentences):
        known, _, _ = raw_counts(sentences, model.max_vocab_size, trim_rule)

        def rule(word: Any, count: int, min_count: int) -> Any:
            return DISCARD if word not in known else trim_rule(word, count, min_count) if trim_rule else None

    return Rules(rule, bool(model.sorted_vocab), bool(model.null_word))
