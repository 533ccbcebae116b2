"""Hidden markers: `<!-- ai-review:KIND key=value … -->` on a line of its own in everything that is posted.

By them a later run recognises what an earlier one has posted. A marker proves nothing about its author:
whoever looks one up also asks GitHub who wrote the comment.

What is *not* here: keeping foreign text from carrying markers (`clean.without_markers`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_KEY = r"[a-z]{1,16}"
_VALUE = r"[A-Za-z0-9._-]{1,64}"
_PAIR = re.compile(rf"({_KEY})=({_VALUE})")
_LINE = re.compile(rf"<!-- ai-review:([a-z]+)((?: {_KEY}={_VALUE})*) -->")


class MarkerKind(StrEnum):
    """What a marked text is."""

    FINDING = "finding"  # an inline comment; fp=FINGERPRINT
    SUMMARY = "summary"  # the one summary comment of a pull request; head=SHA
    REVIEW = "review"  # the body of a pull-request review; head=SHA
    REPLY = "reply"  # an answer to somebody; comment=ID; event=HASH of a command, round=N of an argument
    PAUSE = "pause"  # the reply that records a pause or its end; state=paused|resumed by=LOGIN at=POSIX
    SETTLED = "settled"  # an inline comment whose finding is settled; fate=FATE


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker as it was read."""

    kind: MarkerKind
    values: Mapping[str, str]


def write_marker(kind: MarkerKind, **values: str) -> str:
    """The marker as one line.

    Raises:
        ValueError: when a key or value has characters outside the small alphabet of markers.
    """
    for key, value in values.items():
        if not re.fullmatch(_KEY, key) or not re.fullmatch(_VALUE, value):
            raise ValueError(f"a marker cannot hold {key}={value!r}")
    return " ".join([f"<!-- ai-review:{kind}", *(f"{key}={value}" for key, value in values.items()), "-->"])


def read_markers(body: str) -> tuple[Marker, ...]:
    """Every whole, well-formed marker of a body, in order; kinds that are not known are left out."""
    return tuple(marker for line in body.splitlines() if (marker := _read_line(line.strip())) is not None)


def find_marker(body: str, kind: MarkerKind) -> Marker | None:
    """The last marker of a kind, or None. Ours stand at the end of what we post."""
    found = [marker for marker in read_markers(body) if marker.kind is kind]
    return found[-1] if found else None


def _read_line(line: str) -> Marker | None:
    match = _LINE.fullmatch(line)
    if match is None or match.group(1) not in list(MarkerKind):
        return None
    return Marker(MarkerKind(match.group(1)), dict(_PAIR.findall(match.group(2))))
