"""Character n-grams of a word and the rows that they are hashed to: fastText's and floret's rules, to the bit.

This is the plain way, for a word at a time; `ngram_lists` does the same, compiled, for a vocabulary.

Sources: Bojanowski, Grave, Joulin & Mikolov 2017, section 3.2; `src/dictionary.cc` of facebookresearch/fastText and of
explosion/floret (their `computeSubwords`, `hash` and `murmurhash`); MurmurHash3_x64_128 of Austin Appleby's smhasher.
"""

from typing import NamedTuple

from w2v.config import TrainConfig

BEGIN, END = "<", ">"  # stand around a word
END_OF_SENTENCE = "</s>"  # fastText's mark for it is a word without n-grams
FNV_OFFSET, FNV_PRIME = 2166136261, 16777619
MURMUR_SEED = 2166136261  # floret's
MURMUR_1, MURMUR_2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
MURMUR_ADD_1, MURMUR_ADD_2 = 0x52DCE729, 0x38495AB5
MURMUR_MIX_1, MURMUR_MIX_2 = 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53
MAX_HASHES = 4
_32, _64 = (1 << 32) - 1, (1 << 64) - 1


class Ngrams(NamedTuple):
    """Which n-grams a word has, and which of `bucket` rows each of them is given."""

    min_n: int  # Unicode characters of an n-gram, with the marks around the word
    max_n: int
    bucket: int
    # 0: fastText's rule, one row for each n-gram and one for the word itself. Otherwise floret's: so many rows for each
    # n-gram and for the whole word, which has no row of its own.
    hash_count: int = 0

    @property
    def has_word_rows(self) -> bool:
        """Whether each word of the vocabulary has a row of its own."""
        return self.hash_count == 0

    def describe(self) -> str:
        """In words."""
        size = f"{self.min_n} to {self.max_n}" if self.min_n < self.max_n else f"{self.max_n}"
        hashes = f", {self.hash_count} for each" if self.hash_count else ""
        return f"n-grams of {size} characters in {self.bucket:,} rows{hashes}"

    def pieces(self, word: str) -> list[str]:
        """The n-grams, those from the first character on first, the short before the long; under floret's rule the
        whole word before all. A mark alone is none."""
        if word == END_OF_SENTENCE and self.has_word_rows:
            return []
        marked = f"{BEGIN}{word}{END}"
        found = [] if self.has_word_rows else [marked]
        for start in range(len(marked)):
            for n in range(max(self.min_n, 1), min(self.max_n, len(marked) - start) + 1):
                if n > 1 or 0 < start < len(marked) - 1:
                    found.append(marked[start : start + n])
        return found

    def buckets_of(self, piece: str) -> list[int]:
        """The rows of an n-gram, each below `bucket`."""
        text = encoded(piece)
        hashes = [fnv(text)] if self.hash_count == 0 else murmur(text)[: self.hash_count]
        return [one % self.bucket for one in hashes]

    def buckets(self, word: str) -> list[int]:
        """The rows of all n-grams of a word, one after the other; a row comes as often as its n-grams."""
        return [bucket for piece in self.pieces(word) for bucket in self.buckets_of(piece)]


def encoded(text: str) -> bytes:
    """UTF-8, lone surrogates too, which a word may hold."""
    return text.encode("utf-8", "surrogatepass")


def fnv(text: bytes) -> int:
    """32-bit FNV-1a in which bytes are signed: those from 128 on flip the upper 24 bits, too."""
    number = FNV_OFFSET
    for byte in text:
        number = ((number ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * FNV_PRIME) & _32
    return number


def murmur(text: bytes) -> list[int]:
    """The four 32-bit parts of MurmurHash3_x64_128, the low half of each 64-bit word first."""
    one = two = MURMUR_SEED
    n_whole = len(text) // 16 * 16
    for start in range(0, n_whole, 16):
        one ^= _scrambled(int.from_bytes(text[start : start + 8], "little"), MURMUR_1, 31, MURMUR_2)
        one = ((_turned(one, 27) + two) * 5 + MURMUR_ADD_1) & _64
        two ^= _scrambled(int.from_bytes(text[start + 8 : start + 16], "little"), MURMUR_2, 33, MURMUR_1)
        two = ((_turned(two, 31) + one) * 5 + MURMUR_ADD_2) & _64
    rest = text[n_whole:]
    two ^= _scrambled(int.from_bytes(rest[8:], "little"), MURMUR_2, 33, MURMUR_1)
    one ^= _scrambled(int.from_bytes(rest[:8], "little"), MURMUR_1, 31, MURMUR_2)
    one, two = one ^ len(text), two ^ len(text)
    one = (one + two) & _64
    two = (two + one) & _64
    one, two = _mixed(one), _mixed(two)
    one = (one + two) & _64
    two = (two + one) & _64
    return [one & _32, one >> 32, two & _32, two >> 32]


def _turned(number: int, n_bits: int) -> int:
    return ((number << n_bits) | (number >> (64 - n_bits))) & _64


def _scrambled(number: int, first: int, n_bits: int, second: int) -> int:
    return (_turned((number * first) & _64, n_bits) * second) & _64


def _mixed(number: int) -> int:
    number ^= number >> 33
    number = (number * MURMUR_MIX_1) & _64
    number ^= number >> 33
    number = (number * MURMUR_MIX_2) & _64
    return number ^ (number >> 33)


def ngrams_of(config: TrainConfig) -> Ngrams | None:
    """Which n-grams a model has; None for one of whole words."""
    return Ngrams(config.min_n, config.max_n, config.bucket, config.hash_count) if config.max_n else None
