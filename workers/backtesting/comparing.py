"""A policy, laid on recordings: what changes for people, how checks would end, what nobody can know.

What is *not* here: reading recordings, and what becomes of one finding (workers.review.replaying).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, Final

from bot.domain.backtest import Backtest, Replay, Replayed, Telling
from bot.domain.finding import Severity
from bot.domain.in_force import KEY_OF_FIELD
from bot.domain.ledger import SETTLED
from bot.domain.policy import CrossCheck, FailOn, Policy, Rule
from bot.domain.pull_request import Trigger
from bot.domain.review import Conclusion, Outcome, Review, conclude
from workers.backtesting.recordings import Recording, Recordings
from workers.review.replaying import replay, unreviewed
from workers.wanted import Skip, why_not

SWITCHED_OFF: Final = "the policy switches reviews off"


def backtest(recordings: Recordings, policy: Policy) -> Backtest:
    """What the policy would have made of them.

    Raises:
        PolicyError: a pattern of the policy cannot be used.
    """
    keys = {key for one in recordings.found for key in not_replayed(one.policy, policy)}
    return Backtest(
        source=recordings.source,
        on_github=recordings.on_github,
        replays=tuple(_compared(one, policy) for one in recordings.found),
        without=recordings.without,
        unread=recordings.unread,
        not_replayed=tuple(sorted(keys)),
    )


def _compared(recording: Recording, policy: Policy) -> Replay:
    skip = _skipped(recording, policy)
    if skip:
        findings = unreviewed(recording.findings)
    else:
        findings = replay(recording.findings, policy, recording.head_sha)
    told = [one.marked.finding.severity for one in findings if _counts(one, one.before)]
    after = [one.severity for one in findings if _counts(one, one.after)]
    return Replay(
        name=recording.name,
        title=recording.pull.title if recording.pull else "",
        findings=findings,
        before=_conclusion(told, recording, recording.policy.fail_on),
        after=_end_of(skip, policy) if skip else _conclusion(after, recording, policy.fail_on),
        skipped=skip.reason if skip else "",
    )


def _skipped(recording: Recording, policy: Policy) -> Skip | None:
    """Why there would be no review; None where there would be, or where somebody had asked for this one."""
    pull = recording.pull
    if pull is None:
        return None if policy.enabled else Skip(SWITCHED_OFF)
    before, now = (_unwanted(recording, one) for one in (recording.policy, policy))
    return now if before is None or not policy.enabled else None


def _end_of(skip: Skip, policy: Policy) -> Conclusion:
    return conclude(Review(Outcome.SKIPPED, "", "", skipped_by=skip.by), policy.fail_on)


def _unwanted(recording: Recording, policy: Policy) -> Skip | None:
    """Why a pull request as such is not reviewed by itself, whatever event it is."""
    pull = recording.pull
    return why_not(pull, pull.labels, policy, Trigger.BASE_CHANGED) if pull else None


def _counts(one: Replayed, telling: Telling) -> bool:
    """Whether a finding stands against the change."""
    return telling is not Telling.NOT_TOLD and one.marked.disposition.fate not in SETTLED


def _conclusion(severities: Iterable[Severity], recording: Recording, fail_on: FailOn) -> Conclusion | None:
    """How the check ends; None where it is no failure and the record does not say what was not read."""
    if fail_on.covers(severities):
        return Conclusion.FAILURE
    if recording.review is None:
        return None
    return conclude(replace(recording.review, findings=()), fail_on)


def not_replayed(before: Policy, after: Policy) -> frozenset[str]:
    """Keys of the file that differ and whose whole effect only a new review would show."""
    return frozenset(
        KEY_OF_FIELD.get(name, name)
        for name in (field.name for field in fields(Policy))
        if name not in _REPLAYED
        and (old := getattr(before, name)) != (new := getattr(after, name))
        and not _IS_STRICTER.get(name, _never)(old, new)
    )


def _never(_before: object, _after: object) -> bool:
    return False


def _switched_off(_before: object, after: object) -> bool:
    return after is False


def _with_more(before: Iterable[Any], after: Iterable[Any]) -> bool:
    """Whether a list of what is left out has only grown; an exclamation mark takes something back in."""
    return set(before) <= set(after) and not any(str(one).startswith("!") for one in after)


def _with_fewer_rules(before: Iterable[Rule], after: Iterable[Rule]) -> bool:
    """Whether nothing else is asked about: rules are gone, or another severity is theirs."""
    known = {(rule.id, rule.text, rule.paths) for rule in before}
    return {(rule.id, rule.text, rule.paths) for rule in after} <= known


_REPLAYED: Final = frozenset(
    {"severity_threshold", "max_comments", "fail_on", "language", "summary", "permission", "suggestions"}
)
"""Fields whose whole effect on findings of the past is known, or which have none."""
_IS_STRICTER: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "enabled": _switched_off,
        "drafts": _switched_off,
        "code_scanning": _switched_off,
        "learning": lambda _, after: not after.enabled,
        "cross_check": lambda _, after: after is CrossCheck.OFF,
        "rules": _with_fewer_rules,
        **dict.fromkeys(("ignore", "ignore_authors", "ignore_labels", "ignore_titles"), _with_more),
        **dict.fromkeys(("categories_off", "languages_off"), _with_more),
    }
)
"""Whether a change only leaves out more of what was found: that is known."""
