"""Shows the source files that pages link to, inside the site.

A link in Markdown like `../aiosounddevice/core/kernel/tap.c` leads to the file wherever the
repository is looked at; here it gets a page of its own.
"""

from __future__ import annotations

import html
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx import addnodes
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
WANTED = (".py", ".c", ".h", ".md", ".sh", ".toml")
Page = tuple[str, dict[str, Any], str]


def redirect(app: Sphinx, doctree: nodes.document) -> None:
    """Let links that leave `docs/` lead to pages of ours."""
    docname = app.env.docname
    found = [*doctree.findall(addnodes.download_reference), *doctree.findall(addnodes.pending_xref)]
    for link in found:
        target = str(link.get("reftarget", ""))
        path = _written_in(link).parent.joinpath(target).resolve()
        if link.get("reftype") != "myst" or not target or not path.exists():
            continue
        if path.is_relative_to(app.srcdir) or not path.is_relative_to(ROOT):
            continue
        name = path.relative_to(ROOT).as_posix()
        app.env.sources.add(name)
        uri = app.builder.get_relative_uri(docname, page_name(name))
        link.replace_self(nodes.reference("", "", *link.children, refuri=uri, internal=True))


def _written_in(node: nodes.Node) -> Path:
    """The file that a node was read from: not the page's own where that includes another."""
    while not node.source:
        node = node.parent
    return Path(node.source)


def page_name(name: str) -> str:
    """Name of the page that shows a file or folder."""
    return posixpath.join("sources", name, "index" if (ROOT / name).is_dir() else "").rstrip("/")


def pages(app: Sphinx) -> Iterator[Page]:
    """One page for each file that is linked to, and for each folder and what is in it."""
    todo, done = sorted(app.env.sources), set()
    while todo:
        name = todo.pop()
        if name in done:
            continue
        done.add(name)
        if (ROOT / name).is_dir():
            inside = [child.relative_to(ROOT).as_posix() for child in _listed(ROOT / name)]
            todo += inside
            yield page_name(name), {"title": name, "body": _folder(app, name, inside)}, "page.html"
        else:
            yield page_name(name), {"title": name, "body": _file(name)}, "page.html"


def _listed(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix in WANTED or _has_sources(p))


def _has_sources(path: Path) -> bool:
    return path.is_dir() and path.name != "__pycache__" and any(path.glob("*.py"))


def _folder(app: Sphinx, name: str, inside: list[str]) -> str:
    links = []
    for child in inside:
        uri = app.builder.get_relative_uri(page_name(name), page_name(child))
        text = f"{posixpath.basename(child)}{'/' if (ROOT / child).is_dir() else ''}"
        links.append(f'<li><a href="{uri}"><code>{html.escape(text)}</code></a></li>')
    return f"<h1 class='source'>{html.escape(name)}</h1><ul>{''.join(links)}</ul>"


def _file(name: str) -> str:
    text = (ROOT / name).read_text()
    try:
        lexer = get_lexer_for_filename(name)
    except ClassNotFound:
        return f"<h1 class='source'>{html.escape(name)}</h1><pre>{html.escape(text)}</pre>"
    code = highlight(text, lexer, HtmlFormatter(linenos="inline", lineanchors="line"))
    return f"<h1 class='source'>{html.escape(name)}</h1>{code}"


def begin(app: Sphinx, env: Any, _: list[str]) -> None:
    """Remember, with the rest of the environment, which files were linked to."""
    env.sources = getattr(env, "sources", set())


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("env-before-read-docs", begin)
    # Before Sphinx collects files to download, which is at priority 500.
    app.connect("doctree-read", redirect, priority=100)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
