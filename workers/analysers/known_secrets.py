"""Secrets of known makers, and private keys, on the lines that a change adds: of text files of any kind.

What only its name or its use gives away is masked for models and not told here: too often it is made up.
What is *not* here: what such secrets look like (bot.parsing). A finding names the kind and repeats nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.domain.finding import SECRETS, Finding
from bot.parsing.masking import known_secrets
from bot.parsing.private_keys import KIND as PRIVATE_KEY
from bot.parsing.secret_shapes import PLACEHOLDER
from bot.parsing.telling_tests import is_for_tests
from workers.analysers.rules import RULES, Rule, SourceText, rules_of_table
from workers.ports import Analysis, SourceFile

LEAST_CHARACTERS: Final = 8
"""Different characters of a secret; `ghp_000…` has fewer."""
LONGEST_ROW: Final = 8
"""Neighbours in the alphabet, or digits that count up, in a row: `12345678` is made up."""

_FOR_TRYING = re.compile(r"[sr]k_test_")


def secret_rule() -> Rule:
    """What a hit means."""
    return rules_of_table(RULES / "text" / "secret-rules.toml")["known-secret"]


@dataclass(frozen=True, slots=True)
class KnownSecrets:
    """Looks for secrets as an `Analyser`. It makes no file read, since it has one question only."""

    rule: Rule

    @property
    def name(self) -> str:
        """As in `Finding.source`."""
        return SECRETS

    async def analyse(self, files: Sequence[SourceFile]) -> Analysis:
        """Look at every file but those for tests, whose secrets are made up."""
        findings = await asyncio.to_thread(self._findings, files)
        return Analysis(findings, whole=frozenset(file.path for file in files))

    def _findings(self, files: Sequence[SourceFile]) -> tuple[Finding, ...]:
        return tuple(finding for file in files if not is_for_tests(file.path) for finding in self._of(file))

    def _of(self, file: SourceFile) -> Iterator[Finding]:
        added = file.diff.changed_lines()
        if not added:
            return
        source = SourceText.of(file.path, file.text)
        last = 0
        for line, kind in _secrets(file.text):
            if line in added and not (kind == PRIVATE_KEY and line == last + 1):
                yield source.finding(self.rule, f"{self.name}:{kind}", line, line, kind)
            last = line if kind == PRIVATE_KEY and line in added else 0


def _secrets(text: str) -> Iterator[tuple[int, str]]:
    """Line and kind of each secret that is none of an example."""
    line, at = 1, 0
    for start, end, kind in known_secrets(text):
        line, at = line + text.count("\n", at, start), start
        if kind == PRIVATE_KEY or not _is_made_up(text[start:end]):
            yield line, kind


def _is_made_up(secret: str) -> bool:
    if PLACEHOLDER.search(secret) or _FOR_TRYING.match(secret) or len(set(secret[4:])) < LEAST_CHARACTERS:
        return True
    row = 1
    for one, other in pairwise(secret):
        row = row + 1 if ord(other) - ord(one) == 1 else 1
        if row >= LONGEST_ROW:
            return True
    return False
