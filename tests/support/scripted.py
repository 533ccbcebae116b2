"""Builders for rules of the scripted model: answers in the shapes that real models are asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workers.models.scripted import Rule, ScriptedModel

FIND = "^find"
CROSS_CHECK = "^cross-check"


def found(path: str, quote: str, **fields: object) -> dict[str, object]:
    """One finding as a finding model answers it; `fields` replace the defaults."""
    return {
        "path": path,
        "quote": quote,
        "claim": "The guard is gone.",
        "trigger": "Call it with zero.",
        "consequence": "It divides by zero.",
        "category": "missing-check",
        "severity": "high",
        "confidence": 0.8,
        "needs": [],
    } | fields


def finds(*items: Mapping[str, object], **rule: Any) -> Rule:
    """A rule that answers find prompts with these findings."""
    return Rule(name=FIND, answer={"findings": list(items)}, **rule)


def votes(verdict: str, *, introduced: bool = True, reason: str = "Line 3 says so.", **rule: Any) -> Rule:
    """A rule that answers cross-check prompts."""
    answer = {"verdict": verdict, "introduced": introduced, "reason": reason}
    return Rule(name=CROSS_CHECK, answer=answer, **rule)


def scripted(*rules: Rule, name: str = "scripted") -> ScriptedModel:
    """A scripted model in this process."""
    return ScriptedModel(rules, name=name)


def write_script(path: Path, rules: Sequence[Rule], record: Path | None = None) -> str:
    """Write a rules file for a worker process; returns the model's name: `scripted:PATH`."""
    script = {
        "rules": [rule.model_dump(mode="json") for rule in rules],
        "record": str(record) if record else None,
    }
    path.write_text(json.dumps(script), encoding="utf-8")
    return f"scripted:{path}"
