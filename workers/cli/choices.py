"""Values that options take. Apart, so that `ai-review --help` loads nothing else.

What is *not* here: what the values do.
"""

from __future__ import annotations

from enum import StrEnum


class OutputFormat(StrEnum):
    """How a review is printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    MARKDOWN = "markdown"


class ListFormat(StrEnum):
    """How everything else is printed."""

    TEXT = "text"
    JSON = "json"


class FailOnSeverity(StrEnum):
    """From which severity on findings make the exit status 1; words and meaning are those of the policy."""

    NEVER = "never"
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INCOMPLETE = "incomplete"


class Role(StrEnum):
    """Which command's settings `doctor` looks at."""

    UP = "up"
    SERVE = "serve"
    WORK = "work"
