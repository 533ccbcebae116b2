"""The shapes of models' answers, and how they become findings and verdicts.

Strict about what a finding needs, tolerant about what does no harm; one bad finding never loses the others.
What is *not* here: whether a finding is true or its quote exists (workers.review.evidence).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from bot.domain.finding import Category, Finding, Ruling, Severity, Verdict

TEXT_LIMIT = 1_200
QUOTE_LIMIT = 2_400
PATH_LIMIT = 500
UNKNOWN_CONFIDENCE = 0.5
"""Of a source that does not say how sure it is: neither hidden nor called sure."""

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")

E = TypeVar("E", bound=StrEnum)


def _word(value: object) -> str:
    """`Missing_Check ` -> `missing-check`."""
    return str(value).strip().lower().replace("_", "-").replace(" ", "-")


def _member(value: object, kind: type[E], fallback: E) -> E:
    word = _word(value)
    return kind(word) if word in list(kind) else fallback


def _category(value: object) -> Category:
    """An unknown kind of defect is one against what the code is meant to do."""
    return _member(value, Category, Category.CONTRACT)


def _severity(value: object) -> Severity:
    """An unknown severity is a middling one: it neither hides a finding nor turns a check red by accident."""
    return _member(value, Severity, Severity.MEDIUM)


def _confidence(value: object) -> float:
    """Between 0 and 1; `85%` is 0.85. What is no number is not known, and must not silence a finding."""
    text = str(value).strip()
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return UNKNOWN_CONFIDENCE
    return UNKNOWN_CONFIDENCE if math.isnan(number) else min(1.0, max(0.0, number))


def _text(value: object) -> str:
    """Text of bounded length; anything else than text counts as none."""
    return value.strip()[:TEXT_LIMIT] if isinstance(value, str) else ""


def _path(value: str) -> str:
    """Refuses what can be no name of a file."""
    if not 0 < len(value) <= PATH_LIMIT:
        raise ValueError(f"a path has 1 to {PATH_LIMIT} characters")
    return value


def _quote(value: str) -> str:
    """Cut at the end of a line, so that the rest can still be found. No quote at all is an error."""
    if not value:
        raise ValueError("a quote is needed")
    if len(value) <= QUOTE_LIMIT:
        return value
    whole_lines, _, _ = value[:QUOTE_LIMIT].rpartition("\n")
    return whole_lines or value[:QUOTE_LIMIT]


def _names(value: object) -> list[str]:
    items = value if isinstance(value, list) else []
    return [item[:200] for item in items[:20] if isinstance(item, str)]


# Providers get the schema of these classes, docstrings as descriptions. Bounds are checked by functions: as
# `minLength` and the like they would go out too, and strict schema modes refuse them.
Text = Annotated[str, BeforeValidator(_text)]


class FoundItem(BaseModel):
    """One defect, with its evidence."""

    path: Annotated[str, AfterValidator(_path)]
    quote: Annotated[str, AfterValidator(_quote)]
    claim: Text
    trigger: Text
    consequence: Text
    category: Annotated[Category, BeforeValidator(_category)]
    severity: Annotated[Severity, BeforeValidator(_severity)]
    confidence: Annotated[float, BeforeValidator(_confidence)]
    needs: Annotated[list[str], BeforeValidator(_names)]


_OPTIONAL: Mapping[str, object] = {
    "claim": "",
    "trigger": "",
    "consequence": "",
    "category": "",
    "severity": "",
    "confidence": None,
    "needs": [],
}


class FindAnswer(BaseModel):
    """Every defect that was found; an empty list when there is none."""

    findings: list[FoundItem]
    # Ours, no part of the schema: paths, as far as they can be told, of reports without a path or a quote.
    unreadable: SkipJsonSchema[list[str]] = []

    @model_validator(mode="before")
    @classmethod
    def _sort(cls, data: Any) -> Any:
        """Keep the good ones; when none of several is good, the answer as a whole does not fit."""
        items = data.get("findings") if isinstance(data, dict) else None
        if not isinstance(items, list):
            return (
                {key: value for key, value in data.items() if key != "unreadable"}
                if isinstance(data, dict)
                else data
            )
        read = [(item, _read_item(item)) for item in items]
        good = [found for _, found in read if found is not None]
        if items and not good:
            return {"findings": items}
        return {"findings": good, "unreadable": [_path_of(item) for item, found in read if found is None]}


def _read_item(item: object) -> FoundItem | None:
    if not isinstance(item, dict):
        return None
    path = item.get("path")
    if not item.get("quote") and isinstance(path, str) and path.lower().endswith(_PICTURES):
        item = {**item, "quote": path}  # nothing in a picture can be quoted; the gate knows which were shown
    try:
        return FoundItem.model_validate({**_OPTIONAL, **item})
    except ValidationError:
        return None


def _path_of(item: object) -> str:
    path = item.get("path") if isinstance(item, dict) else None
    return path[:PATH_LIMIT] if isinstance(path, str) else ""


def _ruling(value: object) -> Ruling:
    return _member(value, Ruling, Ruling.UNSURE)


class CheckAnswer(BaseModel):
    """Whether one reported defect is real. The reason comes first, so that the verdict follows from it."""

    reason: Text
    verdict: Annotated[Ruling, BeforeValidator(_ruling)]
    introduced: bool


@dataclass(frozen=True, slots=True)
class FoundReading:
    """An answer of the find pass, read.

    Attributes:
        surplus: how many reports came after the most that is read of one answer.
        unreadable: paths of reports that could not be understood; empty text where there is none.
    """

    findings: tuple[Finding, ...]
    surplus: int
    unreadable: tuple[str, ...]


def read_findings(answer: FindAnswer, source: str, most: int, lens: str = "") -> FoundReading:
    """Findings without lines: those are worked out from the quotes.

    Args:
        answer: what the model said.
        source: the model's name.
        most: how many reports are read: a bound on work. The first ones count.
        lens: which question it answers.
    """
    findings = tuple(_finding(item, source, lens) for item in answer.findings[:most])
    return FoundReading(findings, max(0, len(answer.findings) - most), tuple(answer.unreadable))


def _finding(item: FoundItem, source: str, lens: str) -> Finding:
    return Finding(
        path=item.path,
        lines=None,
        quote=item.quote,
        category=item.category,
        severity=item.severity,
        confidence=item.confidence,
        claim=item.claim,
        trigger=item.trigger,
        consequence=item.consequence,
        source=source,
        needs=tuple(item.needs),
        lens=lens,
    )


def read_verdict(answer: CheckAnswer, by: str) -> Verdict:
    """The vote of a model."""
    return Verdict(answer.verdict, by, answer.reason, answer.introduced)
