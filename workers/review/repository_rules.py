"""What a repository's policy asks of reviews of some files: its rules, and instructions by path.

They come from the base branch, so they are trusted more than the change. To a model they are data all the
same, under a heading that nobody else can write, since it holds the fence's token.

What is *not* here: rules in prose files of the repository (workers.context.guidelines), and the sentences
that go with them (workers.review.wishes).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bot.domain.finding import Category, Finding
from bot.domain.policy import PathInstructions, Policy, Rule
from bot.parsing.paths import matching_paths
from workers.review.change import tokens
from workers.review.untrusted import one_line, visible

RULES = "Rules of this repository"
INSTRUCTIONS = "What this repository asks of reviews of these files"
ID_LIMIT = 80
CLAIM_LIMIT = 300
"""Characters of a rule's text that stand in for the claim of a finding that names nothing but the rule."""

_NAMED = re.compile(r"[\s*_`]*\[([^\[\]\n]{1,100})\][\s*_`:,.-]*")

Holds = Callable[[str], bool]
"""Whether something is meant for a path."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about the files of one question.

    Attributes:
        paths: the files.
        rules, instructions: those that hold for at least one of them, in the policy's order.
        left_out: ids and paths of what there was no room for.
    """

    paths: tuple[str, ...] = ()
    rules: tuple[tuple[Rule, Holds], ...] = ()
    instructions: tuple[PathInstructions, ...] = ()
    left_out: tuple[str, ...] = ()

    def texts(self, nonce: str) -> tuple[str, ...]:
        """For the material: the rules, and the instructions, where there are any."""
        parts = (
            (RULES, [rule_text(rule) for rule, _ in self.rules]),
            (INSTRUCTIONS, [instruction_text(one) for one in self.instructions]),
        )
        return tuple(headed(title, "\n".join(texts), nonce) for title, texts in parts if texts)

    def named(self, finding: Finding) -> Finding:
        """The finding under the rule whose id its claim begins with; as it is where it names none of these.

        What such a finding is, and how bad, is the policy's word and not the model's.
        """
        match = _NAMED.match(finding.claim)
        rule = self._rule(match[1], finding.path) if match else None
        if rule is None or match is None:
            return finding
        claim = finding.claim[match.end() :].strip() or one_line(rule.text.strip(), CLAIM_LIMIT)
        return replace(finding, claim=claim, rule=rule.id, severity=rule.severity, category=Category.RULE)

    def _rule(self, name: str, path: str) -> Rule | None:
        """The rule of this id that holds for a file; a path that a model spelt in its own way may be any."""
        wanted = name.strip(" *_`").casefold()
        return next(
            (
                rule
                for rule, holds in self.rules
                if rule.id.casefold() == wanted and (path not in self.paths or holds(path))
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class RepositoryRules:
    """The policy's rules and instructions, each with the files that it holds for."""

    rules: tuple[tuple[Rule, Holds], ...] = ()
    instructions: tuple[tuple[PathInstructions, Holds], ...] = ()

    @classmethod
    def of(cls, policy: Policy) -> RepositoryRules:
        """Those of a policy.

        Raises:
            PolicyError: a pattern cannot be used.
        """
        return cls(
            tuple((rule, _holds(rule.paths, "rules")) for rule in policy.rules),
            tuple((one, _holds(one.paths, "instructions")) for one in policy.path_instructions),
        )

    def asked(self, paths: Sequence[str], most: int) -> Asked:
        """What is asked about some files, in at most so many tokens: what does not fit is named."""
        rules: list[tuple[Rule, Holds]] = []
        instructions: list[PathInstructions] = []
        left_out: list[str] = []
        for rule, holds in self.rules:
            if not any(map(holds, paths)):
                continue
            if (size := tokens(rule_text(rule)) + 1) > most:
                left_out.append(rule.id)
            else:
                rules.append((rule, holds))
                most -= size
        for one, holds in self.instructions:
            if not any(map(holds, paths)):
                continue
            if (size := tokens(instruction_text(one)) + 1) > most:
                left_out.append(", ".join(one.paths))
            else:
                instructions.append(one)
                most -= size
        return Asked(tuple(paths), tuple(rules), tuple(instructions), tuple(left_out))


def headed(title: str, text: str, nonce: str) -> str:
    """A part of the material that only we can have written: its heading and its end hold the token."""
    return f"{title} ({nonce}):\n{text}\n(end of {nonce})"


def rule_text(rule: Rule) -> str:
    """`[ID] text`, with the files that it holds for where those are not all."""
    paths = f"(for {_files(rule.paths)}) " if rule.paths else ""
    return f"[{one_line(rule.id, ID_LIMIT)}] {paths}{visible(rule.text.strip())}"


def instruction_text(one: PathInstructions) -> str:
    """The files, and what is asked."""
    return f"{_files(one.paths)}:\n{visible(one.text.strip())}"


def _files(patterns: Sequence[str]) -> str:
    return ", ".join(one_line(pattern, 200) for pattern in patterns)


def _holds(patterns: Sequence[str], key: str) -> Holds:
    """Whether gitignore patterns match a path; none at all mean every path."""
    if not patterns:
        return lambda _: True
    matching = matching_paths(patterns, key)
    return cache(lambda path: matching(path) is not None)  # asked again for each question
