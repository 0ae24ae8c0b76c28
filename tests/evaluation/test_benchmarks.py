"""Every format is told by what is in it, and a line that does not fit is named."""

import pytest
from asked import write

from w2v.errors import FormatError, W2VError
from w2v.evaluation.benchmarks import read_benchmark
from w2v.evaluation.item_sets import Choice, OutlierSet, Relation
from w2v.evaluation.questions import Section

SAT = """# SAT package, as its author sends it
190 FROM REAL SATs
lull trust v:n
balk fortitude v:n
betray loyalty v:n
cajole compliance v:n
hinder destination v:n
soothe passion v:n
d

KS: from http://somewhere/
ostrich bird n:n
lion cat n:n
goose flock n:n
a
"""
TOEFL = "\n".join([
    "1. enormously", "a. appropriately", "b. uniquely", "c. tremendously", "d. decidedly", "",
    "2. provisions", "a. stipulations", "b. jurisdictions", "",
])  # fmt: skip
OUTLIERS = "cat\ndog\nhorse\ncow\n\ncar\ntree\n"


def test_msr_in_one_file_and_in_two(tmp_path):
    expected = [
        Section("JJ_JJR", [("good", "better", "rough", "rougher"), ("old", "older", "new", "newer")]),
        Section("NN_NNS", [("cat", "cats", "dog", "dogs")]),
    ]
    text = "good better rough JJ_JJR rougher\ncat cats dog NN_NNS dogs\nold older new JJ_JJR newer\n"
    one = read_benchmark(write(tmp_path / "EN-MSR.txt", text))
    write(tmp_path / "x.answers", "JJ_JJR rougher\nNN_NNS dogs\nJJ_JJR newer\n")
    two = read_benchmark(write(tmp_path / "x.questions", "good better rough\ncat cats dog\nold older new\n"))
    assert one.kind == two.kind == "analogies" and one.items == two.items == expected
    assert all(section.is_syntactic for section in one.items)
    write(tmp_path / "x.answers", "JJ_JJR rougher\n")
    with pytest.raises(FormatError, match="has 3 questions, .* 1 answers"):
        read_benchmark(tmp_path / "x.questions")
    with pytest.raises(FormatError, match="line 2: expected three words, a tag"):
        read_benchmark(write(tmp_path / "bad.txt", "good better rough JJ_JJR rougher\ngood better rough\n"))


def test_bats_folder_and_file(tmp_path):
    folder = tmp_path / "BATS"
    path = write(folder / "1_Inflection" / "I01 [noun - plural].txt", "cat\tcats\nox\toxen/oxes\nman men\n")
    write(folder / "4_Lexicography" / "L01 [hypernyms].txt", "cat\tfeline/animal\ndog\tcanine\n")
    write(folder / "metadata.json", "{}")
    found = read_benchmark(folder)
    assert found.kind == "analogies" and [section.name for section in found.items] == [
        "I01 [noun - plural]",
        "L01 [hypernyms]",
    ]
    plural, hypernyms = found.items
    assert (plural.is_syntactic, hypernyms.is_syntactic) == (True, False)
    assert len(plural.questions) == 6 and ("cat", "cats", "ox", "oxen") in plural.questions
    assert plural.accepted[plural.questions.index(("man", "men", "ox", "oxen"))] == ("oxen", "oxes")
    assert hypernyms.accepted == [("canine",), ("feline", "animal")]
    assert read_benchmark(path).items == [plural]
    with pytest.raises(FormatError, match="line 2: expected a word and its answers"):
        read_benchmark(write(tmp_path / "I02 [x].txt", "cat\tcats\nox oxen more\n"))
    with pytest.raises(FormatError, match="one pair makes no question"):
        read_benchmark(write(tmp_path / "I03 [x].txt", "cat\tcats\n"))


def test_choices_of_words_and_pairs(tmp_path):
    sat = read_benchmark(write(tmp_path / "SAT.txt", SAT))
    pairs = ("balk fortitude", "betray loyalty", "cajole compliance", "hinder destination", "soothe passion")
    assert sat.kind == "choices" and sat.items == [
        Choice(("lull", "trust"), tuple(tuple(pair.split()) for pair in pairs), 3),
        Choice(("ostrich", "bird"), (("lion", "cat"), ("goose", "flock")), 0),
    ]
    write(tmp_path / "toefl.ans", "1 (9:59) 5 c\n\n2. a\n")
    toefl = read_benchmark(write(tmp_path / "toefl.qst", TOEFL))
    assert toefl.kind == "choices" and toefl.items == [
        Choice(("enormously",), (("appropriately",), ("uniquely",), ("tremendously",), ("decidedly",)), 2),
        Choice(("provisions",), (("stipulations",), ("jurisdictions",)), 0),
    ]
    lines = read_benchmark(
        write(tmp_path / "esl.txt", "# ESL\nrusty | corroded | black | dirty\nbrass | metal | wood\n")
    )
    assert lines.items[1] == Choice(("brass",), (("metal",), ("wood",)), 0) and len(lines.items) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SAT.replace("\nd\n", "\nf\n"), "line 9: the answer is 'f', and 5 choices stand above it"),
        (SAT[:-2], "line 14: the last question has no letter"),
        ("a b\nc d\na\n", "line 3: the answer is 'a', and 1 choices"),
        ("rusty | corroded | black\nbrass | metal\n", "line 2: expected `word | right"),
        ("rusty | corroded | black\nbrass | | metal\n", "line 2: expected `word | right"),
    ],
)
def test_bad_choices(tmp_path, text, said):
    with pytest.raises(FormatError) as error:
        read_benchmark(write(tmp_path / "x.txt", text))
    assert said in str(error.value)


def test_bad_numbered_choices(tmp_path):
    path = write(tmp_path / "toefl.qst", TOEFL)
    for answers, said in (
        ("1 c\n", "line 7: .* no answer for 2"),
        ("1 c\n2\n", "ans, line 2: expected a number and a letter"),
    ):
        write(tmp_path / "toefl.ans", answers)
        with pytest.raises(FormatError, match=said):
            read_benchmark(path)
    write(tmp_path / "toefl.ans", "1 c\n2 a\n")
    with pytest.raises(FormatError, match="line 2: expected `1. word`"):
        read_benchmark(write(path, TOEFL.replace("a. appropriately", "appropriately")))


def test_outliers_and_categories(tmp_path):
    write(tmp_path / "8-8-8" / "animals.txt", OUTLIERS)
    write(tmp_path / "8-8-8" / "cars.txt", "\nAudi\nBMW\nFord\n\n\ndog\n")
    found = read_benchmark(tmp_path / "8-8-8")
    assert found.kind == "outliers" and found.items == [
        OutlierSet("animals", ("cat", "dog", "horse", "cow"), ("car", "tree")),
        OutlierSet("cars", ("Audi", "BMW", "Ford"), ("dog",)),
    ]
    assert read_benchmark(tmp_path / "8-8-8" / "animals.txt").items == found.items[:1]
    write(tmp_path / "8-8-8" / "cars.txt", "Audi\nBMW\n\ndog\n")
    with pytest.raises(FormatError, match="cars.txt: expected three words or more"):
        read_benchmark(tmp_path / "8-8-8")
    write(tmp_path / "8-8-8" / "cars.txt", "Audi\nBMW X5\n\ndog\n")
    with pytest.raises(FormatError, match="cars.txt, line 2: expected one word"):
        read_benchmark(tmp_path / "8-8-8")
    write(tmp_path / "AP" / "animal.txt", "cat\ndog\n")
    write(tmp_path / "AP" / "tree.txt", "oak\n")
    found = read_benchmark(tmp_path / "AP")
    assert found.kind == "labels" and found.items == [("cat", "animal"), ("dog", "animal"), ("oak", "tree")]
    write(tmp_path / "AP" / "tree.txt", "oak\ncat\n")
    with pytest.raises(FormatError, match="tree.txt, line 2: expected one word, of no other category"):
        read_benchmark(tmp_path / "AP")


def test_relations(tmp_path):
    rating = write(tmp_path / "Gold" / "GoldRatings-1a.txt", '# ratings\n50.0 "flower:tulip"\n-14.0 "tree:  leaf"\n')
    with pytest.raises(FormatError, match="Phase1Questions-1a.txt, which is not there"):
        read_benchmark(tmp_path)
    write(
        tmp_path / "Q" / "Phase1Questions-1a.txt",
        "Consider the following pairs:\n\nbird:hawk\nemotion:rage\nWhat relation?\n",
    )
    found = read_benchmark(tmp_path)
    relation = Relation(
        "1a", (("bird", "hawk"), ("emotion", "rage")), (("flower", "tulip", 50.0), ("tree", "leaf", -14.0))
    )
    assert (found.kind, found.items) == ("relations", [relation])
    rating.write_text('50.0 "flower:tulip"\n50.0 flower tulip\n')
    with pytest.raises(FormatError, match="line 2: expected a rating and a pair"):
        read_benchmark(tmp_path)


def test_a_folder_that_is_no_set_and_a_file_that_is_not_there(tmp_path):
    (tmp_path / "empty").mkdir()
    write(tmp_path / "text" / "a.txt", "some words in a line\n")
    for name, said in (("empty", "no evaluation file"), ("text", "is no set that is known"), ("none", "cannot read")):
        with pytest.raises(W2VError, match=said):
            read_benchmark(tmp_path / name)
    with pytest.raises(FormatError, match="line 2: neither analogy questions"):
        read_benchmark(write(tmp_path / "x.txt", "# comment\nthe quick brown fox jumps\n"))
    with pytest.raises(FormatError, match="all lines are comments"):
        read_benchmark(write(tmp_path / "x.txt", "# comment\n"))


def test_words_are_reworded_and_names_are_not(tmp_path):
    write(tmp_path / "B" / "E01 [ANY - X].txt", "A\tB/C\nD\tE\n")
    write(tmp_path / "G" / "GoldRatings-1A.txt", '5 "A:B"\n')
    write(tmp_path / "G" / "Phase1Questions-1A.txt", "C:D\n")
    files = {
        "q.txt": ": S\nA B C D\n", "p.txt": "A B 1\n", "l.txt": "A L\n", "c.txt": "A | B | C\n",
        "o.txt": "A\nB\nC\n\nD\n",
    }  # fmt: skip
    for name, text in files.items():
        write(tmp_path / name, text)
    items = {name: read_benchmark(tmp_path / name).reworded(str.lower).items[0] for name in (*files, "B", "G")}
    assert items["q.txt"] == Section("S", [("a", "b", "c", "d")]) and items["p.txt"] == ("a", "b", 1.0)
    assert items["l.txt"] == ("a", "L") and items["c.txt"] == Choice(("a",), (("b",), ("c",)), 0)
    assert items["o.txt"] == OutlierSet("o", ("a", "b", "c"), ("d",))
    assert items["B"] == Section("E01 [ANY - X]", [("a", "b", "d", "e"), ("d", "e", "a", "b")], [("e",), ("b", "c")])
    assert items["G"] == Relation("1A", (("c", "d"),), (("a", "b", 5.0),))
