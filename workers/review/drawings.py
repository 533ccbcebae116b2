"""Whether the text of an SVG file is a drawing and nothing else: shapes, colours, words.

A drawing may stand in lines that are too long to be read. It is left out only where each of its elements and
attributes is known to draw. All else (scripts, handlers, links, style sheets, entities, animations, addresses
from which something would be fetched) makes it a page like others, however harmless.
What is *not* here: parsing XML. A text that no browser would take may pass, if it has nothing but shapes.
"""

from __future__ import annotations

import re
from typing import Final

_ELEMENTS: Final = (
    "svg|g|defs|symbol|use|path|rect|circle|ellipse|line|polyline|polygon|text|tspan|title|desc|image|mask"
    "|clipPath|pattern|marker|linearGradient|radialGradient|stop|filter|fe[A-Z][A-Za-z]{1,20}"
)
# Quantifiers take all they can and give nothing back: the text is written by others and may be long.
_QUOTED: Final = r"(?:\"[^\"<>&{]*+\"|'[^'<>&{]*+')"
_FETCHED: Final = r"[^\"'<>&{]*?(?i:url\s*\((?!#)|src\s*\(|image-set|script\s*:|expression|//|[\\@])"
_ADDRESS: Final = r"[\"'](?:#[\w.:-]*+|data:image/(?:png|jpeg|gif|webp);base64,[\w+/=\s]*+)[\"']"
_ATTRIBUTE: Final = (
    rf"\s++(?:xmlns(?::\w++)?\s*+=\s*+{_QUOTED}"
    rf"|(?:xlink:)?href\s*+=\s*+{_ADDRESS}"
    rf"|(?!(?i:on|src|(?:[\w-]+:)?href))[A-Za-z][\w:-]*+\s*+=\s*+(?![\"']{_FETCHED}){_QUOTED})"
)
_PIECE: Final = re.compile(
    rf"(?:[^<&{{]++|&(?:amp|lt|gt|quot|apos|#\d{{1,7}}|#x[0-9a-fA-F]{{1,6}});"
    rf"|<!--(?:[^-]++|-(?!->))*+-->"
    rf"|<(?:{_ELEMENTS})(?:{_ATTRIBUTE})*+\s*+/?>|</(?:{_ELEMENTS})\s*+>)"
)
_PROLOGUE: Final = re.compile(
    r"\ufeff?(?:\s++|<!--(?:[^-]++|-(?!->))*+-->|<\?xml\s[^<>?]*+\?>|<!DOCTYPE svg\s[^<>\[]*+>)*+(?=<svg\b)"
)
_END: Final = re.compile(r"</svg\s*+>\s*+\Z")


def is_drawing(text: str) -> bool:
    """Whether the whole text is an SVG image in which nothing runs and for which nothing is fetched."""
    prologue = _PROLOGUE.match(text)
    if prologue is None or _END.search(text, max(0, len(text) - 100)) is None:
        return False
    at = prologue.end()
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            return False
        at = piece.end()
    return True
