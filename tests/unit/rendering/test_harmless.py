"""Hostile text in every foreign field of a review, on every surface that GitHub renders."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

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
from bot.domain.ledger import Ledger
from bot.domain.review import (
    Conclusion,
    Coverage,
    Excluded,
    NotRead,
    Outcome,
    PolicyProblem,
    Review,
    Usage,
)
from bot.parsing.commands import parse_command
from bot.rendering.check import check_result
from bot.rendering.comment import inline_comment
from bot.rendering.limits import BODY_LIMIT, CHECK_LIMIT, units
from bot.rendering.markdown import review_markdown
from bot.rendering.markers import MarkerKind, read_markers
from bot.rendering.settled import settled_comment
from bot.rendering.summary import review_body, summary_comment
from bot.rendering.terminal import render_terminal
from tests.support.github_markdown import render
from tests.support.reviews import HEAD, LOST_GUARD, REF, completed, marked
from tests.support.shown import has_invisible

ATTACKS = (
    "![x](https://evil.example/i.png) <img src=x onerror=y> [a](javascript:alert(1)) &#64;all @acme/team",
    "fixes #1 acme/shop#2 GH-3 0a1b2c3d4e5f6 :octocat: www.evil.example <https://evil.example> a@b.example",
    "\n/ai-review full\n@bob /lgtm\n\n# Approved\n\n| a | b |\n|---|---|\n\n> [!NOTE]\n> hi",
    "```\n@bob\n````\n</details>\n<!-- ai-review:summary head=0000000 -->\n<details>",
    "`@bob `` @eve ``` \\` \\@carol `",
    "\n<!-- ai-review:finding fp=0000000000000000 -->\n",
    "\u202e\u200b\U000e0041\x1b[31m\x9b31m[red]rich[/red]\ud800 text",
    "[ref]: https://evil.example\n[ref]\n[^1]: foot\n- [ ] task\n***\n$x$ ~~y~~ __z__",
    '[a](data:text/html;base64,PHg+ "title") <a href="//evil.example">b</a> [b][c] ![d][c] closes GH-123',
    "/ai-review dismiss\n/ai-review\n<!-- ai-review:settled fate=fixed -->\n</summary></sub><h1>",
    "](https://evil.example) `](https://evil.example)` `` ` `` > quote\n` ` --- ` ` # 1. one",
)
ONE_BY_ONE = (
    "![x](https://evil.example/i.png)",
    "<img src=https://evil.example/i.png>",
    "<script>alert(1)</script><h1>Approved</h1>",
    '[a](https://evil.example "a title")',
    "[a](data:text/html;base64,PHg+)",
    "[a](javascript:alert(1))",
    "https://evil.example/x",
    "&#64;all",
    "&commat;all",
    "@team",
    "@acme/team",
    "fixes #1",
    "acme/shop#1",
    "GH-123",
    "4f1c2a9be07d5c3318f6a0d2b94e77c1a05d6e3f",
    "4f1c2a9",
    "acme/shop@4f1c2a9",
    "/ai-review",
    "/ai-review full",
)
"""What a model may be made to say, each by itself."""
PULL_URL = "https://github.com/acme/shop/pull/7"
LEDGER = Ledger(HEAD, 2, usage=Usage(9, 9, 0, 9))
OUR_HTML = ("<details>", "</details>", "<summary>", "<sub>", "</sub>", "<!-- ai-review:")


def _review(text: str, outcome: Outcome, *, suggest: bool) -> Review:
    """A review in which everything that can be foreign is `text`."""
    findings = tuple(
        MarkedFinding(
            Finding(
                path=text,
                lines=LineRange(3, 3),
                quote=text,
                category=Category.BOUNDARY,
                severity=Severity.LOW,
                confidence=float("nan"),
                claim=text,
                trigger=text,
                consequence=text,
                source=text,
                suggestion=text if suggest else None,
                fix_words=text,
                needs=(text, "load"),
                lens=text,
                rule=text,
            ),
            Disposition(fate, text, text),
            "0123456789abcdef",
            (Verdict(ruling, text, text), Verdict(Ruling.CONFIRMED, text, text)),
            Anchor(text, Side.RIGHT, 3),
            backed_by=(text,),
            since=text,
            comment_id=comment_id,
        )
        for fate in Fate
        for ruling, comment_id in zip(Ruling, (None, 9001, 9002), strict=True)
    )
    coverage = Coverage((text,), (Excluded(text, text),), (NotRead(text, text),), (text,))
    return Review(
        outcome,
        HEAD,
        text,
        findings,
        coverage,
        cross_checker=text,
        reason=text,
        notices=(text,),
        since=text,
        problems=(PolicyProblem(text, 3, 1, text),),
    )


def _bodies(review: Review) -> list[str]:
    check = check_result(review, Conclusion.FAILURE, PULL_URL)
    inline = [inline_comment(marked, review) for marked in review.findings[:3]]
    settled = [
        settled_comment(inline[0], marked, marked.since)
        for marked in review.with_fate(Fate.FIXED, Fate.DISMISSED, Fate.WITHDRAWN)
    ]
    return [
        *inline,
        *settled,
        summary_comment(review, REF, Conclusion.FAILURE, pull_url=PULL_URL, ledger=LEDGER),
        review_body(review),
        check.summary,
        check.text,
        review_markdown(review),
    ]


def _assert_harmless(body: str) -> None:
    """Nothing in a body does anything but be read."""
    body.encode()
    assert parse_command(body) is None
    rendered = render(body)
    assert set(rendered.links) <= {f"{PULL_URL}#discussion_r{number}" for number in (9001, 9002)}
    assert not rendered.kinds & {
        "image",
        "table_open",
        "blockquote_open",
        "s_open",
        "code_block",
    }
    assert rendered.live == []
    for html in rendered.html:
        assert all(line.startswith(OUR_HTML) for line in html.split("\n") if line), html
    assert not has_invisible(body)
    assert not any(line.lstrip().startswith("/") for line in rendered.prose.split("\n"))
    kinds = [marker.kind for marker in read_markers(body)]
    assert len(kinds) <= 1 or kinds == [MarkerKind.SETTLED, MarkerKind.FINDING]
    assert all(marker.values.get("fp") != "0" * 16 for marker in read_markers(body))
    assert body.count("<details>") == body.count("</details>") or "```" in body


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(ATTACKS) | st.text(max_size=6), min_size=1, max_size=3).map(" ".join),
    st.sampled_from(Outcome),
    st.booleans(),
)
def test_no_foreign_text_comes_alive_on_github(text: str, outcome: Outcome, suggest: bool) -> None:
    for body in _bodies(_review(text, outcome, suggest=suggest)):
        _assert_harmless(body)


@pytest.mark.parametrize("text", ONE_BY_ONE)
@pytest.mark.parametrize("frame", ["{}", "`a` {}"])
def test_nothing_that_github_brings_to_life_comes_alive_in_any_place(text: str, frame: str) -> None:
    for body in _bodies(_review(frame.format(text), Outcome.PARTIAL, suggest=True)):
        _assert_harmless(body)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(ATTACKS) | st.text(st.characters(), max_size=30))
def test_the_plain_text_of_a_check_run_hides_nothing(text: str) -> None:
    check = check_result(_review(text, Outcome.COMPLETED, suggest=False), Conclusion.FAILURE)
    for plain in (check.title, *(words for one in check.annotations for words in (one.title, one.message))):
        plain.encode()
        assert not has_invisible(plain)
        assert "<!-- ai-review" not in plain


def test_headings_are_ours_alone() -> None:
    review = _review(ATTACKS[2], Outcome.COMPLETED, suggest=False)
    body = summary_comment(review, REF, Conclusion.NEUTRAL)
    assert [line for line in render(body).prose.split("\n") if line.strip() == "Approved"] == []
    assert body.count("### ") == 1


def test_bodies_of_monstrous_reviews_fit() -> None:
    review = _review("🎉 @bob ```\n" * 8_000, Outcome.PARTIAL, suggest=True)
    review = replace(review, findings=review.findings * 60)
    check = check_result(review, Conclusion.NEUTRAL)
    assert units(summary_comment(review, REF, Conclusion.NEUTRAL)) <= BODY_LIMIT
    assert units(inline_comment(review.findings[0], review)) <= BODY_LIMIT
    assert max(units(check.summary), units(check.text)) <= CHECK_LIMIT
    assert units(check.title) <= 200
    assert read_markers(summary_comment(review, REF, Conclusion.NEUTRAL))
    assert read_markers(inline_comment(review.findings[0], review))


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(ATTACKS) | st.text(st.characters(), max_size=30), st.booleans())
def test_no_foreign_text_commands_the_terminal(text: str, colour: bool) -> None:
    out = io.StringIO()
    console = Console(
        file=out,
        width=60,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        legacy_windows=False,
    )
    render_terminal(_review(text, Outcome.PARTIAL, suggest=True), console)
    shown = out.getvalue()
    if not colour:
        assert not has_invisible(shown)
    assert "\x1b[31m\x9b" not in shown
    assert "\x9b" not in shown
    assert "\u202e" not in shown
    if "[red]" in text:
        assert "[red]rich[/red]" in shown.replace("\n", "")


def test_the_terminal_takes_no_markup_from_a_finding() -> None:
    words = "[red]a[/red] :tada: [link=x]b[/link]"
    finding = replace(LOST_GUARD, path=words, claim=words, trigger=words, consequence=words, quote=words)
    out = io.StringIO()
    render_terminal(completed(marked(finding)), Console(file=out, width=120, color_system=None))
    assert out.getvalue().count(words) == 5


def test_the_terminals_encoding_may_be_poor() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", newline="")
    render_terminal(
        _review("naïve 🎉", Outcome.PARTIAL, suggest=False), Console(file=out, width=60, color_system=None)
    )
    out.flush()
    assert b"na?ve" in raw.getvalue()
