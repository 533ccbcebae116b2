"""The bare prompt: title, description and raw diff in one question. What the engine has to be better than.

What is *not* here: an engine. Nothing is checked, and lines are those that the model gives.
"""

from __future__ import annotations

from string import Template

from pydantic import BaseModel

from bot.domain.finding import Category, Finding, LineRange, Severity
from workers.ports import Prompt
from workers.templates import words

NAIVE = "naive-1"
CONTEXT_LINES = 25
"""Unchanged lines around each hunk of the raw diff."""


class BareItem(BaseModel):
    """One bug."""

    path: str
    line: int
    claim: str
    confidence: float


class BareAnswer(BaseModel):
    """At most six bugs."""

    findings: list[BareItem]


def bare_prompt(title: str, body: str, diff: str) -> Prompt:
    """The whole change as it is, without fence or numbers."""
    material = f"Title: {title}\n\n{body}\n\n{diff}"
    return Prompt(_words("system"), Template(_words("user")).substitute(material=material), NAIVE)


def bare_findings(answer: BareAnswer, source: str) -> tuple[Finding, ...]:
    """As findings, so that one yardstick measures both."""
    return tuple(
        Finding(
            path=item.path,
            lines=LineRange(item.line, item.line),
            quote="",
            category=Category.CONTRACT,
            severity=Severity.MEDIUM,
            confidence=item.confidence,
            claim=item.claim,
            trigger="",
            consequence="",
            source=source,
        )
        for item in answer.findings
    )


def _words(part: str) -> str:
    """With a line feed at the end: recorded answers are found by what was asked, to the letter."""
    return f"{words(f'{NAIVE}.{part}')}\n"
