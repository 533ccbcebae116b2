"""Small invented cases for the evaluation, and the models that answer about them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.scripted import found
from workers.evals.case_files import read_cases
from workers.evals.cases import Case
from workers.models.scripted import Rule

SHELF_BASE = """def take(shelf, count):
    if count > len(shelf):
        raise ValueError("not enough left")
    taken = shelf[:count]
    del shelf[:count]
    return taken


def pages(total, size):
    return (total + size - 1) // size
"""
SHELF_HEAD = """def take(shelf, count):
    taken = shelf[:count]
    del shelf[:count]
    return taken


def label(shelf):
    return f"{len(shelf)} <b>left</b>"


def pages(total, size):
    return total // size
"""
SHORT = "def short(shelf):\n    return str(len(shelf))[:2]\n"
BASKET_BASE = "export function total(basket) {\n  return basket.sum ?? 0;\n}\n"
BASKET_HEAD = "export function total(basket) {\n  return basket.sum || basket.limit;\n}\n"
GUARD, ROUNDING, LIMIT = (
    "The check of count is gone.",
    "The last page is lost.",
    "A sum of 0 becomes the limit.",
)


Side = str | Mapping[str, object] | None
"""Text, or one version of a file as the format has it."""


def file(path: str, base: Side, head: Side) -> dict[str, object]:
    def side(given: Side) -> object:
        return {"mode": "100644", "text": given, "encoding": "utf-8"} if isinstance(given, str) else given

    return {"path": path, "old_path": path, "base": side(base), "head": side(head)}


def defect(path: str, first: int, last: int, description: str, **more: str) -> dict[str, object]:
    kinds = {"category": "boundary", "difficulty": "easy", "knowledge": "local"}
    return {
        "locations": [{"file": path, "lines": [[first, last]]}],
        "description": description,
        **kinds,
        **more,
    }


SHELF: dict[str, Any] = {
    "id": "shelf-case",
    "kind": "bug",
    "language": "Python",
    "title": "Simplify the shelf",
    "body": "Shorter now.",
    "files": [file("shop/shelf.py", SHELF_BASE, SHELF_HEAD), file("shop/short.py", None, SHORT)],
    "ground_truth": [
        defect("shop/shelf.py", 2, 2, GUARD, category="missing check", difficulty="hard"),
        defect("shop/shelf.py", 12, 12, ROUNDING),
    ],
    "other_findings": ["shop/shelf.py: The label is not escaped."],
}
BASKET: dict[str, Any] = {
    "id": "basket-case",
    "kind": "bug",
    "language": "JavaScript",
    "title": "Totals fall back to the limit",
    "body": "",
    "files": [file("web/basket.js", BASKET_BASE, BASKET_HEAD)],
    "ground_truth": [defect("web/basket.js", 2, 2, LIMIT, knowledge="project")],
    "other_findings": [],
}
CLEAN: dict[str, Any] = {
    "id": "clean-case",
    "kind": "clean",
    "language": "Python",
    "title": "Name the unit",
    "body": "",
    "files": [file("shop/units.py", "UNIT = 'kg'\n", "UNIT = 'kilogram'\n")],
    "ground_truth": [],
    "other_findings": [],
}
ALL = (SHELF, BASKET, CLEAN)


def write_cases(path: Path, *cases: Mapping[str, Any]) -> Path:
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    return path


def cases(folder: Path, *given: Mapping[str, Any]) -> tuple[Case, ...]:
    """These cases, read as the command reads them."""
    return read_cases([write_cases(folder / "some.jsonl", *given)])


def bare(path: str, line: int, claim: str, confidence: float = 0.9) -> dict[str, object]:
    """One bug as the bare prompt's answer names it."""
    return {"path": path, "line": line, "claim": claim, "confidence": confidence}


def bare_finds(match: str, *items: Mapping[str, object], **rule: Any) -> Rule:
    """Answers bare prompts that hold a text."""
    return Rule(name="^naive", match=match, answer={"findings": list(items)}, **rule)


def judges(match: str, *, same: bool) -> Rule:
    """Answers a judge's questions that hold a text."""
    return Rule(name="^judge", match=match, answer={"same": same, "reason": "It says so."})


def answers() -> Sequence[Rule]:
    """Of both prompts: guard and limit are found, the rounding is missed; one is invented each time."""
    guard = found("shop/shelf.py", '        raise ValueError("not enough left")', claim=GUARD)
    short = found("shop/short.py", "    return str(len(shelf))[:2]", claim="It is cut.", confidence=0.4)
    limit = found("web/basket.js", "  return basket.sum || basket.limit;", claim=LIMIT)
    return [
        bare_finds(
            "Simplify the shelf", bare("shop/shelf.py", 2, GUARD), bare("elsewhere.py", 1, "Invented.", 0.2)
        ),
        bare_finds("Totals fall", bare("web/basket.js", 2, LIMIT)),
        bare_finds(""),
        Rule(name="^find", match="Simplify the shelf", answer={"findings": [guard, short]}),
        Rule(name="^find", match="Totals fall", answer={"findings": [limit]}),
        Rule(name="^find", answer={"findings": []}),
        Rule(name="^cross-check", answer={"reason": "Seen.", "verdict": "confirmed", "introduced": True}),
    ]
