"""Signed `opened` deliveries as large as GitHub's, ready to be sent: whole HTTP requests as bytes.

What is *not* here: sending them (tests.bench.load).
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.support.webhooks import PATH, headers_for, load_payload

BODY_BYTES = 24_600
"""Size of GitHub's `pull_request` events for a repository of an organisation."""

_LINKS = (
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "tags",
    "teams",
    "trees",
)


def opened_body(number: int) -> bytes:
    """One event of exactly `BODY_BYTES`; most of it are links, as in GitHub's."""
    payload = load_payload("pull_request_opened")
    pull: dict[str, Any] = payload["pull_request"]
    payload["number"] = pull["number"] = number
    pull["id"] = 880_000 + number
    pull["head"]["sha"] = f"{number:040x}"
    _add_links(payload)
    missing = BODY_BYTES - len(_encoded(payload))
    pull["body"] += " Boarded and counted." * (missing // 21 + 1)
    pull["body"] = pull["body"][: len(pull["body"]) - (len(_encoded(payload)) - BODY_BYTES)]
    return _encoded(payload)


def opened_request(number: int, secret: bytes) -> bytes:
    """The whole HTTP/1.1 request, each with its own pull request and delivery id."""
    body = opened_body(number)
    headers = headers_for(body, delivery=str(uuid.uuid4()), secret=secret)
    headers |= {"Host": "127.0.0.1", "Content-Length": str(len(body))}
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _add_links(node: Any) -> None:
    """What everything with an address has in GitHub's events: repositories many links, people some."""
    if not isinstance(node, dict):
        return
    for child in list(node.values()):
        _add_links(child)
    if "url" in node:
        names = _LINKS if "full_name" in node else _LINKS[:12]
        node |= {f"{name}_url": f"{node['url']}/{name}{{/{name}}}" for name in names}


def _encoded(payload: object) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()
