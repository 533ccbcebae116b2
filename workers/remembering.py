"""The ledger as GitHub knows it, for when Redis has none: from our comments, and from our check runs.

The summary comment carries it. What it has no room for stands in the check run of the same commit; where the
policy wants no summary, all of it stands there. Reading check runs costs requests, so it is done only where
Redis has no ledger and the comments do not tell all.

What is *not* here: what people did in the threads (workers.recalling), and the hidden lines
(bot.rendering.carried).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from bot.domain.ledger import Ledger
from bot.domain.pull_request import PullRequest
from bot.github.checks import check_texts
from bot.github.client import GitHub
from bot.github.commits import fetch_newest_commits
from bot.github.standing import Standing
from bot.rendering.carried import carried_ledger
from bot.rendering.markers import MarkerKind, find_marker
from workers.recalling import rebuilt

MOST_HEADS: Final = 8
"""Commits whose check runs are read, each a request, until one has a ledger."""


async def ledger_on_github(github: GitHub, pull: PullRequest, standing: Standing, *, summary: bool) -> Ledger:
    """What our comments and check runs carry; empty where that is nothing.

    Args:
        summary: whether the policy wants a summary comment; else that may be missing, or old.

    Raises:
        GitHubError: it could not be read. Going on without it would forget what people were told.
    """
    told = rebuilt(standing)
    if standing.is_shared or (summary and not told.parted):
        return told
    heads = _only(told.head_sha) if summary else _heads(github, pull, standing)
    read = 0
    async for sha in heads:
        texts = await check_texts(github, pull.ref, sha)
        found = [rest for text in texts if (rest := carried_ledger(text)) is not None]
        if found:
            return _joined(told, max(found, key=lambda one: one.round))
        read += 1
        if read == MOST_HEADS:
            break
    return told


def _joined(told: Ledger, rest: Ledger) -> Ledger:
    """The newer of two; of one review both, each with what the other had no room for."""
    if told.round != rest.round or told.head_sha != rest.head_sha:
        return replace(max(told, rest, key=lambda one: one.round), parted=False)
    findings = (*told.findings, *rest.findings)
    return replace(told, findings=findings, hunks=told.hunks | rest.hunks, parted=False)


async def _only(sha: str) -> AsyncIterator[str]:
    yield sha


async def _heads(github: GitHub, pull: PullRequest, standing: Standing) -> AsyncIterator[str]:
    """Commits at which a review may have ended, the likely ones first, each once."""
    texts = (*reversed(standing.reviews), *reversed(standing.comments))
    kinds = (MarkerKind.REVIEW, MarkerKind.SUMMARY)
    markers = [marker for text in texts for kind in kinds if (marker := find_marker(text.body, kind))]
    told = dict.fromkeys((pull.head_sha, *(marker.values.get("head", "") for marker in markers)))
    for sha in filter(None, told):
        yield sha
    for sha in await fetch_newest_commits(github, pull.ref, MOST_HEADS):
        if sha not in told:
            yield sha
