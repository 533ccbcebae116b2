"""The second opinion: one narrow question a cluster of like findings, all in parallel, spent where it pays.

`verify` asks about findings that the finding model itself is not sure of, `strict` about all. A refuted
finding is not posted; the next one of its cluster is then asked about. What the second model cannot tell
either is held back unless the first was fairly sure. A checker that could not be asked leaves a finding
standing, unverified.
What is *not* here: what a question shows (workers.review.questions), and raising confidence by agreement.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.finding import Disposition, Fate, MarkedFinding, Ruling, Verdict
from bot.domain.policy import CrossCheck, Policy, Rule
from bot.domain.review import Usage, total
from workers.ports import Model, SourceFile, Unanswered
from workers.review.change import OUT_OF_TIME, Change, Engine, Limits
from workers.review.duplicates import repeats
from workers.review.evidence import STANDING
from workers.review.gaps import gap_of
from workers.review.questions import Questions
from workers.review.reading import CheckAnswer, read_verdict
from workers.review.timing import Deadline

NOT_ASKED = "could not be asked"
UNSURE_TOO = "neither model is sure"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings with their verdicts.

    Attributes:
        unanswered: how many questions got no answer.
        answered: how many got one.
    """

    findings: tuple[MarkedFinding, ...]
    usage: Usage = field(default_factory=Usage)
    unanswered: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Checking:
    """Who is asked about which findings.

    Attributes:
        strict: whether all findings are asked about, not only those that are not sure.
        rules: of the policy: what breaks one is judged by it.
    """

    model: Model
    strict: bool = False
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class _Vote:
    verdict: Verdict
    usage: Usage = field(default_factory=Usage)
    answered: bool = True


def checking(engine: Engine, policy: Policy) -> Checking | None:
    """The second question that policy and operator ask for together; None for none."""
    mode = policy.cross_check or (CrossCheck.VERIFY if engine.cross_checker else CrossCheck.OFF)
    model = engine.cross_checker or engine.finder
    if engine.finder is None or model is None or mode is CrossCheck.OFF:
        return None
    return Checking(model, strict=mode is CrossCheck.STRICT, rules=policy.rules)


async def cross_check(
    change: Change,
    findings: Sequence[MarkedFinding],
    files: Sequence[SourceFile],
    check: Checking,
    engine: Engine,
    deadline: Deadline,
) -> Checked:
    """Ask about the findings that still stand and repeat no other that does; keep the order."""
    checked = list(findings)
    votes: list[_Vote] = []
    questions = Questions(change, files, engine, deadline, check.rules)
    while asked := _open(checked, check, engine.limits):
        answers = await deadline.gather([_ask(checked[index], questions, check.model) for index in asked])
        for index, answer in zip(asked, answers, strict=True):
            vote = answer or _silence(check.model, OUT_OF_TIME.reason)
            votes.append(vote)
            checked[index] = _with(checked[index], vote, engine.limits)
    answered = sum(vote.answered for vote in votes)
    return Checked(tuple(checked), total(vote.usage for vote in votes), len(votes) - answered, answered)


def _open(findings: Sequence[MarkedFinding], check: Checking, limits: Limits) -> list[int]:
    """Indexes of the findings to ask about next: one a cluster, none that has its verdict.

    What a picture shows has no lines: it cannot be looked up in code.
    """
    repeated = repeats(findings)
    return [
        index
        for index, marked in enumerate(findings)
        if marked.disposition.fate in STANDING
        and index not in repeated
        and not marked.verdicts
        and marked.finding.lines is not None
        and (check.strict or marked.finding.confidence < limits.verify_below)
    ]


async def _ask(marked: MarkedFinding, questions: Questions, model: Model) -> _Vote:
    question = await questions.about(marked)
    if question is None:
        return _silence(model, OUT_OF_TIME.reason)
    answer = await model.ask(question.prompt, CheckAnswer, question.lookup)
    if isinstance(answer, Unanswered):
        _log.warning("A finding could not be cross-checked: %s", answer.error)
        return _silence(model, gap_of(answer.error).reason, answer.usage)
    return _Vote(read_verdict(answer.value, model.name), answer.usage)


def _silence(model: Model, why: str, usage: Usage | None = None) -> _Vote:
    verdict = Verdict(Ruling.UNSURE, model.name, f"{NOT_ASKED}: {why}")
    return _Vote(verdict, usage or Usage(), answered=False)


def _with(marked: MarkedFinding, vote: _Vote, limits: Limits) -> MarkedFinding:
    """The finding with its verdict, and the fate that follows."""
    disposition, verdict = marked.disposition, vote.verdict
    if verdict.ruling is Ruling.REFUTED:
        disposition = Disposition(Fate.REFUTED, verdict.reason)
    elif verdict.ruling is Ruling.CONFIRMED and not verdict.introduced:
        disposition = Disposition(Fate.PRE_EXISTING, verdict.reason)
    elif vote.answered and verdict.ruling is Ruling.UNSURE and _is_weak(marked, limits):
        disposition = Disposition(Fate.SUPPRESSED, f"{UNSURE_TOO}: {verdict.reason}")
    return replace(marked, verdicts=(*marked.verdicts, verdict), disposition=disposition)


def _is_weak(marked: MarkedFinding, limits: Limits) -> bool:
    return marked.finding.confidence < limits.unsure_least
