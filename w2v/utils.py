"""gensim's module of this name, as far as programs that train word vectors use it."""

from w2v.corpus.preprocessing import (
    RULE_DEFAULT,
    RULE_DISCARD,
    RULE_KEEP,
    any2unicode,
    any2utf8,
    deaccent,
    save_as_line_sentence,
    simple_preprocess,
    to_unicode,
    to_utf8,
    tokenize,
)

__all__ = [
    "RULE_DEFAULT", "RULE_DISCARD", "RULE_KEEP", "any2unicode", "any2utf8", "deaccent", "save_as_line_sentence",
    "simple_preprocess", "to_unicode", "to_utf8", "tokenize",
]  # fmt: skip
