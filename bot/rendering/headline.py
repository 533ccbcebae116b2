"""The one line that says how a review ended.

It is the title of the check run, the headline of the summary and the last line on a terminal.

Only a review that looked at everything says that it found no problems, and only when nothing was held back
and no earlier review told of any: after one of those there are at best no new ones.
The result is plain text and may hold foreign text (a reason): surfaces in markdown pass it through `prose`.

What is *not* here: the conclusion of the check run (bot.domain.review).
"""

from __future__ import annotations

import re

from bot.domain.finding import Fate
from bot.domain.review import Outcome, Review
from bot.rendering.clean import one_line
from bot.rendering.words import (
    NO_MODEL,
    count,
    held_back,
    is_later,
    new_findings,
    not_read_files,
    open_findings,
    short_sha,
    since_words,
    took_no_model,
    was,
)

_REASON_LIMIT = 300
_GROUPS = 3
"""Reasons that are named of why files were left out."""
_SMALL_WORDS = ("The ", "A ", "An ", "No ", "It ", "This ", "There ")


def headline(review: Review) -> str:
    """How the review ended, in one line.

    `2 findings, worst: high`, `No problems found in 6 files`, `Incomplete: 3 files were not read`; after an
    earlier review `2 new findings, 3 still open, worst: high` or `No new problems in the changes since the
    review of abc1234; 1 still open: low severity`. What is still open is said whatever became of this review.
    """
    told = _told(review)
    if review.outcome is Outcome.SKIPPED:
        return _joined(_with_reason("Skipped", review), told)
    if review.outcome is Outcome.FAILED:
        return _joined(_with_reason("Could not review", review), told)
    if not review.is_complete:
        return _joined(told, f"incomplete: {_gap(review)}") if told else f"Incomplete: {_gap(review)}"
    if new_findings(review):
        return told
    return _joined(_nothing(review), told or _settled(review), NO_MODEL if took_no_model(review) else "")


def _told(review: Review) -> str:
    """`1 finding: high severity`, `2 new findings, 3 still open, worst: high`; empty where there is none."""
    new, still_open = new_findings(review), open_findings(review)
    words = [count(len(new), "new finding" if is_later(review) else "finding")] if new else []
    words += [f"{len(still_open):,} still open"] if still_open else []
    if not words:
        return ""
    worst = min((marked.finding.severity for marked in (*new, *still_open)), key=lambda one: one.rank)
    alone = len(new) + len(still_open) == 1
    return ", ".join(words) + (f": {worst} severity" if alone else f", worst: {worst}")


def _gap(review: Review) -> str:
    """What was not looked at."""
    files = not_read_files(review)
    if files:
        return f"{count(files, 'file')} {was(files)} not read"
    return _reason(review) or "the review did not finish"


def _nothing(review: Review) -> str:
    """For a complete review without findings of its own to show."""
    coverage, since = review.coverage, since_words(review, one_line(short_sha(review.since), 40))
    if not coverage.read:
        if since or coverage.earlier:
            return f"Nothing new{since or ' to review'}"
        return f"Nothing to review{_left_out(review)}"
    place = f"the changes{since}" if since else count(len(coverage.read), "file")
    later, held = is_later(review), len(held_back(review))
    if held:
        return f"Nothing {'new ' if later else ''}to post in {place}; {count(held, 'finding')} held back"
    return f"No new problems in {place}" if later else f"No problems found in {place}"


def _left_out(review: Review) -> str:
    """`: 3 files left out (lock file, vendored)`; empty where none was. Patterns stay unsaid."""
    excluded = review.coverage.excluded
    groups = list(dict.fromkeys(re.split(r",| \(", one_line(entry.reason, 80))[0] for entry in excluded))
    more = f" and {len(groups) - _GROUPS} more" if len(groups) > _GROUPS else ""
    named = f"{', '.join(groups[:_GROUPS])}{more}"
    return f": {count(len(excluded), 'file')} left out ({named})" if excluded else ""


def _settled(review: Review) -> str:
    """`2 fixed, 1 dismissed`; empty where nothing was settled."""
    numbers = {fate: len(review.with_fate(fate)) for fate in (Fate.FIXED, Fate.DISMISSED, Fate.WITHDRAWN)}
    return ", ".join(f"{number:,} {fate}" for fate, number in numbers.items() if number)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _with_reason(start: str, review: Review) -> str:
    reason = _reason(review)
    return f"{start}: {reason}" if reason else start


def _reason(review: Review) -> str:
    """The review's reason as it goes on behind a colon."""
    reason = one_line(review.reason, _REASON_LIMIT).rstrip(".")
    return reason[0].lower() + reason[1:] if reason.startswith(_SMALL_WORDS) else reason
