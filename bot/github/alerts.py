"""Open code-scanning alerts of a pull request, as findings.

They are evidence beside a review: where they cannot be read, the review goes on without them and says why.

What is *not* here: whether they are wanted (bot.domain.policy), and which are on changed lines
(workers.analysers.sarif).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

import msgspec

from bot.domain.finding import CODE_SCANNING, Finding
from bot.domain.pull_request import PullRequestRef
from bot.errors import AccessLost, GitHubError, RateLimited
from bot.github.client import GitHub, repo_path
from bot.parsing.sarif import LONGEST_CLAIM, category_of, severity_of, short_name
from bot.parsing.sarif_places import lines_of, path_of

PAGE: Final = 100
MOST_PAGES: Final = 5

_USUAL_CONFIDENCE = 0.7

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Alerts:
    """What code scanning says.

    Attributes:
        findings: with lines and without a quote.
        reason: why there may be more, as a sentence for people; empty when all were read.
    """

    findings: tuple[Finding, ...] = ()
    reason: str = ""


class _Location(msgspec.Struct):
    path: str | None = None
    start_line: int | None = None
    end_line: int | None = None


class _Message(msgspec.Struct):
    text: str | None = None


class _Instance(msgspec.Struct):
    location: _Location | None = None
    message: _Message | None = None


class _Rule(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    severity: str | None = None
    security_severity_level: str | None = None
    description: str | None = None
    tags: list[str] | None = None


class _Tool(msgspec.Struct):
    name: str | None = None


class _Alert(msgspec.Struct):
    rule: _Rule
    tool: _Tool
    most_recent_instance: _Instance | None = None


async def fetch_alerts(github: GitHub, ref: PullRequestRef) -> Alerts:
    """Alerts that are open on a pull request: of its merge commit, or where there are none of its head.

    GitHub's own analyses run on the merge commit; what is uploaded by other means often belongs to the head.

    Raises:
        RateLimited: GitHub wants a pause of everything. Any other refusal is a reason, and no error.
    """
    try:
        merge = await _listed(github, ref, "merge")
        return merge if merge.findings else await _listed(github, ref, "head")
    except RateLimited:
        raise
    except AccessLost as error:
        _log.info("code-scanning alerts of %s: %s", ref.external_id, error)
        why = "is not switched on here" if error.status == 404 else "may not be read by this App or token"
        return Alerts(reason=f"Code scanning {why}, so its alerts were not looked at.")
    except GitHubError as error:
        _log.warning("code-scanning alerts of %s: %s", ref.external_id, error)
        return Alerts(reason="GitHub did not give its code-scanning alerts, so they were not looked at.")


async def _listed(github: GitHub, ref: PullRequestRef, which: str) -> Alerts:
    path = f"{repo_path(ref.repo)}/code-scanning/alerts"
    asked: dict[str, str | int] = {
        "ref": f"refs/pull/{ref.number}/{which}",
        "state": "open",
        "per_page": PAGE,
    }
    findings: list[Finding] = []
    for page in range(1, MOST_PAGES + 1):
        alerts = await github.get(path, list[_Alert], {**asked, "page": page})
        findings += [finding for alert in alerts if (finding := _finding(alert)) is not None]
        if len(alerts) < PAGE:
            return Alerts(tuple(findings))
    return Alerts(tuple(findings), f"Only the first {PAGE * MOST_PAGES} code-scanning alerts were looked at.")


def _finding(alert: _Alert) -> Finding | None:
    """An alert as a finding; None for one without a place in a file."""
    instance = alert.most_recent_instance
    if instance is None or instance.location is None:
        return None
    location, rule = instance.location, alert.rule
    path = path_of({"uri": location.path}, {})
    lines = lines_of({"startLine": location.start_line, "endLine": location.end_line})
    if path is None or lines is None:
        return None
    message = instance.message.text if instance.message else None
    claim = message or rule.description or rule.name or ""
    security = rule.security_severity_level
    tool, name = short_name(alert.tool.name or "", 40), short_name(rule.id or rule.name or "")
    return Finding(
        path=path,
        lines=lines,
        quote="",
        category=category_of(rule.tags or [], security=security is not None),
        severity=severity_of(security or rule.severity or "", None),
        confidence=_USUAL_CONFIDENCE,
        claim=" ".join(claim[: LONGEST_CLAIM * 2].split())[:LONGEST_CLAIM],
        trigger="",
        consequence="",
        source=f"{CODE_SCANNING}:{tool or 'unknown tool'}:{name or 'unnamed rule'}",
    )
