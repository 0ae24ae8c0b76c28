"""`FastText`: gensim 4's class of word vectors with character n-grams."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from w2v.errors import ConfigError
from w2v.system.files import PathLike
from w2v.training.model import Word2Vec


class FastText(Word2Vec):
    """`Word2Vec` whose words are made of character n-grams (Bojanowski et al. 2017), with gensim's signature and
    defaults; `load` reads fastText's own `.bin`, too. Further keywords are those of `Word2Vec`.

    Raises `ConfigError` for settings that are out of range or contradict each other, and for n-grams of words.
    """

    def __init__(
        self,
        sentences: Iterable[Any] | PathLike | None = None,
        corpus_file: PathLike | None = None,
        sg: int = 0,
        hs: int = 0,
        vector_size: int = 100,
        alpha: float | None = None,
        window: int = 5,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        word_ngrams: int = 1,
        sample: float = 1e-3,
        seed: int = 1,
        workers: int | None = None,
        min_alpha: float = 1e-4,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        hashfxn: Callable[..., int] = hash,
        epochs: int = 5,
        null_word: int = 0,
        min_n: int = 3,
        max_n: int = 6,
        sorted_vocab: int = 1,
        bucket: int = 2_000_000,
        trim_rule: Any = None,
        batch_words: int = 10_000,
        callbacks: Sequence[Any] = (),
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        **options: Any,
    ) -> None:
        if word_ngrams not in (0, 1):
            raise ConfigError(f"word_ngrams is {word_ngrams!r}; n-grams of words are not trained, leave it at 1")
        super().__init__(
            sentences, corpus_file, vector_size=vector_size, alpha=alpha, window=window, min_count=min_count,
            max_vocab_size=max_vocab_size, sample=sample, seed=seed, workers=workers, min_alpha=min_alpha, sg=sg,
            hs=hs, negative=negative, ns_exponent=ns_exponent, cbow_mean=cbow_mean, epochs=epochs, callbacks=callbacks,
            max_final_vocab=max_final_vocab, shrink_windows=shrink_windows, min_n=min_n,
            max_n=max_n if max_n >= min_n else 0,  # gensim's way to leave n-grams out
            bucket=bucket, sorted_vocab=sorted_vocab, trim_rule=trim_rule, null_word=null_word, hashfxn=hashfxn,
            batch_words=batch_words, **options,
        )  # fmt: skip
