"""The newest commits of a pull request: where an earlier check run of it may stand.

What is *not* here: what those check runs say (checks.py).
"""

from __future__ import annotations

import msgspec

from bot.domain.pull_request import PullRequestRef
from bot.github.client import GitHub, owner_and_name

_QUERY = (
    "query($owner: String!, $name: String!, $number: Int!, $count: Int!)"
    " { repository(owner: $owner, name: $name) { pullRequest(number: $number)"
    " { commits(last: $count) { nodes { commit { oid } } } } } }"
)


class _Commit(msgspec.Struct):
    oid: str


class _Node(msgspec.Struct):
    commit: _Commit


class _Commits(msgspec.Struct):
    nodes: list[_Node | None]


class _Pull(msgspec.Struct):
    commits: _Commits


class _Repository(msgspec.Struct, rename="camel"):
    pull_request: _Pull | None


class _Answer(msgspec.Struct):
    repository: _Repository | None


async def fetch_newest_commits(github: GitHub, ref: PullRequestRef, count: int) -> tuple[str, ...]:
    """At most `count` (100 or less) commit ids, newest first, in one request."""
    owner, name = owner_and_name(ref.repo)
    place = {"owner": owner, "name": name, "number": ref.number, "count": count}
    repository = (await github.query(_QUERY, place, _Answer)).repository
    pull = repository.pull_request if repository else None
    nodes = pull.commits.nodes if pull else []
    return tuple(node.commit.oid for node in reversed(nodes) if node)
