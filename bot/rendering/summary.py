"""The one summary comment of a pull request, edited in place, and the body of a pull-request review.

What is *not* here: looking up the comment to edit (bot.github); the conclusion (bot.domain.review.conclude).
"""

from __future__ import annotations

from bot.domain.finding import Fate
from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Conclusion, Outcome, Review
from bot.rendering.clean import one_line
from bot.rendering.code import code_span
from bot.rendering.headline import headline
from bot.rendering.limits import cut
from bot.rendering.listing import (
    coverage_line,
    excluded_lines,
    finding_lines,
    finding_texts,
    folded,
    not_read_lines,
    not_shown_lines,
    notice_lines,
)
from bot.rendering.markers import MarkerKind, write_marker
from bot.rendering.prose import prose
from bot.rendering.words import (
    NO_MODEL,
    count,
    is_complete,
    not_read_files,
    not_shown,
    sentence,
    short_sha,
    took_no_model,
    usage_words,
    was,
)


def summary_comment(review: Review, pull_ref: PullRequestRef, conclusion: Conclusion) -> str:
    """Markdown of the summary, within GitHub's limit, ending in its marker.

    The marker names the head commit of `pull_ref`, or of the review where the reference has none. A red
    `conclusion` is explained.
    """
    head = pull_ref.head_sha or review.head_sha
    marker = write_marker(MarkerKind.SUMMARY, head=head)
    parts = [
        f"### {prose(headline(review), 400)}",
        notice_lines(review),
        why_red(review, conclusion),
        unfinished(review),
        *problems(review),
        looked_at(review),
        *details(review),
    ]
    return cut(_joined(parts), f"{footer(review)}\n\n{marker}")


def review_body(review: Review) -> str:
    """One or two sentences above the inline comments, and the marker with the head commit."""
    posted = len(review.with_fate(Fate.POSTED))
    sentences = [f"{count(posted, 'comment')} on {code_span(short_sha(review.head_sha), 40)}."]
    missing = not_read_files(review)
    if missing:
        sentences.append(f"{count(missing, 'file')} {was(missing)} not read: the summary comment says why.")
    elif not is_complete(review):
        sentences.append("The review is incomplete: the summary comment says why.")
    if took_no_model(review):
        sentences.append(f"Static rules only; {NO_MODEL}.")
    return cut(" ".join(sentences), write_marker(MarkerKind.REVIEW, head=review.head_sha))


def problems(review: Review) -> list[str]:
    """The findings that people are told of; those with an inline comment in one line each."""
    unanchored = finding_texts(review.with_fate(Fate.UNANCHORED), review)
    over_cap = review.with_fate(Fate.FOLDED)
    return [
        finding_lines(review.with_fate(Fate.POSTED)),
        f"No place for an inline comment:\n\n{unanchored}" if unanchored else "",
        folded(f"{count(len(over_cap), 'finding')} over the comment limit", finding_texts(over_cap, review)),
    ]


def looked_at(review: Review) -> str:
    """What was read; what was not read is never folded away."""
    coverage = review.coverage
    if not (coverage.read or coverage.excluded or coverage.not_read):
        return ""
    return "\n\n".join(part for part in (coverage_line(review), not_read_lines(review)) if part)


def details(review: Review) -> list[str]:
    """What only the curious open: files left out, findings not posted."""
    return [
        folded("Files left out", excluded_lines(review)),
        folded(f"{count(len(not_shown(review)), 'finding')} not posted", not_shown_lines(review)),
    ]


def why_red(review: Review, conclusion: Conclusion) -> str:
    """Why the check failed, in one sentence; empty when it did not."""
    if conclusion is not Conclusion.FAILURE:
        return ""
    if is_complete(review):
        return "The check is red: the policy's `fail_on` covers a finding below."
    if review.shown:
        return "The check is red because of the policy's `fail_on`."
    return "The check is red: with `fail_on: incomplete`, the policy asks for a complete review."


def footer(review: Review) -> str:
    """Which commit, by whom, at what cost, and how to run it again."""
    parts = [code_span(short_sha(review.head_sha), 40), _reviewers(review), usage_words(review.usage)]
    return " · ".join([*(part for part in parts if part), "run again: `/ai-review`"])


def unfinished(review: Review) -> str:
    """Why a partial review is one, where the headline does not say it already."""
    if review.outcome is not Outcome.PARTIAL or not review.reason.strip():
        return ""
    told = one_line(review.reason, 200).rstrip(".").lower() in headline(review).lower()
    return "" if told else prose(sentence(review.reason), 300)


def _reviewers(review: Review) -> str:
    if review.outcome is Outcome.SKIPPED:
        return ""
    if took_no_model(review):
        return f"static rules, {NO_MODEL}"
    finder = "static rules" if review.reviewer == "static" else code_span(review.reviewer, 80)
    return finder + (f", checked by {code_span(review.cross_checker, 80)}" if review.cross_checker else "")


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)
