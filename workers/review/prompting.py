"""Builds the questions for models from the templates in prompts/.

The stable part comes first, so that providers can cache it; the question comes last.
What is *not* here: the words themselves (prompts/), and how code is shown (workers.review.bundles).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template
from types import MappingProxyType

from bot.domain.finding import Category, Finding, Severity
from workers.ports import Prompt
from workers.review.bundles import Bundle
from workers.review.change import Change
from workers.review.untrusted import fenced, one_line, visible

FIND = "find-1"
CROSS_CHECK = "cross-check-1"
TITLE_LIMIT = 300
BODY_LIMIT = 4_000

CATEGORIES = MappingProxyType(
    {
        Category.WRONG_CONDITION: "a condition, branch or formula that comes to the wrong result",
        Category.BOUNDARY: "first, last, empty, zero, overflow, off by one, rounding, units, time zones",
        Category.MISSING_CHECK: "a guard, validation, null check or case that is needed and not there",
        Category.ERROR_HANDLING: "a failure that is swallowed, misreported, or leaves things half done",
        Category.RESOURCE: "something opened, locked, started or allocated that is not given back",
        Category.CONCURRENCY: "a race, a deadlock, a missing await, state shared by accident",
        Category.API_MISUSE: "a function, library or protocol used against what it does",
        Category.SECURITY: "injection, missing permission check, leaked secret, unsafe default",
        Category.DATA_LOSS: "data that is lost, overwritten, duplicated or corrupted",
        Category.TYPE: "a value of the wrong type or shape that gets through at run time",
        Category.CONTRACT: "code that no longer does what its callers, its name or its counterpart rely on",
        Category.RULE: "a rule of this repository that the material states and the change breaks",
        Category.PERFORMANCE: "cost that grows without bound with input",
        Category.TEST: "a test that cannot fail, or that checks the wrong thing",
        Category.DOCUMENTATION: "documentation that makes its readers do something wrong",
    }
)
SEVERITIES = MappingProxyType(
    {
        Severity.CRITICAL: "lost or corrupted data, a security hole, an outage, in ordinary use",
        Severity.HIGH: "a wrong result or a crash that ordinary use will meet",
        Severity.MEDIUM: "a wrong result or a crash in less usual but realistic circumstances",
        Severity.LOW: "a small wrong effect, or one that needs rare circumstances",
    }
)


def find_prompt(change: Change, bundle: Bundle, nonce: str) -> Prompt:
    """Asks for the defects that this part of a change introduces."""
    material = "\n\n".join([_about(change), *(section.text for section in bundle.sections)])
    return Prompt(_find_system(), _user(FIND, material, nonce), FIND)


def cross_check_prompt(finding: Finding, code: str, nonce: str) -> Prompt:
    """Asks whether one finding is true.

    Args:
        finding: the claim.
        code: the piece of the change it is about, as a model sees it.
        nonce: fences the material.
    """
    claim = "\n".join(
        f"{name}: {visible(text)}"
        for name, text in (
            ("File", one_line(finding.path)),
            ("Lines at fault", "\n" + finding.quote),
            ("Claim", finding.claim),
            ("Trigger", finding.trigger),
            ("Consequence", finding.consequence),
        )
    )
    return Prompt(
        _template(CROSS_CHECK, "system"), _user(CROSS_CHECK, f"{claim}\n\n{code}", nonce), CROSS_CHECK
    )


def _about(change: Change) -> str:
    """Title and description, cut and made visible."""
    body = visible(change.body.replace("\r\n", "\n")).strip()
    if len(body) > BODY_LIMIT:
        body = f"{body[:BODY_LIMIT]}… (the description goes on)"
    return f"Title: {one_line(change.title, TITLE_LIMIT)}\nDescription:\n{body or '(none)'}"


def _user(name: str, material: str, nonce: str) -> str:
    return Template(_template(name, "user")).substitute(nonce=nonce, material=fenced(material, nonce))


@cache
def _find_system() -> str:
    """The same text for every review."""
    return Template(_template(FIND, "system")).substitute(
        categories="\n".join(f"  - {category}: {words}" for category, words in CATEGORIES.items()),
        severities="\n".join(f"  - {severity}: {words}" for severity, words in SEVERITIES.items()),
    )


@cache
def _template(name: str, part: str) -> str:
    return files("prompts").joinpath(f"{name}.{part}.txt").read_text(encoding="utf-8")
