"""Reading labelled documents: every source, and every mistake in one sentence."""

import gzip
import os

import pytest

from w2v.classify.documents import Document, DocumentLayout, read_documents
from w2v.errors import ConfigError, CorpusError, FormatError, W2VError

EXPECTED = [("good film", ("pos",)), ("bad film, dull", ("neg",))]


def write(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return str(path)


def read(path, labelled=True, **layout):
    """(text, labels) of each document."""
    return [document[:2] for document in read_documents(path, DocumentLayout(**layout), labelled)]


def test_labelled_lines(tmp_path):
    path = write(tmp_path / "a.txt", "\ufeff__label__pos good film\r\n\r\n  __label__neg\tbad film, dull  \n")
    assert read(path) == EXPECTED
    assert next(read_documents(path, DocumentLayout())) == Document("good film", ("pos",), f"{path}, line 1")


def test_several_labels_each_once_and_a_document_without_words(tmp_path):
    path = write(tmp_path / "a.txt", "__label__a __label__b __label__a word __label__c\n__label__a\n")
    assert read(path) == [("word __label__c", ("a", "b")), ("", ("a",))]


def test_another_prefix_and_encoding(tmp_path):
    path = write(tmp_path / "a.txt", "#é x y\n", "utf-16")
    assert read(path, label_prefix="#", encoding="utf-16") == [("x y", ("é",))]


def test_lines_without_labels_keep_their_places(tmp_path):
    path = write(tmp_path / "a.txt", "good film\n\n__label__x bad\n")
    assert read(path, labelled=False) == [("good film", ()), ("", ()), ("bad", ("x",))]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.tsv", "a.jsonl"])
def test_columns(tmp_path, name):
    if ".csv" in name:
        data = 'id,label,text\n1,pos,good film\n\n2, neg ,"bad film, dull"\n'
    elif ".tsv" in name:
        data = "id\ttext\tlabel\n1\tgood film\tpos\n2\tbad film, dull\tneg\n"
    else:
        data = '{"text": "good film", "label": "pos"}\n\n{"label": ["neg", "neg"], "text": "bad film, dull", "x": 1}\n'
    (tmp_path / name).write_bytes(gzip.compress(data.encode()) if name.endswith("gz") else data.encode())
    assert read(str(tmp_path / name)) == EXPECTED


def test_columns_by_number_and_several_texts(tmp_path):
    path = write(tmp_path / "a.csv", '3,"Title","Two\nlines"\n')
    assert read(path, text_columns=("2", "3"), label_column="1") == [("Title Two\nlines", ("3",))]


def test_quotes_of_tsv_are_text(tmp_path):
    path = write(tmp_path / "a.tsv", 'label\ttext\na\t"so" he said\n')
    assert read(path) == [('"so" he said', ("a",))]


def test_a_carriage_return_in_a_line_of_tsv_is_text(tmp_path):
    path = write(tmp_path / "a.tsv", "label\ttext\r\na\tso\rhe said\r\n\r\nb\tno\r\n")
    assert read(path) == [("so\rhe said", ("a",)), ("no", ("b",))]


def test_json_labels_may_be_numbers_and_lists(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"text": "x", "label": 3}\n{"text": "y", "label": ["a", 4]}\n')
    assert read(path) == [("x", ("3",)), ("y", ("a", "4"))]


def test_a_long_document_in_a_table(tmp_path):
    path = write(tmp_path / "a.csv", f"label,text\na,{'word ' * 100_000}\n")
    assert len(read(path)[0][0]) == 500_000


def test_the_label_column_may_be_missing_where_none_is_needed(tmp_path):
    path = write(tmp_path / "a.csv", "text\ngood film\n")
    assert read(path, labelled=False) == [("good film", ())]
    assert read(write(tmp_path / "a.jsonl", '{"text": "x"}\n'), labelled=False) == [("x", ())]


def test_a_folder_for_each_label(tmp_path):
    write(tmp_path / "d" / "pos" / "1.txt", "good\nfilm")
    write(tmp_path / "d" / "neg" / "deep" / "2.txt", "bad film")
    write(tmp_path / "d" / ".git" / "x", "hidden")
    assert read(str(tmp_path / "d")) == [("bad film", ("neg",)), ("good\nfilm", ("pos",))]
    assert read(str(tmp_path / "d"), labelled=False) == [("bad film", ()), ("good\nfilm", ())]


def test_class_folders_may_be_links(tmp_path, caplog):
    write(tmp_path / "elsewhere" / "1.txt", "good film")
    write(tmp_path / "d" / "neg" / "2.txt", "bad film")
    (tmp_path / "d" / "pos").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "d" / "neg" / "up").symlink_to("..")
    assert read(str(tmp_path / "d")) == [("bad film", ("neg",)), ("good film", ("pos",))]
    assert f"{tmp_path}/d/neg/up leads to {tmp_path}/d, whose files are read once" in caplog.text


def test_files_of_a_folder_come_class_by_class(tmp_path):
    for name in ("a/1", "a-b/1", "a.b/1"):
        write(tmp_path / "d" / name, name)
    assert [text for text, _ in read(str(tmp_path / "d"))] == ["a/1", "a-b/1", "a.b/1"]


LABELLED = {
    "d/a/1": "x", "d/b/1": "y", "d/c/1": "z", "a.csv": "text,label\nx,a\ny,b\nz,c\n",
    "a.txt": "__label__a x\n__label__b y\n__label__c z\n", "a.jsonl": "".join(
        f'{{"text": "{text}", "label": "{label}"}}\n' for text, label in ("xa", "yb", "zc")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ["d", "a.csv", "a.txt", "a.jsonl"])
def test_labels_are_chosen(tmp_path, name):
    for file, text in LABELLED.items():
        write(tmp_path / file, text)
    path = str(tmp_path / name)
    assert read(path, labels=("c", "a")) == [("x", ("a",)), ("z", ("c",))]
    assert read(path, skip_labels=("a",)) == [("y", ("b",)), ("z", ("c",))]
    assert read(path, labels=("a", "b", "c")) == read(path)
    with pytest.raises(CorpusError, match=r"no document has the label 'd', the labels are a, b, c; correct it"):
        read(path, skip_labels=("a", "d"))
    with pytest.raises(ConfigError, match="the label 'b' is among those to take and those to skip"):
        read(path, labels=("a", "b"), skip_labels=("b",))


def test_of_several_labels_those_that_count_stay(tmp_path):
    path = write(tmp_path / "a.txt", "__label__a __label__b x\n__label__b y\n")
    assert read(path, skip_labels=("b",)) == [("x", ("a",))]
    assert read(path, labels=("b",)) == [("x", ("b",)), ("y", ("b",))]


def test_folders_of_other_labels_are_not_read_nor_files_beside_the_chosen_ones(tmp_path, caplog):
    """As in aclImdb/train: unsup has no labels, and lists of addresses lie beside the classes."""
    for name in ("neg/1.txt", "pos/1.txt", "urls_neg.txt"):
        write(tmp_path / "d" / name, name)
    (tmp_path / "d" / "unsup").mkdir()
    (tmp_path / "d" / "unsup" / "1.txt").write_bytes(b"\xff is not read")
    with pytest.raises(CorpusError, match="or name those that count with --labels"):
        read(str(tmp_path / "d"), skip_labels=("unsup",))
    assert read(str(tmp_path / "d"), labels=("neg", "pos")) == [("neg/1.txt", ("neg",)), ("pos/1.txt", ("pos",))]
    assert "1 files beside the class folders are left out" in caplog.text
    (tmp_path / "d" / "urls_neg.txt").unlink()
    assert len(read(str(tmp_path / "d"), skip_labels=("unsup",))) == 2


def test_standard_input(tmp_path):
    path = write(tmp_path / "a.txt", "__label__pos good film\n")
    descriptor = os.dup(0)
    try:
        with open(path, "rb") as file:
            os.dup2(file.fileno(), 0)
            assert read("-") == EXPECTED[:1]
    finally:
        os.dup2(descriptor, 0)
        os.close(descriptor)


BAD = [
    ("a.txt", "__label__a x\nno label\n", {}, "line 2 has no label; begin it with __label__NAME"),
    ("a.txt", "__label__ x\n", {}, "line 1: a label is empty"),
    ("a.csv", "text,label\nx,a\ny,\n", {}, "line 3 has no label; fill in 'label'"),
    ("a.csv", "text,label\nx,a\ny,b,c\n", {}, "line 3 has 3 columns and the first has 2"),
    ("a.tsv", "text\tlabel\nx\n", {}, "line 2 has 1 column and the first has 2"),
    ("a.csv", "body,label\nx,a\n", {}, "has no column 'text' but body, label"),
    ("a.csv", '"bo\ndy","la\r\nbel"\nx,a\n', {}, "has no column 'text' but bo dy, la bel"),
    ("a.csv", "text,class\nx,a\n", {}, "has no column 'label' but text, class"),
    ("a.csv", "x,a\n", {"text_columns": ("1",), "label_column": "3"}, "has no column '3' but 1, 2"),
    ("a.csv", 'text,label\n"x"y",a\n"', {}, "line"),
    ("a.jsonl", '{"text": "x", "label": "a"}\n{"text"\n', {}, "line 2 is not valid JSON"),
    ("a.jsonl", "[1]\n", {}, "line 1 is no JSON object"),
    ("a.jsonl", '{"body": "x", "label": "a"}\n', {}, "no text under 'text' but body, label"),
    ("a.jsonl", '{"text": "x", "label": {}}\n', {}, "a label is a string or a whole number"),
    ("a.jsonl", '{"text": "x"}\n', {}, "line 1 has no label"),
]


@pytest.mark.parametrize(("name", "text", "layout", "said"), BAD)
def test_mistakes_are_named_with_their_place(tmp_path, name, text, layout, said):
    path = write(tmp_path / name, text)
    with pytest.raises(W2VError) as caught:
        read(path, **layout)
    assert said in str(caught.value) and path in str(caught.value) and "\n" not in str(caught.value)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"__label__a x\n" * 3 + b"__label__a \xff\n")
    with pytest.raises(FormatError, match="not utf-8 .*--encoding"):
        read(str(tmp_path / "a.txt"))
    (tmp_path / "d" / "a").mkdir(parents=True)
    (tmp_path / "d" / "a" / "1").write_bytes(b"\xff")
    with pytest.raises(FormatError, match="not utf-8"):
        read(str(tmp_path / "d"))


def test_paths_that_hold_nothing(tmp_path):
    with pytest.raises(W2VError, match=r"cannot read .*missing.txt"):
        read(str(tmp_path / "missing.txt"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="holds no file"):
        read(str(tmp_path / "empty"))
    write(tmp_path / "d" / "loose.txt", "x")
    with pytest.raises(CorpusError, match="beside the class folders"):
        read(str(tmp_path / "d"))


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ({"label_prefix": ""}, "an empty label prefix finds nothing"),
        ({"label_column": ""}, "an empty column name finds nothing"),
        ({"text_columns": ("1",)}, "columns 1, label: give names"),
        ({"label_column": "0", "text_columns": ("1",)}, "columns 1, 0: give names"),
    ],
)
def test_layouts_that_contradict_themselves(layout, said):
    with pytest.raises(ConfigError, match=said):
        DocumentLayout(**layout).validate()
