"""All grammars that there are: tests ask each of them, the program knows the one of a file."""

from __future__ import annotations

from workers.context.grammars import _GRAMMARS

GRAMMARS = tuple(_GRAMMARS)
