"""How many tokens a text has, roughly: code has fewer characters a token than prose.

What is *not* here: what a model's own provider counts (workers.models.purse books that).
"""

from __future__ import annotations


def tokens_of(characters: int) -> int:
    """Characters / 3.5, rounded up; providers' counts for code lie between 3 and 4."""
    return -(-characters * 2 // 7)
