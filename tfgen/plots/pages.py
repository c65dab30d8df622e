"""A page of figures and numbers that opens anywhere, offline: one file of HTML."""

import base64
import html
from collections.abc import Mapping, Sequence
from typing import Any

from tfgen.plots.files import png

_STYLE = """body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 60em;
margin: 2em auto; padding: 0 1em } h1 { font-size: 1.5em } h2 { font-size: 1.1em; margin-top: 2em }
img { max-width: 100%; image-rendering: pixelated } td { padding: .15em 2em .15em 0 }
td + td { text-align: right; font-variant-numeric: tabular-nums }"""


def page(title: str, parts: Sequence[tuple[str, Any]]) -> str:
    """Return HTML with its pictures within it.

    Args:
        title: of the page.
        parts: pairs of a heading and what stands below it: a matplotlib Figure, a picture uint8
            `[H, W, 1 or 3]`, or a mapping from names to numbers, as a table.

    Example:
        >>> "<td>0.5</td>" in page("Result", [("Numbers", {"accuracy": 0.5})])
        True
    """
    sections = [
        f"<h2>{html.escape(heading)}</h2>\n{_shown(heading, part)}" for heading, part in parts
    ]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>",
            f"<h1>{html.escape(title)}</h1>",
            *sections,
            "</html>\n",
        ]
    )


def _shown(heading, part):
    if isinstance(part, Mapping):
        return f"<table>\n{''.join(map(_row, part.items()))}</table>"
    encoded = base64.b64encode(png(part)).decode()
    return f'<img alt="{html.escape(heading)}" src="data:image/png;base64,{encoded}">'


def _row(item):
    name, value = item
    number = f"{value:,.4g}" if isinstance(value, float) else str(value)
    return f"<tr><td>{html.escape(name)}</td><td>{html.escape(number)}</td></tr>\n"
