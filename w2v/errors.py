"""The errors a user can cause. Each carries one sentence that says what is wrong and what to do next.

The command line prints that sentence and exits with code 2; from Python they are ordinary exceptions that also belong
to the built-in class a caller would expect (`ValueError`, `KeyError`).
"""


class W2VError(Exception):
    """Base of every error that is the input's fault, not the program's."""


class ConfigError(W2VError, ValueError):
    """A setting is out of range, or two settings contradict each other."""


class CorpusError(W2VError, ValueError):
    """The corpus is missing, empty, binary, undecodable, or leaves no vocabulary."""


class FormatError(W2VError, ValueError):
    """A vector, vocabulary, question or similarity file is malformed; the sentence names the file and the line or
    byte."""


class UnknownWordError(W2VError, KeyError):
    """A word is not in the vocabulary; the sentence suggests near spellings."""

    def __str__(self) -> str:  # KeyError would show the repr of the sentence
        return str(self.args[0])


# What gensim raises in the same place, for programs that catch that.


class ArgumentError(ConfigError, TypeError):
    """Arguments that do not go together, or of a kind that is not taken."""


class ModelStateError(ConfigError, RuntimeError):
    """A model cannot do what it is asked for as it stands: it has no vocabulary, or another objective."""


class NoTrainingStateError(FormatError, AttributeError):
    """A file holds vectors and not a model."""


class TokenError(CorpusError, TypeError):
    """Sentences or tokens of a kind that is not taken."""


class NoWordsError(CorpusError, RuntimeError):
    """A corpus leaves no vocabulary."""


class NoCorpusError(CorpusError, FileNotFoundError, TypeError):
    """There is no such file or folder."""

    def __str__(self) -> str:  # OSError shows its number if there is one
        return str(self.args[0])


class NoKnownWordError(CorpusError):
    """No word of a model occurs in a corpus. The second argument: the words that were read."""

    def __str__(self) -> str:
        return str(self.args[0])
