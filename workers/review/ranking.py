"""Order, thresholds and caps: which findings become comments.

What is *not* here: whether a finding is true (workers.review.evidence, workers.review.cross_check).
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.finding import Fate, MarkedFinding, Ruling, Severity
from bot.domain.policy import Policy
from workers.review.duplicates import SAME_DEFECT, order, repeats
from workers.review.evidence import STANDING, mark

SHOWN = STANDING | {Fate.FOLDED}
"""Fates of findings that people are told of."""
_OFF = "findings on {} are off"
_MILDER = "milder than {}"
NOT_SURE = "its source was not sure enough"
_OVER_CAP = "more comments than {}"


def suppress(
    findings: Sequence[MarkedFinding], policy: Policy, confidence_least: float | None = None
) -> tuple[MarkedFinding, ...]:
    """Mark what policy does not want and what its source hardly believes; what was confirmed needs less.

    Args:
        confidence_least: what a source has to believe a finding in; None means the policy's profile.
    """
    least = policy.profile.confidence_least if confidence_least is None else confidence_least
    confirmed_least = min(least, policy.profile.confirmed_least)
    return tuple(
        _suppressed(marked, policy, confirmed_least if _is_confirmed(marked) else least)
        for marked in findings
    )


def _is_confirmed(marked: MarkedFinding) -> bool:
    return bool(marked.verdicts) and marked.verdicts[-1].ruling is Ruling.CONFIRMED


def _suppressed(marked: MarkedFinding, policy: Policy, confidence_least: float) -> MarkedFinding:
    finding = marked.finding
    if marked.disposition.fate not in STANDING:
        return marked
    if finding.category in policy.categories_off:
        return mark(marked, Fate.SUPPRESSED, _OFF.format(finding.category))
    if not finding.severity.at_least(policy.severity_threshold):
        return mark(marked, Fate.SUPPRESSED, _MILDER.format(policy.severity_threshold))
    if finding.confidence < confidence_least:
        return mark(marked, Fate.SUPPRESSED, NOT_SURE)
    return marked


def is_by_policy(marked: MarkedFinding) -> bool:
    """Whether a finding is held back, or listed and not commented, for what `suppress` or `rank` found."""
    fate, reason = marked.disposition.fate, marked.disposition.reason
    if fate is Fate.FOLDED:
        return reason.startswith(_OVER_CAP.partition("{")[0])
    unwanted = (_OFF.format(marked.finding.category), *map(_MILDER.format, Severity), NOT_SURE)
    return fate is Fate.SUPPRESSED and reason in unwanted


def fold_surplus(findings: Sequence[MarkedFinding], most: int) -> tuple[MarkedFinding, ...]:
    """Of one answer's standing findings, keep the `most` worst; the rest is listed, and nobody is asked.

    Repeats take no place: they stay with a finding that is kept, and go with one that is folded.
    """
    repeated = repeats(findings)
    standing = [
        index
        for index, marked in enumerate(findings)
        if marked.disposition.fate in STANDING and index not in repeated
    ]
    kept = list(findings)
    for index in sorted(standing, key=lambda index: order(findings[index]))[most:]:
        kept[index] = mark(kept[index], Fate.FOLDED, f"one of more than {most} findings in one answer")
    for index in repeated - repeats(kept):
        kept[index] = mark(kept[index], Fate.DUPLICATE, SAME_DEFECT)
    return tuple(kept)


def rank(findings: Sequence[MarkedFinding], policy: Policy) -> tuple[MarkedFinding, ...]:
    """Shown findings first, worst first; inline ones beyond the cap are folded into the summary."""
    folded = fold_over_cap(findings, policy)
    return tuple(sorted(folded, key=lambda marked: (marked.disposition.fate not in SHOWN, *order(marked))))


def fold_over_cap(findings: Sequence[MarkedFinding], policy: Policy) -> tuple[MarkedFinding, ...]:
    """Inline findings beyond the cap, the mildest, are folded into the summary; order is kept."""
    folded = list(findings)
    inline = [index for index, marked in enumerate(findings) if marked.disposition.fate is Fate.POSTED]
    for index in sorted(inline, key=lambda index: order(findings[index]))[policy.max_comments :]:
        folded[index] = mark(folded[index], Fate.FOLDED, _OVER_CAP.format(policy.max_comments))
    return tuple(folded)
