"""Puts the drawings into the page itself, where they follow the reader's light or dark theme.

In Markdown they are ordinary images, so that they are seen wherever the pages are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def inline(app: Sphinx, doctree: nodes.document) -> None:
    """Replace images of `drawings/` by the drawing's own text."""
    for image in list(doctree.findall(nodes.image)):
        path = Path(doctree["source"]).parent / image["uri"]
        if path.suffix != ".svg" or path.parent.name != "drawings":
            continue
        drawing = path.read_text().replace("<svg ", '<svg role="img" ', 1)
        frame = f'<div class="drawing-frame">\n{drawing}</div>'
        app.env.note_dependency(str(path))
        image.replace_self(nodes.raw("", frame, format="html"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    # Before Sphinx copies images, which is at priority 500.
    app.connect("doctree-read", inline, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
