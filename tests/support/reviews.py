"""Reviews to render: believable ones, made of the nouns alone."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.diff import Anchor, Side
from bot.domain.finding import (
    Category,
    Disposition,
    Fate,
    Finding,
    LineRange,
    MarkedFinding,
    Ruling,
    Severity,
    Verdict,
)
from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Coverage, Excluded, NotRead, Outcome, Review, Usage

BEFORE = "91b7c0de5a4f3321908f7e6d5c4b3a2918070605"
HEAD = "4f1c2a9be07d5c3318f6a0d2b94e77c1a05d6e3f"
REF = PullRequestRef("acme/shop", 7, HEAD)
FINDER = "openai:gpt-5.2"
CHECKER = "anthropic:claude-sonnet-5"

LOST_GUARD = Finding(
    path="shop/orders.py",
    lines=LineRange(41, 42),
    quote="    total = sum(item.price for item in items)\n    return total / len(items)",
    category=Category.MISSING_CHECK,
    severity=Severity.HIGH,
    confidence=0.86,
    claim="The guard against an empty order is gone. `average_price` divides by the number of items.",
    trigger="A customer removes the last item and the page asks for the average price.",
    consequence="`ZeroDivisionError`, and the basket page answers 500.",
    source=FINDER,
)
SHARED_DEFAULT = Finding(
    path="shop/basket.py",
    lines=LineRange(12, 12),
    quote="def add(item, basket=[]):",
    category=Category.API_MISUSE,
    severity=Severity.MEDIUM,
    confidence=1.0,
    claim="The default list is shared by all calls.",
    trigger="`add` is called twice without a basket.",
    consequence="The second customer sees the first one's items.",
    source="ruff:B006",
    suggestion="def add(item, basket=None):\n",
)
REMOVED_LOCK = Finding(
    path="shop/stock.py",
    lines=LineRange(88, 90, Side.LEFT),
    quote="    with lock:\n        left = read()\n        write(left - 1)",
    category=Category.CONCURRENCY,
    severity=Severity.CRITICAL,
    confidence=0.64,
    claim="Reading and writing the stock is no longer one step.",
    trigger="Two orders for the last piece arrive together.",
    consequence="Both are accepted and the stock becomes -1.",
    source=FINDER,
)


def marked(
    finding: Finding,
    fate: Fate = Fate.POSTED,
    reason: str = "",
    *verdicts: Verdict,
    fingerprint: str = "0123456789abcdef",
) -> MarkedFinding:
    """A finding with its fate; its anchor is where its lines are."""
    lines = finding.lines
    anchor = None
    if lines is not None and fate is not Fate.UNANCHORED:
        start = lines.start if lines.start < lines.end else None
        anchor = Anchor(finding.path, lines.side, lines.end, start)
    return MarkedFinding(finding, Disposition(fate, reason), fingerprint, verdicts, anchor)


def confirmed(reason: str = "Nothing upstream checks the length.") -> Verdict:
    """The second model agrees."""
    return Verdict(Ruling.CONFIRMED, CHECKER, reason)


def unsure(reason: str = "no answer within 120 s") -> Verdict:
    """The second model could not be asked, or cannot tell."""
    return Verdict(Ruling.UNSURE, CHECKER, reason)


def refuted(reason: str = "`load` never returns an empty list.") -> Verdict:
    """The second model disagrees."""
    return Verdict(Ruling.REFUTED, CHECKER, reason)


READ = tuple(f"shop/{name}.py" for name in ("api", "basket", "orders", "prices", "stock", "users"))


def completed(*findings: MarkedFinding) -> Review:
    """A review by two models that looked at everything."""
    return Review(
        Outcome.COMPLETED,
        HEAD,
        FINDER,
        findings,
        Coverage(READ, (Excluded("uv.lock", "lock file"), Excluded("web/dist/app.min.js", "minified"))),
        Usage(5, 41_204, 12_010, 2_117, 0.1234),
        CHECKER if any(one.verdicts for one in findings) else None,
        has_second=True,
    )


def static(*findings: MarkedFinding) -> Review:
    """A review by analysers alone."""
    return Review(
        Outcome.COMPLETED, HEAD, "static", findings, Coverage(READ, (Excluded("README.md", "prose"),))
    )


def partial(*findings: MarkedFinding) -> Review:
    """A review that could not look at everything."""
    coverage = Coverage(
        READ,
        (Excluded("uv.lock", "lock file"),),
        (
            NotRead("db/seed.sql", "GitHub gave no patch for it"),
            NotRead("db/dump.sql", "GitHub gave no patch for it"),
            NotRead("web/legacy.js", "over the token budget"),
        ),
    )
    return replace(
        completed(*findings),
        outcome=Outcome.PARTIAL,
        coverage=coverage,
        reason="The token budget reached 6 of 9 files.",
    )


def later(*findings: MarkedFinding) -> Review:
    """A review of what changed since the one before."""
    coverage = Coverage(READ[:2], (Excluded("uv.lock", "lock file"),), earlier=READ[2:])
    return replace(completed(*findings), coverage=coverage, since=BEFORE)


def told(
    finding: Finding, fate: Fate = Fate.OPEN, reason: str = "", by: str = "", comment_id: int | None = 9001
) -> MarkedFinding:
    """A finding that the review before told of, with its fate now; by default in a thread of its own."""
    known = marked(finding, fate, "", confirmed())
    return replace(known, disposition=Disposition(fate, reason, by), since=BEFORE, comment_id=comment_id)


def failed() -> Review:
    """A review that could not be done."""
    return Review(Outcome.FAILED, HEAD, FINDER, reason="the model did not answer; next try in 5 minutes")


def skipped() -> Review:
    """A review that nobody wants."""
    return Review(Outcome.SKIPPED, HEAD, FINDER, reason="draft")
