"""What every object needs: addresses, times, node ids."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Links:
    """Where this GitHub answers: its REST root (with `/api/v3` if the caller used it) and its web pages."""

    api: str
    web: str


def iso(seconds: float) -> str:
    """POSIX seconds as GitHub writes times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_or_none(seconds: float | None) -> str | None:
    """The same for times that may be missing."""
    return None if seconds is None else iso(seconds)


def node_id(kind: str, number: int) -> str:
    """A global id, made up of letters as GitHub's are, that names kind and number."""
    return base64.urlsafe_b64encode(f"{kind}:{number}".encode()).decode().rstrip("=")


def parse_node_id(text: str) -> tuple[str, int]:
    """Kind and number of a global id; an empty kind and 0 for anything else."""
    try:
        kind, _, number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
        return kind, int(number)
    except ValueError:
        return "", 0


def href(url: str) -> Json:
    """A link object."""
    return {"href": url}
