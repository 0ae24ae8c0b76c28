"""What the site has beside the pages of this folder: options of the commands, pages from elsewhere, notebooks.

mkdocs calls `on_files` and `on_page_markdown` (mkdocs.yml). Options are made from the parsers, so a page cannot say
others than the program has. Links that are right on GitHub are right on the site.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Files elsewhere in the repository that are pages of the site → their place there.
ELSEWHERE = {
    "README.md": "readme.md",
    "CHANGELOG.md": "changelog.md",
    "bench/README.md": "bench.md",
    "bench/RESULTS.md": "bench-results.md",
    "corpora/README.md": "corpora.md",
}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_OPTIONS = re.compile(r"<!-- options: ([a-z ]+) -->.*?<!-- end -->", re.DOTALL)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made."""
    from mkdocs.structure.files import File

    for source, place in ELSEWHERE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, place, content=for_site(text, source, place)))
    for path in sorted((ROOT / "docs/notebooks").glob("*.ipynb")):
        place = f"notebooks/{path.stem}.md"
        files.append(File.generated(config, place, content=for_site(notebook(path), f"docs/{place}", place)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put the options of a command where the page has their mark, and turn links that lead out of the folder."""
    if page.file.generated_by:
        return markdown
    markdown = _OPTIONS.sub(lambda mark: options(mark[1]), markdown)
    return for_site(markdown, f"docs/{page.file.src_uri}", page.file.src_uri)


def for_site(text: str, source: str, place: str) -> str:
    """Links of a file of the repository as they are on its place in the site; what is not on the site is no link.

    source: path of the file in the repository. place: path of its page, from docs/.
    """

    def turned(found: re.Match[str]) -> str:
        sign, words, path, anchor = found[1], found[2], found[3], found[4] or ""
        if not path or "://" in path or path.startswith("mailto:"):
            return found[0]
        target = os.path.normpath(os.path.join(os.path.dirname(source), path))
        if target.startswith("docs/"):
            target = target.removeprefix("docs/").replace(".ipynb", ".md")
        else:
            target = ELSEWHERE.get(target) or ELSEWHERE.get(f"{target}/README.md", "")
        if not target:
            return words
        return f"{sign}[{words}]({os.path.relpath(target, os.path.dirname(place) or '.')}{anchor})"

    return LINK.sub(turned, text)


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, by its whole name."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from w2v.cli.options import make_parsers

    return make_parsers({})[1]


def options(command: str) -> str:
    """Usage and options of a command, as Markdown tables."""
    parser = parsers()[command]
    usage = parser.usage or " ".join([parser.prog, *_words(parser), "[options]"])
    return "\n\n".join([f"```text\n{usage}\n```", *_groups(parser)])


def _words(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if not action.option_strings and action.help != argparse.SUPPRESS:
            name = str(action.metavar or action.dest)
            yield {"*": f"[{name} ...]", "+": f"{name} ...", "?": f"[{name}]"}.get(str(action.nargs), name)
        elif action.required and action.option_strings:
            yield f"{action.option_strings[0]} {action.metavar}"


def _groups(parser: argparse.ArgumentParser) -> Iterator[str]:
    formatter = parser._get_formatter()
    for group in parser._action_groups:
        rows = [
            f"| {_names(action)} | {_plain(formatter._expand_help(action))} |"
            for action in group._group_actions
            if action.help and action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction)
        ]
        if rows and not any(isinstance(action, argparse._SubParsersAction) for action in group._group_actions):
            title = {"positional arguments": "words", "options": "option"}.get(str(group.title), str(group.title))
            yield "\n".join([f"| {title} | |", "|---|---|", *rows])


def _names(action: argparse.Action) -> str:
    metavar = action.metavar or (f"{{{','.join(map(str, action.choices))}}}" if action.choices else action.dest.upper())
    if not action.option_strings:
        return f"`{metavar}`"
    value = "" if action.nargs == 0 else f" {metavar}"
    return ", ".join(f"`{name}{value}`" for name in action.option_strings)


def _plain(text: str) -> str:
    return re.sub(r"([|_*<\[\]])", r"\\\1", text)


def notebook(path: Path) -> str:
    """A notebook as Markdown: its texts, its code and what it printed."""
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        printed = "".join("".join(output.get("text", "")) for output in cell["outputs"])
        if printed:
            parts.append(f"```text\n{printed.rstrip()}\n```")
    return "\n\n".join(parts) + f"\n\nThe notebook is `docs/notebooks/{path.name}`.\n"
