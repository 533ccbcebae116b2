"""`/ai-review tests`: proposed tests for what is open, else for what changed. None of them is run.

What is *not* here: how a test is asked for and found fit to be shown (workers.review.failing_tests).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from bot.domain.finding import MarkedFinding
from bot.domain.ledger import TOLD
from bot.github.standing import fetch_standing
from bot.parsing.paths import matching_paths
from bot.parsing.telling_tests import is_for_tests
from bot.rendering.proposals import change_test, proposed_test
from bot.rendering.replies import CLOSED, NO_MODEL, NO_TEST, NOTHING_TO_TEST
from workers.commands.desk import Outcome, Task
from workers.commands.looking import Look, looking
from workers.commands.threads import told_findings
from workers.context.grammars import grammar_of
from workers.ports import SourceFile
from workers.review.failing_tests import propose_change_test, propose_test

MOST_TESTS: Final = 3


async def propose_tests(task: Task) -> Outcome:
    """Up to three tests in one answer: for the worst open findings, or for the files that changed most."""
    if not task.pull.is_open:
        return Outcome(done=False, text=CLOSED)
    async with looking(task.desk, task.pull) as look:
        if look is None:
            return Outcome(done=False, text=NO_MODEL)
        findings = await _open_findings(task, look)
        files = [] if findings else _changed_most(look)
        if not findings and not files:
            return Outcome(done=False, text=NOTHING_TO_TEST)
        texts = await asyncio.gather(
            *(_for_finding(marked, look) for marked in findings), *(_for_change(file, look) for file in files)
        )
    shown = [text for text in texts if text]
    return Outcome(done=True, text="\n\n---\n\n".join(shown)) if shown else Outcome(done=False, text=NO_TEST)


async def _open_findings(task: Task, look: Look) -> Sequence[MarkedFinding]:
    """The worst findings that stand, in files of this change that a test could be written for."""
    standing = await fetch_standing(task.desk.github, task.request.ref)
    paths = {file.path for file in look.files if grammar_of(file.path)}
    told = [
        marked
        for marked in told_findings(task.desk, task.request.ref, standing)
        if marked.disposition.fate in TOLD and marked.finding.path in paths
    ]
    return sorted(told, key=lambda marked: marked.finding.severity.rank)[:MOST_TESTS]


def _changed_most(look: Look) -> list[SourceFile]:
    """Changed code that is no test itself and that policy does not leave out, the longest change first."""
    ignored = matching_paths(look.policy.ignore, "ignore")
    files = [
        file
        for file in look.files
        if file.text and grammar_of(file.path) and not is_for_tests(file.path) and not ignored(file.path)
    ]
    return sorted(files, key=lambda file: (-_added(file), file.path))[:MOST_TESTS]


def _added(file: SourceFile) -> int:
    """How many lines the change adds."""
    return len(file.diff.changed_lines())


async def _for_finding(marked: MarkedFinding, look: Look) -> str:
    proposal = await propose_test(marked, look.change, look.files, look.finder, look.engine, look.deadline)
    return proposed_test(marked, proposal.test) if proposal.test else ""


async def _for_change(file: SourceFile, look: Look) -> str:
    proposal = await propose_change_test(file, look.change, look.finder, look.engine, look.deadline)
    return change_test(file.path, proposal.test) if proposal.test else ""
