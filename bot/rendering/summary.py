"""The one summary comment of a pull request, edited in place, and the body of a pull-request review.

What is *not* here: looking up the comment to edit (bot.github); the conclusion (bot.domain.review.conclude).
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.ledger import Ledger
from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Conclusion, Outcome, Review
from bot.rendering.clean import one_line
from bot.rendering.code import code_span
from bot.rendering.comment import folded
from bot.rendering.headline import headline
from bot.rendering.limits import cut
from bot.rendering.listing import (
    coverage_line,
    excluded_lines,
    finding_lines,
    finding_texts,
    not_read_lines,
    not_shown_lines,
    notice_lines,
    problem_lines,
    settled_lines,
)
from bot.rendering.markers import MarkerKind, write_marker
from bot.rendering.prose import prose
from bot.rendering.words import (
    NO_MODEL,
    count,
    further_mistakes,
    held_back,
    new_findings,
    not_read_files,
    not_shown,
    open_findings,
    sentence,
    short_sha,
    took_no_model,
    usage_words,
    was,
)


def summary_comment(
    review: Review,
    pull_ref: PullRequestRef,
    conclusion: Conclusion,
    *,
    pull_url: str = "",
    hidden: str = "",
    ledger: Ledger | None = None,
) -> str:
    """Markdown of the summary, within GitHub's limit, ending in its marker.

    The marker names the head commit of `pull_ref`, or of the review where the reference has none. A red
    `conclusion` is explained.

    Args:
        pull_url: address of the pull request's page, for links to threads; without one there are none.
        hidden: lines that nobody sees, at most some 50,000 characters. They stay whole at the end, before
            the marker; what people see is cut where both have no room.
        ledger: what the reviews of this pull request come to, this one included.
    """
    marker = write_marker(MarkerKind.SUMMARY, head=pull_ref.head_sha or review.head_sha)
    parts = [
        f"### {prose(headline(review), 400)}",
        notice_lines(review),
        policy_problems(review),
        why_red(review, conclusion),
        unfinished(review),
        *problems(review, pull_url),
        looked_at(review),
        *whole_texts(review),
        *details(review, pull_url),
    ]
    tail = [footer(review, ledger), "\n".join(part for part in (hidden, marker) if part)]
    return cut(_joined(parts), "\n\n".join(tail))


def review_body(review: Review) -> str:
    """One or two sentences above the inline comments, and the marker with the head commit."""
    posted = len(review.with_fate(Fate.POSTED))
    sentences = [f"{count(posted, 'comment')} on {code_span(short_sha(review.head_sha), 40)}."]
    missing = not_read_files(review)
    if missing:
        sentences.append(f"{count(missing, 'file')} {was(missing)} not read: the summary comment says why.")
    elif not review.is_complete:
        sentences.append("The review is incomplete: the summary comment says why.")
    if took_no_model(review):
        sentences.append(f"Static rules only; {NO_MODEL}.")
    return cut(" ".join(sentences), write_marker(MarkerKind.REVIEW, head=review.head_sha))


def problems(review: Review, pull_url: str = "") -> list[str]:
    """The findings that people are told of, those with an inline comment in one line each.

    What has none is told whole at once, or in `whole_texts` where that is too much.
    """
    new, told = new_findings(review), open_findings(review)
    posted = finding_lines([one for one in new if one.disposition.fate is Fate.POSTED], pull_url)
    unanchored = finding_texts(review.with_fate(Fate.UNANCHORED), review)
    still_open = finding_lines(_worst_first(filter(_is_commented, told)), pull_url)
    return [
        f"**New**\n\n{posted}" if posted and still_open else posted,
        f"No place for an inline comment:\n\n{unanchored}" if unanchored else "",
        f"**Still open**\n\n{still_open}" if still_open else "",
    ]


def _is_commented(marked: MarkedFinding) -> bool:
    """Whether its place is in a comment, if one stands, and not whole in the summary from the beginning."""
    return marked.disposition.fate in (Fate.OPEN, Fate.POSTED)


def _worst_first(findings: Iterable[MarkedFinding]) -> list[MarkedFinding]:
    return sorted(findings, key=lambda marked: marked.finding.severity.rank)


def policy_problems(review: Review) -> str:
    """Why the repository's policy could not be used, beside what its notice says."""
    found = problem_lines(further_mistakes(review))
    return f"The policy has problems:\n\n{found}" if found else ""


def looked_at(review: Review) -> str:
    """What was read; what was not read is never folded away."""
    coverage = review.coverage
    if not (coverage.read or coverage.excluded or coverage.not_read or coverage.earlier):
        return ""
    return "\n\n".join(part for part in (coverage_line(review), not_read_lines(review)) if part)


def whole_texts(review: Review) -> list[str]:
    """Findings that neither an inline comment nor `problems` tells whole."""
    listed = review.with_fate(Fate.FOLDED)
    still_open = filter(_is_commented, open_findings(review))
    alone = _worst_first(marked for marked in still_open if marked.comment_id is None)
    title = f"{count(len(alone), 'finding')} still open without an inline comment"
    return [
        folded(f"{count(len(listed), 'finding')} listed without a comment", finding_texts(listed, review)),
        folded(title, finding_texts(alone, review)),
    ]


def details(review: Review, pull_url: str = "") -> list[str]:
    """What only the curious open: findings that are settled or not posted, files left out."""
    fixed = review.with_fate(Fate.FIXED)
    given_up = review.with_fate(Fate.DISMISSED, Fate.WITHDRAWN)
    title = f"{count(len(given_up), 'finding')} dismissed or withdrawn"
    return [
        folded(f"{count(len(fixed), 'finding')} fixed", settled_lines(fixed, pull_url)),
        folded(title, settled_lines(given_up, pull_url)),
        folded(_not_posted(review), not_shown_lines(review)),
        folded("Files left out", excluded_lines(review)),
    ]


def _not_posted(review: Review) -> str:
    """How many findings stand below; the headline counts those only that may be real."""
    total, held = len(not_shown(review)), len(held_back(review))
    words = f"{count(total, 'finding')} not posted"
    return f"{words}, {held:,} of them held back" if 0 < held < total else words


def why_red(review: Review, conclusion: Conclusion) -> str:
    """Why the check failed, in one sentence; empty when it did not."""
    if conclusion is not Conclusion.FAILURE:
        return ""
    if review.is_complete:
        return "The check is red: the policy's `fail_on` covers a finding below."
    if review.shown:
        return "The check is red because of the policy's `fail_on`."
    return "The check is red: with `fail_on: incomplete`, the policy asks for a complete review."


def footer(review: Review, ledger: Ledger | None = None) -> str:
    """What `made_of` says, how many reviews there were, and how to run it again."""
    again = "run again: `/ai-review`, from the start: `/ai-review full`"
    return " · ".join(part for part in (made_of(review), _rounds(ledger), again) if part)


def made_of(review: Review) -> str:
    """Which commit, by whom, at what cost: all that there is to say away from a pull request."""
    sha = code_span(short_sha(review.head_sha), 40) if review.head_sha else ""
    used = usage_words(review.used_before + review.usage)
    return " · ".join(part for part in (sha, _reviewers(review), used) if part)


def _rounds(ledger: Ledger | None) -> str:
    """`3 reviews so far: 15 calls, …`; empty for the first."""
    if ledger is None or ledger.round < 2:
        return ""
    used = usage_words(ledger.usage)
    return f"{count(ledger.round, 'review')} so far" + (f": {used}" if used else "")


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
