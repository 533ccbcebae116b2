"""Findings of the past under another policy: which would be told, and which held back. No model is asked.

A review applies a policy at its beginning (files), after the finding (categories, thresholds) and at its end
(the cap). The same steps are taken again here, with the same code, on findings whose fate is known. Fates
that no policy decides stay: what was refuted, unsupported or older than the change. Where the policy switches
the second question off, its verdicts are taken back.

What is *not* here: what another question, model or rule would have found, which nobody can know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bot.domain.backtest import Replayed, Telling
from bot.domain.finding import CODE_SCANNING, Disposition, Fate, Finding, MarkedFinding, kind_of
from bot.domain.ledger import SETTLED
from bot.domain.policy import CrossCheck, Policy, Rule
from bot.parsing.paths import matching_paths
from workers.review.cross_check import UNSURE_TOO
from workers.review.duplicates import SAME_DEFECT, SIMILAR_BY_LENSES, order, same_defect
from workers.review.evidence import mark
from workers.review.exclusions import excluded_by_language
from workers.review.ranking import SHOWN, fold_over_cap, is_by_policy, suppress

_EARLIER = SETTLED | {Fate.OPEN}

Unwanted = Callable[[Finding], str | None]
"""Why a policy leaves out a finding before anything is asked about it, or None."""


def replay(findings: Sequence[MarkedFinding], policy: Policy, head_sha: str = "") -> tuple[Replayed, ...]:
    """What becomes of each finding; order is kept. Under the policy that it was told by, it stays as it was.

    Args:
        findings: of one pull request, with the fates of its newest review.
        head_sha: the commit of that review; the cap holds for what was told at one commit.

    Raises:
        PolicyError: a pattern of the policy cannot be used.
    """
    now = [_by_rule(_as_asked(_as_found(marked, policy), policy), policy) for marked in findings]
    unwanted = _unwanted(policy)
    now = [_judged(marked, unwanted) for marked in now]
    now = _without_repeats(findings, suppress(now, policy))
    for told_at in {_told_at(marked, head_sha) for marked in findings}:
        group = [index for index, marked in enumerate(findings) if _told_at(marked, head_sha) == told_at]
        for index, marked in zip(group, fold_over_cap([now[at] for at in group], policy), strict=True):
            now[index] = marked
    return tuple(_replayed(before, after) for before, after in zip(findings, now, strict=True))


def unreviewed(findings: Sequence[MarkedFinding]) -> tuple[Replayed, ...]:
    """The same where there would have been no review at all."""
    return tuple(
        Replayed(marked, telling(marked), Telling.NOT_TOLD, marked.finding.severity) for marked in findings
    )


def telling(marked: MarkedFinding) -> Telling:
    """How people were told of a finding. One of an earlier review has a comment where its id is known."""
    fate = marked.disposition.fate
    if fate is Fate.POSTED or (fate in _EARLIER and marked.comment_id is not None):
        return Telling.COMMENT
    return Telling.LISTED if fate in SHOWN | _EARLIER else Telling.NOT_TOLD


def _as_found(marked: MarkedFinding, policy: Policy) -> MarkedFinding:
    """The finding as it was before a policy decided about it. What is listed for another reason stays so."""
    told = telling(marked)
    if told is Telling.COMMENT:
        return mark(marked, Fate.POSTED, "")
    if told is Telling.LISTED and not is_by_policy(marked):
        return mark(marked, Fate.UNANCHORED, "")
    if not (is_by_policy(marked) or _is_repeat(marked) or _is_taken_back(marked, policy)):
        return marked
    return mark(marked, Fate.POSTED if marked.anchor else Fate.UNANCHORED, "")


def _as_asked(marked: MarkedFinding, policy: Policy) -> MarkedFinding:
    """Without what a second question said of it where the policy asks none."""
    return replace(marked, verdicts=()) if policy.cross_check is CrossCheck.OFF else marked


def _is_taken_back(marked: MarkedFinding, policy: Policy) -> bool:
    """Whether what held a finding back is off under this policy: lessons, or the second question."""
    said = marked.disposition
    if said.fate is Fate.SUPPRESSED and said.by:  # only lessons name a person
        return not policy.learning.enabled
    if policy.cross_check is not CrossCheck.OFF or not marked.verdicts:
        return False
    return said.fate in (Fate.REFUTED, Fate.PRE_EXISTING) or said.reason.startswith(UNSURE_TOO)


def _by_rule(marked: MarkedFinding, policy: Policy) -> MarkedFinding:
    """A finding that breaks a rule of the repository is as bad as the rule says."""
    rule = _rule(marked.finding, policy)
    return replace(marked, finding=replace(marked.finding, severity=rule.severity)) if rule else marked


def _rule(finding: Finding, policy: Policy) -> Rule | None:
    named = (rule for rule in policy.rules if rule.id.casefold() == finding.rule.casefold())
    return next(named, None) if finding.rule else None


def _unwanted(policy: Policy) -> Unwanted:
    ignored, language = (
        matching_paths(policy.ignore, "ignore"),
        excluded_by_language(policy.languages, policy.languages_off),
    )
    meant = {rule.id: matching_paths(rule.paths, "rules") for rule in policy.rules if rule.paths}

    def reason(finding: Finding) -> str | None:
        if pattern := ignored(finding.path):
            return f"ignored by policy ({pattern})"
        if kind_of(finding.source) == CODE_SCANNING and not policy.code_scanning:
            return "code scanning is not looked at"
        rule = _rule(finding, policy)
        if finding.rule and (rule is None or (rule.id in meant and meant[rule.id](finding.path) is None)):
            return f"no rule `{finding.rule}` holds for this file"
        return language(finding.path)

    return reason


def _judged(marked: MarkedFinding, unwanted: Unwanted) -> MarkedFinding:
    reason = unwanted(marked.finding) if marked.disposition.fate in SHOWN else None
    return mark(marked, Fate.SUPPRESSED, reason) if reason else marked


def _without_repeats(before: Sequence[MarkedFinding], now: Sequence[MarkedFinding]) -> list[MarkedFinding]:
    """What newly appears is told once: not beside one that means the same and was told.

    What repeated another one when it was found appears only where that one no longer does.
    """
    told = [
        marked.finding for old, marked in zip(before, now, strict=True) if _was_told(old) and _is_told(marked)
    ]
    held = [
        marked.finding for old, marked in zip(before, now, strict=True) if _was_told(old) > _is_told(marked)
    ]
    kept = list(now)
    new = [at for at, marked in enumerate(now) if _is_told(marked) and not _was_told(before[at])]
    for index in sorted(new, key=lambda at: order(now[at])):
        finding = now[index].finding
        if _repeats(finding, told):
            kept[index] = mark(now[index], Fate.DUPLICATE, SAME_DEFECT)
        elif _is_repeat(before[index]) and not _repeats(finding, held):
            kept[index] = before[index]
        else:
            told.append(finding)
    return kept


def _repeats(finding: Finding, others: Iterable[Finding]) -> bool:
    """Whether one of these means the same; which question found them is not always recorded."""
    return any(
        other.path == finding.path and same_defect(finding, other, SIMILAR_BY_LENSES) for other in others
    )


def _is_repeat(marked: MarkedFinding) -> bool:
    return marked.disposition == Disposition(Fate.DUPLICATE, SAME_DEFECT)


def _was_told(marked: MarkedFinding) -> bool:
    return telling(marked) is not Telling.NOT_TOLD


def _is_told(marked: MarkedFinding) -> bool:
    return marked.disposition.fate in SHOWN


def _replayed(old: MarkedFinding, now: MarkedFinding) -> Replayed:
    before, after = telling(old), telling(now)
    decided = now if after is Telling.NOT_TOLD or before is Telling.COMMENT else old
    reason = "" if before is after else decided.disposition.reason
    return Replayed(old, before, after, now.finding.severity, reason)


def _told_at(marked: MarkedFinding, head_sha: str) -> str:
    """The commit of the review that told it; what was held back is known of the newest one."""
    return marked.since or head_sha
