"""What the second model is shown of one finding: the code it is about, and what it hangs on, looked up.

What is *not* here: the words around it (prompts/cross-check-*.txt), and what follows from an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.finding import MarkedFinding
from bot.domain.policy import Rule
from bot.errors import GitHubError
from workers.context.enclosing import Excerpt
from workers.context.lookup import BoundedLookup, LookLimits
from workers.context.related import definitions_of
from workers.ports import CodeLookup, Prompt, SourceFile
from workers.review.background import related_text
from workers.review.change import Change, Engine, tokens
from workers.review.prompting import about_change, cross_check_prompt
from workers.review.shown_code import code_of, pieces_of
from workers.review.timing import Deadline
from workers.review.untrusted import visible

CODE_LINES = 400
"""Lines of code that one question shows at most."""
LOOKED_UP_TOKENS = 2_500
"""Code from elsewhere that one question shows at most."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and the looks into the code base that go with it, where there is one."""

    prompt: Prompt
    lookup: CodeLookup | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a question about a finding shows: its code, code from elsewhere, and the looks that go with it."""

    code: str
    beside: str
    lookup: CodeLookup | None


@dataclass(frozen=True, slots=True)
class Questions:
    """Makes the questions about the findings of one change; each file is cut into pieces once.

    Attributes:
        rules: of the policy: a finding that breaks one is judged by it.
    """

    change: Change
    files: Sequence[SourceFile]
    engine: Engine
    deadline: Deadline
    rules: Sequence[Rule] = ()
    _pieces: dict[str, Sequence[Excerpt]] = field(default_factory=dict)

    async def about(self, marked: MarkedFinding) -> Question | None:
        """The question about one finding; None where its file is not at hand or time ran out."""
        shown = await self.shown(marked)
        if shown is None:
            return None
        prompt = cross_check_prompt(
            marked.finding,
            shown.code,
            self.engine.nonce(),
            about=about_change(self.change),
            beside=shown.beside,
            rule=self.rule_of(marked),
        )
        return Question(prompt, shown.lookup)

    def rule_of(self, marked: MarkedFinding) -> Rule | None:
        """The policy's rule that a finding says is broken."""
        return next((rule for rule in self.rules if rule.id == marked.finding.rule), None)

    async def shown(self, marked: MarkedFinding) -> Shown | None:
        """The code that any question about a finding shows; None where it is not at hand or time ran out."""
        pieces = await self._pieces_of(marked.finding.path)
        if pieces is None:
            return None
        return Shown(
            code_of(marked.finding, pieces, CODE_LINES), await self._looked_up(marked), self._lookup()
        )

    async def _pieces_of(self, path: str) -> Sequence[Excerpt] | None:
        """Excerpts of a changed file."""
        if path not in self._pieces:
            file = next((file for file in self.files if file.path == path), None)
            if file is None:
                return None
            most = self.engine.limits.enclosing_lines
            [made] = await self.deadline.gather([asyncio.to_thread(pieces_of, file, most)])
            if made is None:
                return None
            self._pieces[path] = made
        return self._pieces[path]

    async def _looked_up(self, marked: MarkedFinding) -> str:
        """Definitions of what the finding hangs on; what cannot be had is left out, the checker can look."""
        if self.engine.code is None or not marked.finding.needs:
            return ""
        try:
            found = definitions_of(marked.finding.needs, self.engine.code, marked.finding.path)
            [pieces] = await self.deadline.gather([found])
        except GitHubError:
            return ""
        text = related_text(pieces or ())
        while pieces and tokens(text) > LOOKED_UP_TOKENS:
            pieces = pieces[:-1]
            text = related_text(pieces)
        return f"Looked up:\n{text}" if text else ""

    def _lookup(self) -> CodeLookup | None:
        if self.engine.code is None:
            return None
        return BoundedLookup(self.engine.code, visible, LookLimits(seconds=self.engine.limits.look_seconds))
