"""A review as one Markdown document, for `--format markdown`: a file, a job summary, a chat.

Unlike the summary comment it holds every finding whole, since there are no inline comments beside it.

What is *not* here: hidden markers. Nothing of ours looks for this document again.
"""

from __future__ import annotations

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.review import Review
from bot.rendering.clean import block
from bot.rendering.code import fenced, path_span
from bot.rendering.comment import backing, badge, case, claim_text, mending, why
from bot.rendering.headline import headline
from bot.rendering.listing import notice_lines
from bot.rendering.prose import prose
from bot.rendering.summary import details, looked_at, made_of, policy_problems, unfinished
from bot.rendering.words import location

_QUOTE_LINES = 12


def review_markdown(review: Review) -> str:
    """The whole review, with a final newline."""
    parts = [
        f"# {prose(headline(review), 400)}",
        notice_lines(review),
        policy_problems(review),
        unfinished(review),
        *(_finding(marked, review) for marked in review.shown),
        looked_at(review),
        *details(review),
        made_of(review),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _finding(marked: MarkedFinding, review: Review) -> str:
    fix = marked.finding.suggestion
    parts = [
        f"## {path_span(location(marked))}",
        badge(marked) + (" · still open" if marked.disposition.fate is Fate.OPEN else ""),
        claim_text(marked),
        fenced(shortened_quote(marked.finding.quote)) if marked.finding.quote.strip() else "",
        case(marked),
        ""
        if fix is None
        else f"Possible fix:\n\n{fenced(fix)}"
        if fix.strip()
        else "Possible fix: remove these lines.",
        mending(marked),
        backing(marked, review),
        why(marked),
    ]
    return "\n\n".join(part for part in parts if part)


def shortened_quote(quote: str) -> str:
    """The first lines of a long quote, and how many more there are."""
    lines = block(quote).removesuffix("\n").split("\n")
    rest = len(lines) - _QUOTE_LINES
    return "\n".join([*lines[:_QUOTE_LINES], f"… {rest} more"] if rest > 0 else lines)
