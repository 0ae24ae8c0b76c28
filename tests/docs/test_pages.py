"""What the documentation says holds: every block runs or says why not, every link leads somewhere, every command has a
page with all of its options."""

import contextlib
import importlib.util
import json
import re
import shutil

import pytest
from pages import PAGES, ROOT, blocks, command, run_page

from w2v.cli.commands import _HOMES as COMMANDS

TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in PAGES}
OTHERS = ["README.md", "CHANGELOG.md", "bench/README.md", "bench/RESULTS.md", "corpora/README.md"]
RUN = [name for name, text in TEXTS.items() if any(block.is_run for block in blocks(text))]
NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))

spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs/hooks.py")
hooks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hooks)


# The README's first command, whose model all pages ask, run once.
FIRST = "w2v train corpora/kingdom.txt -o kingdom.w2v"


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """(the model that the first command wrote, what it printed)."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "corpora").symlink_to(ROOT / "corpora")
    with contextlib.chdir(folder):
        return folder / "kingdom.w2v", command(FIRST)


@pytest.fixture
def folder(first, tmp_path, monkeypatch):
    """A user's folder: the sample corpus and its model."""
    (tmp_path / "corpora").symlink_to(ROOT / "corpora")
    shutil.copy(first[0], tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("W2V_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize("name", RUN)
def test_what_a_page_shows_runs(name, folder, first):
    run_page(ROOT / name, blocks(TEXTS[name]), {FIRST: first[1]})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_runs(path, folder):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    names = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), path.name, "exec"), names)
    assert len(cells) > 5


def test_most_blocks_run_and_those_that_do_not_say_why():
    found = [block for text in TEXTS.values() if "<!-- nothing here is run: " not in text for block in blocks(text)]
    assert sum(block.is_run for block in found) > len(found) / 2
    for name, text in TEXTS.items():
        marks = len(re.findall("<!-- not run: ", text))
        assert marks == 0 or marks == sum(not block.is_run for block in blocks(text)), f"{name}: a mark without a block"


def anchors(text):
    """The anchors of a page's headings, as GitHub and mkdocs make them."""
    heads = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", head).lower().strip() for head in heads]
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in plain}


@pytest.mark.parametrize("name", [*TEXTS, *OTHERS])
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for _, words, path, anchor in hooks.LINK.findall(re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)):
        if "://" in path or path.startswith("mailto:"):
            continue
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), f"{name}: [{words}]({path})"
        if anchor and target.suffix == ".md":
            assert anchor[1:] in anchors(target.read_text(encoding="utf-8")), f"{name}: [{words}]({path}{anchor})"


def test_every_command_has_a_page_with_its_options():
    pages = "\n".join(TEXTS.values())
    for name in COMMANDS:
        assert f"<!-- options: {name} -->" in pages, name


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_those_of_the_parser(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "9999")  # no option is cut at a line's end
    table, parser = hooks.options(name), hooks.parsers()[name]
    help_text = re.sub(r"\s+", " ", parser.format_help())
    shown = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", help_text.partition(" options: ")[2]))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", table))
    assert shown - {"--help"} <= named


def test_the_site_has_every_page():
    plan = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    made = [*hooks.ELSEWHERE.values(), *(f"notebooks/{path.stem}.md" for path in NOTEBOOKS)]
    for page in [*(name.removeprefix("docs/") for name in TEXTS), *made]:
        assert f": {page}\n" in plan, page


def test_links_are_turned_for_the_site():
    turn = hooks.for_site
    assert turn("[a](../README.md#speed)", "docs/faq.md", "faq.md") == "[a](readme.md#speed)"
    assert turn("[a](docs/faq.md)", "README.md", "readme.md") == "[a](faq.md)"
    assert turn("[a](../notebooks/x.ipynb)", "docs/commands/nn.md", "commands/nn.md") == "[a](../notebooks/x.md)"
    assert turn("[MIT](LICENSE) ![p](docs/a.png)", "README.md", "readme.md") == "MIT ![p](a.png)"
    assert turn("[corpora/](corpora/README.md)", "README.md", "readme.md") == "[corpora/](corpora.md)"
