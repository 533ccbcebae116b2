"""One policy file: its text, checked, with the line of everything that it says.

What is *not* here: several files on each other (bot.parsing.policies.levels).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from typing import Final

from pydantic import ValidationError

from bot.domain.policy import Policy
from bot.errors import PolicyError
from bot.parsing.policies.keys import PolicyFile
from bot.parsing.policies.mistakes import policy_errors
from bot.parsing.policies.policy_of import policy_of
from bot.parsing.policies.values import Room
from bot.parsing.policies.yaml_tree import Location, Tree, read_tree

MOST_MISTAKES: Final = 20


@dataclass(frozen=True, slots=True)
class PolicyText:
    """What a file says.

    Attributes:
        said: its keys; `model_fields_set` names those that are in the file and not empty.
        lines: line of every key and list item: `ignore`, `ignore[2]`, `rules[0].text`.
    """

    said: PolicyFile = field(default_factory=PolicyFile)
    lines: Mapping[str, int] = field(default_factory=dict)


def parse_policy(text: str) -> Policy:
    """The policy that a file alone asks for; an empty file asks for the defaults, and so does an empty key.

    Raises:
        PolicyError: with place and key of the first mistake.
    """
    return policy_of(read_policy_text(text).said)


def read_policy_text(text: str) -> PolicyText:
    """What a file says.

    Raises:
        PolicyError: with place and key of the first mistake.
    """
    tree = read_tree(text)
    said, mistakes = _validated(tree)
    for mistake in mistakes:
        raise mistake
    return PolicyText(said, {_dotted(location): place.line for location, place in tree.places.items()})


def mistakes_in(text: str, most: int = MOST_MISTAKES) -> tuple[PolicyError, ...]:
    """The first mistakes of a file, in its order; where it is no YAML, there is only one."""
    try:
        tree = read_tree(text)
    except PolicyError as error:
        return (error,)
    return tuple(islice(_validated(tree)[1], most))


def _validated(tree: Tree) -> tuple[PolicyFile, Iterator[PolicyError]]:
    """The values as keys, or their mistakes in the order of the file."""
    if tree.values is None:
        return PolicyFile(), iter(())
    if not isinstance(tree.values, dict):
        sentence = "the policy file must consist of `key: value` lines"
        return PolicyFile(), iter((PolicyError(sentence, line=1, column=1),))
    try:
        return PolicyFile.model_validate(tree.values, context=Room()), iter(tree.mistakes)
    except ValidationError as error:
        return PolicyFile(), _merged(tree, policy_errors(error.errors(include_url=False), tree))


def _merged(tree: Tree, others: Iterator[PolicyError]) -> Iterator[PolicyError]:
    """Both kinds of mistakes by their place; each is in order by itself."""
    return merge(tree.mistakes, others, key=lambda error: (error.line or 0, error.column or 0))


def _dotted(location: Location) -> str:
    """`rules[0].text`: the way to something, for who knows the keys."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)[1:]
