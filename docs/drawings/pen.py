"""What the drawings are made with: boxes, arrows and words in SVG, in colours for day and night."""

from __future__ import annotations

from html import escape
from pathlib import Path

HERE = Path(__file__).parent
LIGHT = {
    "ink": "#1f2328", "dim": "#59636e", "line": "#8c959f", "paper": "#f6f8fa",
    "audio": "#bc4c00", "audio-paper": "#fff1e5",
    "loop": "#0969da", "loop-paper": "#ddf4ff",
    "control": "#1a7f37", "control-paper": "#dafbe1",
    "bad": "#cf222e", "bad-paper": "#ffebe9",
}  # fmt: skip
DARK = {
    "ink": "#e6edf3", "dim": "#9198a1", "line": "#656c76", "paper": "#1c2128",
    "audio": "#ffa657", "audio-paper": "#3b2413",
    "loop": "#79c0ff", "loop-paper": "#11283f",
    "control": "#7ee787", "control-paper": "#12311d",
    "bad": "#ff8182", "bad-paper": "#3f1a1d",
}  # fmt: skip
KINDS = ("audio", "loop", "control", "bad")


def colours(palette: dict[str, str]) -> str:
    """As CSS variables."""
    return " ".join(f"--{name}: {value};" for name, value in palette.items())


def _rules() -> str:
    kinds = "".join(
        f".drawing .{kind} {{ fill: var(--{kind}-paper); stroke: var(--{kind}); }}\n"
        f".drawing text.{kind} {{ fill: var(--{kind}); stroke: none; }}\n"
        f".drawing path.{kind}, .drawing line.{kind} {{ fill: none; stroke: var(--{kind}); }}\n"
        f".drawing .solid-{kind} {{ fill: var(--{kind}); stroke: none; }}\n"
        for kind in KINDS
    )
    return f"""
.drawing {{ {colours(LIGHT)} }}
@media (prefers-color-scheme: dark) {{ .drawing {{ {colours(DARK)} }} }}
.drawing text {{ font: 14px system-ui, "Segoe UI", Helvetica, Arial, sans-serif;
  fill: var(--ink); }}
.drawing .small {{ font-size: 12px; fill: var(--dim); }}
.drawing .head {{ font-weight: 600; }}
.drawing .code {{ font-family: ui-monospace, "SFMono-Regular", Menlo, "DejaVu Sans Mono", monospace;
  font-size: 12.5px; }}
.drawing rect {{ fill: var(--paper); stroke: var(--line); stroke-width: 1.3; }}
.drawing line, .drawing path {{ fill: none; stroke: var(--line); stroke-width: 1.6; }}
.drawing .tip {{ fill: var(--line); stroke: none; }}
.drawing .dash {{ stroke-dasharray: 5 4; }}
{kinds}"""


class Drawing:
    """A picture of a given size; shapes are drawn in the order of the calls."""

    def __init__(self, name: str, width: int, height: int, told: str) -> None:
        self.name = name
        self.size = width, height
        self.told = told
        self.parts: list[str] = []

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        *lines: str,
        kind: str = "",
        code: bool = False,
    ) -> None:
        """A box with lines of text in its middle, the first one as its head."""
        self.parts.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{w}" height="{h}" rx="7"/>')
        top = y + h / 2 - 9 * (len(lines) - 1) + 5
        for number, line in enumerate(lines):
            looks = ("code head" if code else "head") if number == 0 else "small"
            self.text(x + w / 2, top + 18 * number, line, looks, "middle")

    def text(self, x: float, y: float, words: str, looks: str = "", anchor: str = "start") -> None:
        """A line of text with its left end, middle or right end at x."""
        self.parts.append(
            f'<text class="{looks}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">'
            f"{escape(words)}</text>"
        )

    def arrow(self, *points: tuple[float, float], kind: str = "", dash: bool = False) -> None:
        """A line through the points with a tip at its end."""
        (x0, y0), (x1, y1) = points[-2:]
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        ends = [*points[:-1], (x1 - 6 * ux, y1 - 6 * uy)]
        way = "M" + " L".join(f"{x:g} {y:g}" for x, y in ends)
        self.parts.append(f'<path class="{kind}{" dash" if dash else ""}" d="{way}"/>')
        back, side = (x1 - 9 * ux, y1 - 9 * uy), (-4.5 * uy, 4.5 * ux)
        tip = [(x1, y1), (back[0] + side[0], back[1] + side[1]),
               (back[0] - side[0], back[1] - side[1])]  # fmt: skip
        shape = " ".join(f"{x:.1f},{y:.1f}" for x, y in tip)
        self.parts.append(
            f'<polygon class="{f"solid-{kind}" if kind else "tip"}" points="{shape}"/>'
        )

    def line(self, *points: tuple[float, float], kind: str = "", dash: bool = False) -> None:
        """A line without a tip."""
        way = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
        self.parts.append(f'<path class="{kind}{" dash" if dash else ""}" d="{way}"/>')

    def bar(self, x: float, y: float, w: float, h: float, kind: str = "") -> None:
        """A box without round corners."""
        self.parts.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}"/>'
        )

    def svg(self) -> str:
        """The picture as a file of its own."""
        width, height = self.size
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" aria-label="{escape(self.told)}">\n'
            f"<title>{escape(self.told)}</title>\n<style>{_rules()}</style>\n"
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )
