"""What linked issues say that a change is for: claims of others, shown behind its description.

What is *not* here: which issues are linked, and reading them (bot.parsing.linked_issues, bot.github.issues).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workers.review.change import Change, LinkedIssue, tokens
from workers.review.untrusted import one_line, visible

TITLE_LIMIT = 300
BODY_LIMIT = 4_000
"""Characters of one issue that are shown."""
_CHARACTERS = 3
"""Of a token, at least: `tokens` counts 3.5 to one."""


def issues_text(issues: Sequence[LinkedIssue]) -> str:
    """For the material: each issue with number, title and text; empty where none is linked."""
    texts = [f"Issue {one.number}: {one_line(one.title, TITLE_LIMIT)}\n{_body(one.body)}" for one in issues]
    return "\n\n".join(["Issues that this change is said to resolve:", *texts]) if texts else ""


def within(change: Change, most: int) -> Change:
    """The change with its issues cut to so many tokens in all."""
    if tokens(issues_text(change.issues)) <= most:
        return change
    room = max(0, most * _CHARACTERS // len(change.issues) - TITLE_LIMIT)
    return replace(change, issues=tuple(replace(one, body=_cut(one.body, room)) for one in change.issues))


def _body(text: str) -> str:
    return _cut(visible(text.replace("\r\n", "\n")).strip(), BODY_LIMIT) or "(no text)"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… (the issue goes on)"
