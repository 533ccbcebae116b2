"""The one line that says how a review ended.

It is the title of the check run, the headline of the summary and the last line on a terminal.

Only a review that looked at everything says that it found no problems, and only when nothing was held back.
The result is plain text and may hold foreign text (a reason): surfaces in markdown pass it through `prose`.
"""

from __future__ import annotations

from bot.domain.review import Outcome, Review
from bot.rendering.clean import one_line
from bot.rendering.words import (
    NO_MODEL,
    count,
    held_back,
    is_complete,
    not_read_files,
    took_no_model,
    was,
)

_REASON_LIMIT = 300
_SMALL_WORDS = ("The ", "A ", "An ", "No ", "It ", "This ", "There ")


def headline(review: Review) -> str:
    """How the review ended, in one line.

    `2 findings, worst: high`, `No problems found in 6 files`, `Incomplete: 3 files were not read` and so on.
    """
    if review.outcome is Outcome.SKIPPED:
        return _with_reason("Skipped", review)
    if review.outcome is Outcome.FAILED:
        return _with_reason("Could not review", review)
    if review.shown:
        return _findings(review) + ("" if is_complete(review) else f"; incomplete: {_gap(review)}")
    if not is_complete(review):
        return f"Incomplete: {_gap(review)}"
    return _nothing(review) + (f"; {NO_MODEL}" if took_no_model(review) else "")


def _findings(review: Review) -> str:
    """`1 finding: high severity` or `3 findings, worst: high`."""
    worst = min((marked.finding.severity for marked in review.shown), key=lambda severity: severity.rank)
    number = len(review.shown)
    return f"1 finding: {worst} severity" if number == 1 else f"{count(number, 'finding')}, worst: {worst}"


def _gap(review: Review) -> str:
    """What was not looked at."""
    files = not_read_files(review)
    if files:
        return f"{count(files, 'file')} {was(files)} not read"
    return _reason(review) or "the review did not finish"


def _nothing(review: Review) -> str:
    """For a complete review without findings to show."""
    read = len(review.coverage.read)
    if not read:
        excluded = len(review.coverage.excluded)
        left_out = f": {count(excluded, 'file')} left out by rule" if excluded else ""
        return f"Nothing to review{left_out}"
    if held_back(review):
        return (
            f"Nothing to post in {count(read, 'file')}; {count(len(held_back(review)), 'finding')} held back"
        )
    return f"No problems found in {count(read, 'file')}"


def _with_reason(start: str, review: Review) -> str:
    reason = _reason(review)
    return f"{start}: {reason}" if reason else start


def _reason(review: Review) -> str:
    """The review's reason as it goes on behind a colon."""
    reason = one_line(review.reason, _REASON_LIMIT).rstrip(".")
    return reason[0].lower() + reason[1:] if reason.startswith(_SMALL_WORDS) else reason
