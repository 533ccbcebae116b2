"""Texts of the check run `ai-review`, the visible outcome of every head commit.

What is *not* here: its conclusion (bot.domain.review.conclude), and which findings are annotations
(annotations.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.review import Conclusion, Outcome, Review
from bot.rendering.annotations import Annotation, annotations_of
from bot.rendering.clean import one_line
from bot.rendering.code import code_span
from bot.rendering.headline import headline
from bot.rendering.limits import CHECK_LIMIT, cut
from bot.rendering.listing import notice_lines
from bot.rendering.summary import (
    details,
    footer,
    looked_at,
    policy_problems,
    problems,
    unfinished,
    whole_texts,
    why_red,
)
from bot.rendering.words import short_sha

_TITLE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class CheckText:
    """What a check run says.

    Attributes:
        title: plain text, one line.
        summary: markdown, at most 65,535 characters.
        text: markdown with the details, at most 65,535 characters; may be empty.
        annotations: what has lines and no inline comment.
    """

    title: str
    summary: str
    text: str = ""
    annotations: tuple[Annotation, ...] = ()


def check_in_progress() -> CheckText:
    """While the review runs."""
    return CheckText("Reviewing", "The review is under way. Its findings will stand on the pull request.")


def check_superseded(new_sha: str) -> CheckText:
    """For a head commit that a newer one replaced before its review was posted."""
    newer = short_sha(new_sha)
    return CheckText(
        one_line(f"Superseded by {newer}", _TITLE_LIMIT),
        f"A newer commit, {code_span(newer, 40)}, was pushed. It gets the review; this one was not finished.",
    )


def no_check(*, by_app: bool) -> str:
    """Why a review has no check run: for the summary, which has to do without it, and for the log."""
    if not by_app:
        return "This token may not write checks, so there is no check run."
    return (
        "This App may not write checks, so there is no check run. Its operator can grant that on the App's"
        " page; then the owner of this repository has to accept it."
    )


def check_result(
    review: Review, conclusion: Conclusion, pull_url: str = "", *, hidden: str = ""
) -> CheckText:
    """How a review ended. The title says the reason; the summary says what the conclusion means.

    Args:
        pull_url: the address of the pull request's page, for links to threads.
        hidden: lines that nobody sees, at most some 50,000 characters. They stay whole at the end.
    """
    summary = [
        _meaning(review, conclusion),
        notice_lines(review),
        policy_problems(review),
        unfinished(review),
        looked_at(review),
    ]
    text = [
        *problems(review, pull_url),
        *whole_texts(review),
        *details(review, pull_url),
        footer(review),
    ]
    return CheckText(
        one_line(headline(review), _TITLE_LIMIT),
        cut("\n\n".join(part for part in summary if part), limit=CHECK_LIMIT),
        cut("\n\n".join(part for part in text if part), hidden, CHECK_LIMIT),
        annotations_of(review),
    )


def _meaning(review: Review, conclusion: Conclusion) -> str:
    """What red, grey or green stands for this time; never empty, since GitHub wants a summary."""
    red = why_red(review, conclusion)
    if review.outcome is Outcome.SKIPPED:
        return f"This commit was not reviewed. {red}".strip()
    if review.outcome is Outcome.FAILED:
        return f"This commit could not be reviewed. {red or 'That is no statement about the change.'}"
    if red:
        return red
    if not review.is_complete:
        return "Not green, because not everything was looked at."
    if review.shown:
        return "The findings stand on the pull request."
    return "Everything in scope was read."
