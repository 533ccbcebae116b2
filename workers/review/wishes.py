"""What a question asks beyond its lens, because of the policy, of linked issues or of pictures.

Without any of them the question stays byte for byte what it is: its quality was measured.
What is *not* here: the words themselves (prompts/also-*.txt), and the material that they speak of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Template

from bot.domain.policy import CATEGORIES_OFF_BY_DEFAULT, Policy
from workers.ports import Image
from workers.review.change import Change
from workers.review.repository_rules import Asked
from workers.review.vocabulary import CATEGORIES
from workers.templates import words


@dataclass(frozen=True, slots=True)
class Wishes:
    """Additions to a question; the default is none.

    Attributes:
        names: of the templates, for records.
        words: one or more sentences each.
        images: shown with the question.
    """

    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()


NO_WISHES = Wishes()


def wishes_of(
    policy: Policy, change: Change, asked: Asked, nonce: str, images: tuple[Image, ...] = ()
) -> Wishes:
    """Everything that goes with the questions about one part of a change.

    Args:
        asked: what the policy asks about these files.
        nonce: of the fence; sentences name it where they speak of a heading.
    """
    names = tuple(_names(policy, change, asked, images))
    on = [
        f"  - {category}: {CATEGORIES[category]}"
        for category in CATEGORIES
        if category in _switched_on(policy)
    ]
    said = {"nonce": nonce, "categories": "\n".join(on)}
    return Wishes(names, tuple(Template(words(f"also-{name}")).substitute(said) for name in names), images)


def _names(policy: Policy, change: Change, asked: Asked, images: tuple[Image, ...]) -> Iterator[str]:
    if asked.rules:
        yield "rules-1"
    if asked.instructions:
        yield "instructions-1"
    if _switched_on(policy):
        yield "categories-1"
    if change.issues:
        yield "intent-1"
    if images:
        yield "images-1"


def _switched_on(policy: Policy) -> frozenset[object]:
    """Categories that are off unless a policy wants them, and that this one wants."""
    return CATEGORIES_OFF_BY_DEFAULT - policy.categories_off
