"""Every surface, as people read it. Read the golden files when one of these fails."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.ledger import Ledger
from bot.domain.policy import FailOn
from bot.domain.review import Coverage, Excluded, Outcome, PolicyProblem, Review, Usage, conclude
from bot.rendering import check as checks
from bot.rendering.as_json import render_json
from bot.rendering.comment import inline_comment
from bot.rendering.markdown import review_markdown
from bot.rendering.sarif import render_sarif
from bot.rendering.settled import settled_comment
from bot.rendering.summary import review_body, summary_comment
from bot.rendering.terminal import render_terminal
from tests.support.golden import check_golden
from tests.support.reviews import (
    BEFORE,
    FINDER,
    HEAD,
    LOST_GUARD,
    READ,
    REF,
    REMOVED_LOCK,
    SHARED_DEFAULT,
    completed,
    confirmed,
    failed,
    later,
    marked,
    partial,
    refuted,
    skipped,
    static,
    told,
    unsure,
)

IN_WORDS = replace(LOST_GUARD, fix_words="Return 0 for an order without items, before `len(items)` divides")
FOLDED = tuple(
    marked(replace(finding, path=f"shop/{name}.py"), Fate.FOLDED, "", confirmed())
    for name, finding in (("a", IN_WORDS), ("b", SHARED_DEFAULT))
)
NOT_POSTED = (
    marked(
        replace(LOST_GUARD, path="shop/a.py"), Fate.REFUTED, "`load` never returns an empty list.", refuted()
    ),
    marked(SHARED_DEFAULT, Fate.SUPPRESSED, "below the threshold `high`"),
    marked(
        replace(LOST_GUARD, path="shop/b.py", lines=None), Fate.UNSUPPORTED, "the quoted code is not there"
    ),
    marked(REMOVED_LOCK, Fate.PRE_EXISTING, "the base has it as well"),
    marked(replace(LOST_GUARD, path="shop/c.py"), Fate.DUPLICATE, "same as shop/orders.py:41"),
)
EVERYTHING = (
    marked(IN_WORDS, Fate.POSTED, "", confirmed()),
    marked(SHARED_DEFAULT, Fate.POSTED, "", unsure()),
    marked(REMOVED_LOCK, Fate.UNANCHORED, "GitHub shows no such line", unsure()),
    *FOLDED,
    *NOT_POSTED,
)
STILL_OPEN = told(LOST_GUARD)
SETTLED = (
    told(REMOVED_LOCK, Fate.FIXED),
    told(replace(SHARED_DEFAULT, path="shop/prices.py"), Fate.DISMISSED, "Only tests call it.", "mona-lisa"),
    told(replace(SHARED_DEFAULT, path="shop/users.py"), Fate.DISMISSED, "put 👎 on it", "hubot"),
    told(replace(LOST_GUARD, path="shop/api.py"), Fate.WITHDRAWN, "The caller checks the length first."),
)
RULE_BROKEN = marked(
    replace(
        SHARED_DEFAULT,
        source=FINDER,
        rule="no-shared-state",
        lens="rules",
        needs=("Basket.add", "new_basket"),
        confidence=0.93,
    ),
    Fate.POSTED,
    "",
    confirmed(),
)
BACKED = ("ruff:B006", "sarif:CodeQL:py/empty-sequence")
REVIEWS = {
    "completed-clean": completed(),
    "completed-findings": completed(*EVERYTHING),
    "completed-one": completed(marked(LOST_GUARD, Fate.POSTED, "", confirmed())),
    "completed-held-back": completed(*NOT_POSTED),
    "static-clean": static(),
    "static-findings": static(marked(SHARED_DEFAULT)),
    "partial": partial(marked(LOST_GUARD, Fate.POSTED, "", confirmed())),
    "partial-clean": partial(),
    "partial-pass": replace(
        completed(), outcome=Outcome.PARTIAL, reason="The pass for missing checks did not finish in time."
    ),
    "failed": failed(),
    "skipped": skipped(),
    "folded": completed(*FOLDED),
    "nothing": replace(completed(), coverage=Coverage((), (Excluded("uv.lock", "lock file"),))),
    "notices": replace(
        completed(),
        notices=("The policy file has an unknown key in line 3: severty. The default policy was used.",),
        problems=(
            PolicyProblem(
                ".github/ai-review.yml", 3, 1, "unknown key severty: did you mean severity_threshold?"
            ),
            PolicyProblem(".github/ai-review.yml", 0, 0, "larger than 64 kB"),
        ),
    ),
    "later-new": later(
        RULE_BROKEN,
        marked(replace(LOST_GUARD, path="shop/prices.py"), Fate.FOLDED, "more comments than 10", unsure()),
        STILL_OPEN,
        told(REMOVED_LOCK, comment_id=None),
        *SETTLED,
        *NOT_POSTED,
    ),
    "later-open": later(STILL_OPEN, *SETTLED[:1]),
    "later-clean": later(*SETTLED),
    "later-held-back": later(STILL_OPEN, NOT_POSTED[1]),
    "later-rebased": replace(
        later(STILL_OPEN), coverage=Coverage(earlier=READ), usage=Usage(), cross_checker=None
    ),
    "later-partial": replace(partial(STILL_OPEN), since=BEFORE),
    "later-failed": replace(failed(), findings=(STILL_OPEN, told(SHARED_DEFAULT))),
    "later-skipped": replace(skipped(), findings=(STILL_OPEN,)),
}
PULL_URL = "https://github.com/acme/shop/pull/7"


@pytest.mark.parametrize("name", REVIEWS)
def test_a_summary_comment_reads_well(name: str) -> None:
    review = REVIEWS[name]
    ledger = Ledger(HEAD, 3, usage=Usage(15, 120_400, 30_000, 6_300, 0.41)) if "later" in name else None
    text = summary_comment(
        review, REF, conclude(review, FailOn.CRITICAL), pull_url=PULL_URL, hidden="", ledger=ledger
    )
    check_golden(f"rendering/summary/{name}.md", text + "\n")


@pytest.mark.parametrize(
    ("name", "finding", "review"),
    [
        ("confirmed", marked(LOST_GUARD, Fate.POSTED, "", confirmed()), completed()),
        ("unverified", marked(LOST_GUARD, Fate.POSTED, "", unsure()), completed()),
        ("disagreed", marked(LOST_GUARD, Fate.POSTED, "", refuted()), completed()),
        ("one-model", marked(LOST_GUARD), replace(completed(), has_second=False)),
        ("static-suggestion", marked(SHARED_DEFAULT), static()),
        ("rule-confirmed", marked(SHARED_DEFAULT, Fate.POSTED, "", confirmed()), completed()),
        ("backed-by-a-rule", replace(marked(LOST_GUARD), backed_by=BACKED), completed()),
        ("fix-in-words", marked(IN_WORDS, Fate.POSTED, "", confirmed()), completed()),
        ("rule-of-the-repository", RULE_BROKEN, completed()),
        ("removed-line", marked(REMOVED_LOCK, Fate.POSTED, "", unsure("")), completed()),
    ],
)
def test_an_inline_comment_reads_well(name: str, finding: MarkedFinding, review: Review) -> None:
    check_golden(f"rendering/comment/{name}.md", inline_comment(finding, review) + "\n")


def test_review_bodies_read_well() -> None:
    bodies = [
        review_body(REVIEWS[name])
        for name in ("completed-one", "completed-findings", "partial", "static-findings")
    ]
    check_golden("rendering/review-bodies.md", "\n\n".join(bodies) + "\n")


@pytest.mark.parametrize("name", REVIEWS)
def test_a_check_run_reads_well(name: str) -> None:
    check = checks.check_result(REVIEWS[name], conclude(REVIEWS[name], FailOn.INCOMPLETE), PULL_URL)
    check_golden(f"rendering/check/{name}.md", _check_words(check))


def test_the_other_check_runs_read_well() -> None:
    texts = [checks.check_in_progress(), checks.check_superseded("b" * 40)]
    check_golden("rendering/check/other.md", "\n".join(_check_words(check) for check in texts))


@pytest.mark.parametrize("one", SETTLED, ids=["fixed", "dismissed", "dismissed-by-hand", "withdrawn"])
def test_a_settled_comment_reads_well(one: MarkedFinding) -> None:
    body = inline_comment(marked(LOST_GUARD, Fate.POSTED, "", confirmed()), completed())
    name = f"{one.disposition.fate}{'-by-hand' if '👎' in one.disposition.reason else ''}"
    check_golden(f"rendering/settled/{name}.md", settled_comment(body, one, HEAD) + "\n")


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    "name", ["completed-findings", "static-clean", "partial", "failed", "skipped", "later-new"]
)
def test_a_review_on_a_terminal_reads_well(name: str, width: int) -> None:
    out = io.StringIO()
    render_terminal(REVIEWS[name], Console(file=out, width=width, color_system=None))
    assert all(len(line) <= width for line in out.getvalue().splitlines())
    check_golden(f"rendering/terminal/{name}-{width}.txt", out.getvalue())


@pytest.mark.parametrize("name", ["completed-findings", "static-clean", "partial", "failed", "later-new"])
def test_machine_formats_stay_as_they_are(name: str) -> None:
    check_golden(f"rendering/json/{name}.json", render_json(REVIEWS[name]))
    check_golden(f"rendering/sarif/{name}.sarif", render_sarif(REVIEWS[name], "0.1.0"))


def test_the_rules_that_back_a_finding_are_named_on_every_surface() -> None:
    review = completed(replace(marked(LOST_GUARD, Fate.UNANCHORED), backed_by=BACKED))
    out = io.StringIO()
    render_terminal(review, Console(file=out, width=200, color_system=None))
    words = [summary_comment(review, REF, conclude(review, FailOn.NEVER)), review_markdown(review)]
    for text in words:
        assert "also reported by `ruff B006`, `CodeQL py/empty-sequence`" in text
    assert "also reported by ruff B006, CodeQL py/empty-sequence" in out.getvalue()
    assert json.loads(render_json(review))["findings"][0]["backed_by"] == list(BACKED)
    [result] = json.loads(render_sarif(review))["runs"][0]["results"]
    assert result["properties"]["backedBy"] == list(BACKED)


@pytest.mark.parametrize("name", ["completed-findings", "static-clean", "partial", "later-new"])
def test_a_markdown_report_reads_well(name: str) -> None:
    check_golden(f"rendering/markdown/{name}.md", review_markdown(REVIEWS[name]))


def _check_words(check: checks.CheckText) -> str:
    notes = "".join(
        f"\n{one.level} {one.path}:{one.start_line}-{one.end_line} [{one.title}]\n{one.message}\n"
        for one in check.annotations
    )
    words = f"TITLE: {check.title}\n\nSUMMARY:\n{check.summary}\n\nTEXT:\n{check.text}\n"
    return words + (f"\nANNOTATIONS:\n{notes}" if notes else "")
