"""Names in code, by which two pieces of it are compared: lines of one kind have signs and keywords in common.

What is *not* here: likeness of all words and signs (workers.review.duplicates), and names that a text defines
(workers.context.symbols).
"""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d]\w*")
_CALLED: Final = re.compile(r"([^\W\d]\w*)\s*\(")
_KEYWORDS: Final = frozenset(
    _WORD.findall(
        "and as assert async await break case catch class const continue def default del do elif else end"
        " enum except extends final finally fn for from func function global if import in instanceof"
        " interface is lambda let match mut new nil None not null or override package pass private"
        " protected pub public raise return self static struct super switch then this throw True False true"
        " false try type typeof undefined use using val var void when where while with yield"
    )
)


def names_in(code: str) -> frozenset[str]:
    """Words of a piece of code that are neither keywords of any usual language nor numbers."""
    return frozenset(_WORD.findall(code)) - _KEYWORDS


def called_in(code: str) -> frozenset[str]:
    """Names in a piece of code that something is called by, or given parameters."""
    return frozenset(_CALLED.findall(code)) - _KEYWORDS


def name_likeness(one: str, other: str) -> float:
    """Share of the names of two pieces of code that both have, 0 to 1; 0 where neither has any."""
    first, second = names_in(one), names_in(other)
    return len(first & second) / len(first | second) if first and second else 0.0
