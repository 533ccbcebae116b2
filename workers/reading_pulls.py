"""Everything that a review reads of a pull request on GitHub, in three requests for a small one.

Code-scanning alerts come on top where the policy asks for them.

What is *not* here: looking for bugs (workers.review.pipeline), writing (workers.posting), and which policy
applies (workers.policy_levels).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.domain.diff import FileDiff, FileStatus
from bot.domain.finding import CODE_SCANNING
from bot.domain.in_force import PolicyInForce
from bot.domain.policy import POLICY_PATH
from bot.domain.pull_request import PullRequest
from bot.github.alerts import Alerts, fetch_alerts
from bot.github.client import GitHub
from bot.github.contents import Texts, fetch_texts
from bot.github.pulls import fetch_diff
from bot.parsing import attributes
from bot.parsing.masking import masked
from workers.analysers.sarif import SarifHits
from workers.context.fetched import FetchedTexts
from workers.context.guidelines import AT_THE_TOP
from workers.policy_levels import (
    File,
    Files,
    NoMemory,
    PolicyMemory,
    changes_policy,
    policy_in_force,
    with_last_good,
)
from workers.review.change import Change
from workers.review.scope import select

BASE_FILES: Final = (attributes.NAME, *AT_THE_TOP)
"""What a review by a model wants of the base branch; it comes with the texts, in the same request."""


@dataclass(frozen=True, slots=True)
class ReadPull:
    """A pull request, ready for the engine."""

    change: Change
    texts: FetchedTexts
    in_force: PolicyInForce
    alerts: Alerts = field(default_factory=Alerts)

    @property
    def reports(self) -> tuple[SarifHits, ...]:
        """What tools said that ran elsewhere, for the engine; also that they say nothing."""
        alerts, is_wanted = self.alerts, self.in_force.policy.code_scanning
        is_whole = is_wanted and not alerts.reason
        return (SarifHits(alerts.findings, CODE_SCANNING, is_whole),) if is_whole or alerts.findings else ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What people have to be told of policy and alerts, as the review carries it."""
        return (*self.in_force.notices, *([self.alerts.reason] if self.alerts.reason else []))


async def read_pull(
    github: GitHub, pull: PullRequest, *, static: bool, memory: PolicyMemory | None = None
) -> ReadPull:
    """Diff, texts at the head, policy at the base commit, and alerts where the policy wants them.

    The texts are fetched before the policy is known, because both come in one request; what the policy
    ignores is then simply not looked at.

    Args:
        memory: where the newest policy without a mistake is kept; None keeps nothing.

    Raises:
        GitHubError: GitHub could not be asked.
        QueueUnavailable: the memory does not answer.
    """
    diff = await fetch_diff(github, pull)
    paths = select(diff, lambda _: None, static=static, reports=True).to_fetch
    touched = next((file for file in diff.files if changes_policy(file)), None)
    texts = await fetch_texts(
        github,
        pull.ref.repo,
        pull.head_sha,
        (*paths, POLICY_PATH) if touched else paths,
        policy=(pull.base_sha, POLICY_PATH),
        beside=() if static else BASE_FILES,
        organisation=POLICY_PATH,
    )
    # Masked before it is cut anywhere: half a secret would no longer look like one.
    change = Change(masked(pull.title), masked(pull.body), pull.head_sha, diff)
    in_force = _in_force(pull, texts, memory, touched)
    alerts = await fetch_alerts(github, pull.ref) if in_force.policy.code_scanning else Alerts()
    return ReadPull(change, FetchedTexts(texts.texts, texts.beside), in_force, alerts)


async def read_policy(github: GitHub, pull: PullRequest, memory: PolicyMemory | None = None) -> PolicyInForce:
    """The policy alone, where nothing else of a pull request is looked at.

    Raises:
        GitHubError: GitHub could not be asked.
        QueueUnavailable: the memory does not answer.
    """
    wanted = (pull.base_sha, POLICY_PATH)
    texts = await fetch_texts(
        github, pull.ref.repo, pull.head_sha, (), policy=wanted, organisation=POLICY_PATH
    )
    return _in_force(pull, texts, memory)


def _in_force(
    pull: PullRequest, texts: Texts, memory: PolicyMemory | None, touched: FileDiff | None = None
) -> PolicyInForce:
    """The policy that applies, by the files that were read; `touched` is what the change does to its file."""
    head = None
    if touched is not None:
        text = texts.texts.get(POLICY_PATH)
        is_there = touched.path == POLICY_PATH and touched.status is not FileStatus.REMOVED
        head = File(text, unreadable=is_there and text is None)
    files = Files(
        repository=File(texts.policy, texts.policy_unreadable),
        organisation=File(texts.organisation, texts.organisation_unreadable),
        head=head,
    )
    return policy_in_force(with_last_good(files, memory or NoMemory(), pull.ref.repo, pull.base_ref))
