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
