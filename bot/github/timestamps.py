"""GitHub's times, in payloads and answers alike: `2026-11-22T10:00:00Z`.

What is *not* here: times in headers (tokens.py, failures.py). The receiver uses this: no githubkit.
"""

from __future__ import annotations

from datetime import UTC, datetime


def posix_time(text: object) -> float:
    """POSIX time in seconds; 0 where it cannot be read, whatever stands there."""
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
