"""Builds the questions for models from the templates in prompts/.

The stable part comes first, so that providers can cache it; the question comes last.
What is *not* here: the words themselves (prompts/), and how code is shown (workers.review.bundles).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from string import Template
from types import MappingProxyType

from bot.domain.finding import Finding
from bot.domain.policy import Rule
from workers.analysers.languages import (
    CPP,
    GO,
    JAVA,
    JAVASCRIPT,
    PYTHON,
    RUBY,
    RUST,
    TYPESCRIPT,
    C,
    language_of,
)
from workers.ports import Prompt
from workers.review.bundles import Bundle
from workers.review.change import Change
from workers.review.intent import issues_text
from workers.review.lenses import Lens
from workers.review.repository_rules import headed, rule_text
from workers.review.untrusted import fenced, one_line, visible
from workers.review.vocabulary import CATEGORIES, SEVERITIES
from workers.review.wishes import NO_WISHES, Wishes
from workers.templates import words

FIND = "find-2"
LENS_VERSION = 1
CROSS_CHECK = "cross-check-2"
BROKEN = "Rule of this repository"
BROKEN_RULE = "broken-rule-1"
_NOTES: Mapping[str, str] = MappingProxyType(
    {
        PYTHON: "python",
        JAVASCRIPT: "javascript",
        TYPESCRIPT: "javascript",
        GO: "go",
        RUST: "rust",
        RUBY: "ruby",
        JAVA: "java",
        C: "c",
        CPP: "c",
        "SQL": "sql",
    }
)
TITLE_LIMIT = 300
BODY_LIMIT = 4_000
AGAIN = "again-1"


def find_prompts(
    change: Change,
    bundle: Bundle,
    beside: Sequence[str],
    asked: Sequence[Lens],
    nonce: str,
    wishes: Wishes = NO_WISHES,
    *,
    shared: bool = False,
) -> tuple[Prompt, ...]:
    """Asks for the defects that this part of a change introduces, one question a lens.

    Args:
        beside: what is shown with the changed files; empty texts are left out.
        nonce: fences the material; all questions share it, so that they share a provider's cache.
        wishes: what each question asks beyond its lens.
        shared: whether a single question may be asked again, so that it pays to have its material kept.
    """
    parts = [about_change(change), *(section.text for section in bundle.sections), *beside]
    user = _user(FIND, parts, nonce)
    notes = language_notes(bundle.paths)
    prompts = [
        Prompt(_find_system(), user, _name(lens, wishes), _question(lens, notes, wishes), wishes.images)
        for lens in asked
    ]
    if len(prompts) == 1 and not shared:  # it would only cost what it costs to keep the material
        prompts = [replace(prompts[0], user=prompts[0].text, question="")]
    return tuple(prompts)


def asked_again(prompt: Prompt, number: int, of: int) -> Prompt:
    """The same question for another answer, the `number`-th of so many; the material stays as it was.

    It differs in its last words, so that no cache of whole answers gives the first one again.
    """
    last = Template(words(AGAIN)).substitute(number=number, of=of)
    question = "\n".join(part for part in (prompt.question, last) if part)
    return replace(prompt, name=f"{prompt.name}+{AGAIN}", question=question, sample=number - 1)


def language_notes(paths: Sequence[str]) -> str:
    """The traps of the languages that these files are written in; empty where none is known."""
    names = dict.fromkeys(_NOTES[language] for path in paths if (language := _language(path)) in _NOTES)
    if not names:
        return ""
    return "\n".join(
        ["", "Traps of the languages at hand:", *(words(f"language-{name}-1") for name in names)]
    )


def _language(path: str) -> str:
    return "SQL" if path.lower().endswith(".sql") else language_of(path) or ""


def _name(lens: Lens, wishes: Wishes) -> str:
    return "+".join([f"{FIND}/{lens}-{LENS_VERSION}", *wishes.names])


def _question(lens: Lens, notes: str, wishes: Wishes) -> str:
    """Wishes come first: the last words say what has to be answered."""
    return "\n".join(
        [*wishes.words, Template(words(f"lens-{lens}-{LENS_VERSION}")).substitute(languages=notes)]
    )


def cross_check_prompt(
    finding: Finding, code: str, nonce: str, *, about: str = "", beside: str = "", rule: Rule | None = None
) -> Prompt:
    """Asks whether one finding is true.

    Args:
        finding: the claim.
        code: the piece of the change it is about, as a model sees it.
        nonce: fences the material.
        about: title and description of the change.
        beside: definitions of what the finding hangs on.
        rule: of the policy, that it is said to break.
    """
    return checking_prompt(CROSS_CHECK, finding, about, (code, beside), nonce, rule)


def checking_prompt(
    name: str, finding: Finding, about: str, material: Sequence[str], nonce: str, rule: Rule | None = None
) -> Prompt:
    """Asks something about one finding; arguments as in `cross_check_prompt`, `name` as in `prompt_of`."""
    if rule is None:
        return prompt_of(name, (about, report(finding), *material), nonce)
    broken = headed(BROKEN, rule_text(rule), nonce)
    prompt = prompt_of(name, (about, report(finding), broken, *material), nonce)
    sentence = Template(words(f"also-{BROKEN_RULE}")).substitute(nonce=nonce)
    return replace(prompt, name=f"{prompt.name}+{BROKEN_RULE}", user=f"{prompt.user}\n{sentence}")


def report(finding: Finding, confirmed_because: str = "") -> str:
    """A finding as a model sees it; what is empty is left out."""
    parts = (
        ("File", one_line(finding.path)),
        ("Lines at fault", "\n" + finding.quote),
        ("Claim", finding.claim),
        ("Trigger", finding.trigger),
        ("Consequence", finding.consequence),
        ("Confirmed because", confirmed_because),
    )
    return "The report:\n" + "\n".join(f"{name}: {visible(text)}" for name, text in parts if text)


def prompt_of(name: str, parts: Sequence[str], nonce: str) -> Prompt:
    """A question whose words stand under one name in prompts/, about material; empty parts are left out."""
    return Prompt(_template(name, "system"), _user(name, parts, nonce), name)


def about_change(change: Change) -> str:
    """Title and description, and the issues behind them, cut and made visible."""
    body = visible(change.body.replace("\r\n", "\n")).strip()
    if len(body) > BODY_LIMIT:
        body = f"{body[:BODY_LIMIT]}… (the description goes on)"
    told = f"Title: {one_line(change.title, TITLE_LIMIT)}\nDescription:\n{body or '(none)'}"
    issues = issues_text(change.issues)
    return f"{told}\n\n{issues}" if issues else told


def _user(name: str, parts: Sequence[str], nonce: str) -> str:
    material = fenced("\n\n".join(part for part in parts if part), nonce)
    return Template(_template(name, "user")).substitute(nonce=nonce, material=material)


@cache
def _find_system() -> str:
    """The same text for every review."""
    return Template(_template(FIND, "system")).substitute(
        categories="\n".join(f"  - {category}: {meaning}" for category, meaning in CATEGORIES.items()),
        severities="\n".join(f"  - {severity}: {meaning}" for severity, meaning in SEVERITIES.items()),
    )


def _template(name: str, part: str) -> str:
    return words(f"{name}.{part}")
