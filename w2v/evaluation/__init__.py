"""What vectors are worth: evaluation files, intervals and comparisons, tests of association, alignment."""
