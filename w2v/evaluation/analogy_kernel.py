"""The best answer of each analogy question among a batch of columns, on register tiles (`w2v.compiled.tiles`)."""

from w2v.compiled.jit import entry, inlined
from w2v.compiled.registers import LANES
from w2v.compiled.tiles import add, any_above, divide_exactly, load, multiply, pick_row, store, subtract


@inlined
def joined(a, b, c, is_ratio):
    """The tile of scores of tiles of the words' parts."""
    return divide_exactly(multiply(c, b), a) if is_ratio else add(subtract(b, a), c)


@entry
def find_best(minus, plus, rows, is_ratio, first_column, spare_rows, best_scores, best_ids):
    """Find for question i the largest score above `best_scores[i]`, if there is any, and its id, `first_column` +
    column; of equal ones the lowest.

    rows: (n, 3), that of a in `minus`, those of b and c in `plus` (words, columns; a multiple of `LANES`).
    is_ratio: the score is b c / a, else b - a + c. spare_rows: (1, LANES).
    """
    spare = pick_row(spare_rows, 0)
    for i in range(len(rows)):
        a, b, c = pick_row(minus, rows[i, 0]), pick_row(plus, rows[i, 1]), pick_row(plus, rows[i, 2])
        best = best_scores[i]
        for first in range(0, plus.shape[1], LANES):
            scores = joined(load(a, first), load(b, first), load(c, first), is_ratio)
            if any_above(scores, best):
                store(scores, spare, 0)
                for lane in range(LANES):
                    if spare_rows[0, lane] > best:
                        best, best_ids[i] = spare_rows[0, lane], first_column + first + lane
        best_scores[i] = best
