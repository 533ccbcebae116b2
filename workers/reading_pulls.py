"""Everything that a review reads of a pull request on GitHub, in three requests for a small one.

Code-scanning alerts come on top where the policy asks for them.

What is *not* here: looking for bugs (workers.review.pipeline) and writing (workers.posting).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.domain.policy import POLICY_PATH, Policy
from bot.domain.pull_request import PullRequest
from bot.errors import PolicyError
from bot.github.alerts import Alerts, fetch_alerts
from bot.github.client import GitHub
from bot.github.contents import fetch_texts
from bot.github.pulls import fetch_diff
from bot.parsing.policies import parse_policy
from workers.analysers.sarif import SarifHits
from workers.context.fetched import FetchedTexts
from workers.review.change import Change
from workers.review.scope import select

BASE_FILES: Final = (
    ".gitattributes",
    "AGENTS.md",
    "CLAUDE.md",
    "REVIEW.md",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    ".github/REVIEW.md",
    "docs/CONTRIBUTING.md",
)
"""What a review by a model wants of the base branch; it comes with the texts, in the same request."""


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The policy that applies, and what people have to be told of it.

    Attributes:
        notice: one sentence when the repository's own file could not be used; else empty.
    """

    policy: Policy
    notice: str = ""

    @property
    def notices(self) -> tuple[str, ...]:
        """The notice as the review carries it."""
        return (self.notice,) if self.notice else ()


@dataclass(frozen=True, slots=True)
class ReadPull:
    """A pull request, ready for the engine."""

    change: Change
    texts: FetchedTexts
    in_force: PolicyInForce
    alerts: Alerts = field(default_factory=Alerts)

    @property
    def reports(self) -> tuple[SarifHits, ...]:
        """What tools said that ran elsewhere, for the engine."""
        return (SarifHits(self.alerts.findings, "code-scanning"),) if self.alerts.findings else ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What people have to be told of policy and alerts, as the review carries it."""
        return (*self.in_force.notices, *([self.alerts.reason] if self.alerts.reason else []))


async def read_pull(github: GitHub, pull: PullRequest, *, static: bool) -> ReadPull:
    """Diff, texts at the head, policy at the base commit, and alerts where the policy wants them.

    The texts are fetched before the policy is known, because both come in one request; what the policy
    ignores is then simply not looked at.

    Raises:
        GitHubError: GitHub could not be asked.
    """
    diff = await fetch_diff(github, pull)
    paths = select(diff, lambda _: None, static=static).to_fetch
    texts = await fetch_texts(
        github,
        pull.ref.repo,
        pull.head_sha,
        paths,
        policy=(pull.base_sha, POLICY_PATH),
        beside=() if static else BASE_FILES,
    )
    change = Change(pull.title, pull.body, pull.head_sha, diff)
    in_force = policy_in_force(texts.policy, unreadable=texts.policy_unreadable)
    alerts = await fetch_alerts(github, pull.ref) if in_force.policy.code_scanning else Alerts()
    return ReadPull(change, FetchedTexts(texts.texts, texts.beside), in_force, alerts)


async def read_policy(github: GitHub, pull: PullRequest) -> PolicyInForce:
    """The policy alone, for a review whose result is already known."""
    texts = await fetch_texts(github, pull.ref.repo, pull.head_sha, (), policy=(pull.base_sha, POLICY_PATH))
    return policy_in_force(texts.policy, unreadable=texts.policy_unreadable)


def policy_in_force(text: str | None, *, unreadable: bool = False) -> PolicyInForce:
    """The repository's policy, or the default with a notice where its file cannot be used.

    Args:
        text: of the policy file; None where there is none.
        unreadable: there is one, and it is too large or no text.
    """
    if unreadable:
        return PolicyInForce(Policy(), f"{POLICY_PATH} is too large or no text: the default policy applies.")
    try:
        return PolicyInForce(Policy() if text is None else parse_policy(text))
    except PolicyError as error:
        place = f" line {error.line}" if error.line else ""
        return PolicyInForce(
            Policy(), f"{POLICY_PATH}{place}: {str(error).rstrip('.')}. The default policy applies."
        )
