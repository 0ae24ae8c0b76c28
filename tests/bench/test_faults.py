"""What the campaign of faults takes from its rooms."""

from bench.fault_rooms import labelled, one_sentence
from bench.faults import replace_table


def test_documents_of_a_text_have_two_labels(tmp_path):
    (tmp_path / "text").write_text("one two three four\n" * 50)
    lines = labelled(tmp_path / "text").splitlines()
    assert [len(line.split()) for line in lines] == [41] * 5 and {line.split()[0] for line in lines} == {"__label__1"}
    (tmp_path / "text").write_text("four one " * 20 + "one four " * 20)
    assert [line.split()[0] for line in labelled(tmp_path / "text").splitlines()] == ["__label__0", "__label__1"]


def test_a_refusal_is_one_sentence():
    assert one_sentence(2, "w2v 0.1.0: ...\nw2v: error: no room\nw2v: advice") is None
    for code, errors in ((0, ""), (2, ""), (2, "w2v: error: a\nw2v: error: b"), (1, "w2v: error: a")):
        assert one_sentence(code, errors).startswith(f"code {code}")


def test_the_table_is_put_between_its_marks(tmp_path):
    path = tmp_path / "doc.md"
    path.write_text("before\n<!-- faults -->\nold\n<!-- /faults -->\nafter\n")
    replace_table(path, "| new |")
    assert path.read_text() == "before\n<!-- faults -->\n| new |\n<!-- /faults -->\nafter\n"
