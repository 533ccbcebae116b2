"""A bug rule in our words, and how it becomes a finding on given lines.

What is *not* here: the rules themselves (`rules/`) and the tools that match them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from bot.domain.finding import Category, Finding, LineRange, Severity

RULES = Path(__file__).with_name("rules")
"""Folder of the rule files, shipped with the package."""

LONGEST_QUOTE = 12
"""Lines; of a longer match the first line says where to look."""
_LONGEST_NAME = 60  # characters of an identifier that is repeated in a claim


@dataclass(frozen=True, slots=True)
class Rule:
    """What a match of one rule means.

    Attributes:
        confidence: 0 to 1: how often a match in real code is a defect, judged from probes of public code.
        claim, trigger, consequence: sentences for people; `{name}` stands for the identifier concerned.
    """

    category: Category
    severity: Severity
    confidence: float
    claim: str
    trigger: str
    consequence: str

    @staticmethod
    def from_mapping(raw: Mapping[str, object]) -> Rule:
        """Read a rule from a parsed rule file.

        Raises:
            KeyError, ValueError: when the rule file is wrong, which a test finds before a user does.
        """
        return Rule(
            Category(str(raw["category"])),
            Severity(str(raw["severity"])),
            float(str(raw["confidence"])),
            _one_line(raw["claim"]),
            _one_line(raw["trigger"]),
            _one_line(raw["consequence"]),
        )


@cache
def rules_of_table(file: Path) -> Mapping[str, Rule]:
    """Rules by code, in the order of a TOML file with `[[rule]]` entries that share wording among `codes`.

    A file is read once in a process: it is part of the package.
    """
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    rules = {code: Rule.from_mapping(entry) for entry in table["rule"] for code in entry["codes"]}
    return MappingProxyType(rules)


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


@dataclass(frozen=True, slots=True)
class SourceText:
    """Text of a file as numbered lines, as git counts them: a line ends at a line feed and nowhere else."""

    path: str
    lines: tuple[str, ...]

    @staticmethod
    def of(path: str, text: str) -> SourceText:
        """Cut a text into lines; a CR before the line feed stays part of its line."""
        lines = text.split("\n")
        return SourceText(path, tuple(lines[:-1] if lines[-1] == "" else lines))

    def quote(self, start: int, end: int) -> str:
        """Lines `start` to `end`, 1-based, both included, without the last line feed."""
        return "\n".join(self.lines[start - 1 : end])

    def finding(self, rule: Rule, source: str, start: int, end: int, name: str = "") -> Finding:
        """A finding of `source` on lines `start..end`; of a long range on the first line only.

        Lines are cut to those that exist. `name` takes the place of `{name}` in the rule's sentences.
        """
        start = min(max(start, 1), max(len(self.lines), 1))
        end = min(max(end, start), max(len(self.lines), 1))
        if end - start >= LONGEST_QUOTE:
            end = start
        shown = name[:_LONGEST_NAME] or "it"
        return Finding(
            path=self.path,
            lines=LineRange(start, end),
            quote=self.quote(start, end),
            category=rule.category,
            severity=rule.severity,
            confidence=rule.confidence,
            claim=rule.claim.replace("{name}", shown),
            trigger=rule.trigger.replace("{name}", shown),
            consequence=rule.consequence.replace("{name}", shown),
            source=source,
        )


def git_line_numbers(text: str) -> tuple[int, ...]:
    """Where Python's lines stand in git's count: entry `n-1` is the git line of Python's line `n`.

    Python also ends a line at a CR that no line feed follows; git does not.
    """
    numbers = [1]
    for ending in re.finditer("\r\n|\r|\n", text):
        numbers.append(numbers[-1] + (ending.group() != "\r"))
    return tuple(numbers)
