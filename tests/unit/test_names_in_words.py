"""Docstrings and comments say where things are; a name in them that leads nowhere misleads."""

from __future__ import annotations

import ast
import io
import pkgutil
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = re.compile(r"(?<![\w./-])(?:bot|workers|prompts)(?:\.[A-Za-z_]\w*)+")


def sources() -> Iterator[Path]:
    for top in ("bot", "workers", "prompts"):
        yield from (path for path in (ROOT / top).rglob("*.py") if "demo_change" not in path.parts)


def words(source: str) -> Iterator[str]:
    """Every docstring (of attributes too) and every comment."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def leads_somewhere(name: str) -> bool:
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def test_each_name_of_ours_in_words_is_there() -> None:
    named = {
        (name, str(path.relative_to(ROOT)))
        for path in sources()
        for text in words(path.read_text(encoding="utf-8"))
        for name in OURS.findall(text)
    }
    assert len(named) > 300  # a pattern that finds nothing would pass
    assert sorted(one for one in named if not leads_somewhere(one[0])) == []
