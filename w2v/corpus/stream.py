"""What stands in an encoded stream beside word ids."""

BREAK = -1  # ends a sentence
