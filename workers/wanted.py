"""Whether a policy wants a pull request reviewed, and if not, why: in half a sentence for people.

What somebody asks for by name, a command or a re-run, is done whatever the pull request is like; only
`enabled: false` stands above that.

What is *not* here: pauses (bot.store.pauses), and which files are looked at (workers.review.scope).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.policy import Policy, PushReviews
from bot.domain.pull_request import PullRequest, Trigger
from bot.domain.review import SkippedBy
from bot.parsing.wildcards import matching

ASKED: Final = frozenset({Trigger.COMMAND, Trigger.REREQUESTED})
"""Somebody asks for this review by name."""

_ALL_THE_SAME = "; `/ai-review` reviews it all the same"


@dataclass(frozen=True, slots=True)
class Skip:
    """Why there is no review, in half a sentence for people, and who brought that about."""

    reason: str
    by: SkippedBy = SkippedBy.PEOPLE


def why_not(
    pull: PullRequest, labels: Sequence[str], policy: Policy, trigger: Trigger, *, rounds: int = 0
) -> Skip | None:
    """Why this pull request is not reviewed now; None where it is.

    Args:
        labels: names of the pull request's labels.
        trigger: what the review would be started by.
        rounds: reviews of this pull request so far.
    """
    if not policy.enabled:
        return Skip("the repository's policy switches reviews off")
    if trigger in ASKED:
        return None
    skip = next(_skips(pull, labels, policy), None) or _trigger_off(policy, trigger, rounds)
    return skip and replace(skip, reason=skip.reason + _ALL_THE_SAME)


def _skips(pull: PullRequest, labels: Sequence[str], policy: Policy) -> Iterator[Skip]:
    """What keeps a pull request from being reviewed by itself; names of people and texts are not repeated."""
    if policy.branches and not matching(policy.branches)(pull.base_ref):
        yield Skip("the policy wants no reviews of changes to this base branch by themselves")
    if pull.draft and not policy.drafts:
        yield Skip("the pull request is a draft")
    if matching(policy.ignore_authors, any_case=True)(pull.author):
        yield Skip("the policy leaves out pull requests of this author")
    if any(map(matching(policy.ignore_labels, any_case=True), labels)):
        yield Skip("the policy leaves out pull requests with one of these labels")
    if matching(policy.ignore_titles, any_case=True)(pull.title):
        yield Skip("the policy leaves out pull requests with such a title", SkippedBy.TITLE)


def _trigger_off(policy: Policy, trigger: Trigger, rounds: int) -> Skip | None:
    """Why this event starts no review."""
    triggers = policy.triggers
    if trigger in (Trigger.OPENED, Trigger.REOPENED) and not triggers.opened:
        return Skip("the policy wants no review when a pull request is opened")
    if trigger is Trigger.READY_FOR_REVIEW and not triggers.ready_for_review:
        return Skip("the policy wants no review when a draft becomes ready")
    if trigger is not Trigger.SYNCHRONIZE:
        return None
    if triggers.push is PushReviews.FIRST and rounds > 0:
        return Skip("the policy wants no reviews of pushes after the first one", SkippedBy.PUSHES)
    if rounds >= triggers.max_rounds:
        reason = (
            f"there were {rounds} reviews of this pull request, as many as the policy wants by themselves"
        )
        return Skip(reason, SkippedBy.PUSHES)
    return None
