"""The mark by which a check run of ours names its pull request: `OWNER/REPO#N`.

What is *not* here: how it is made (`PullRequestRef.external_id`).
"""

from __future__ import annotations

import re
from typing import Final

_EXTERNAL_ID: Final = re.compile(r"[\w.-]+/[\w.-]+#([1-9][0-9]{0,9})", re.ASCII)


def number_in(external_id: str | None) -> int | None:
    """The pull request that a check run of ours is for; None where the mark is none of ours.

    Only the number is taken: its repository may have been renamed since.
    """
    match = _EXTERNAL_ID.fullmatch(external_id or "")
    return int(match[1]) if match else None
