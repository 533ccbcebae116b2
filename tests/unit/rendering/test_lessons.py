from __future__ import annotations

import json
from dataclasses import replace

from bot.domain.finding import Category, Severity
from bot.domain.ledger import Lesson
from bot.rendering.lessons import lesson_note, lessons_json, lessons_text, untaught_note
from tests.support.golden import check_golden
from tests.support.reviews import LOST_GUARD

BASKET = Lesson(
    id="0123456789abcdef",
    path="shop/basket.py",
    category=Category.API_MISUSE,
    severity=Severity.MEDIUM,
    source="ruff:B006",
    claim="The default list is shared by all calls. Whoever adds to it adds for everybody.",
    quote="def add(item, basket=[]):",
    pull_number=12,
    by="wanda",
    reason="The list is never changed: `add` copies it first, and `tests/test_basket.py` holds that",
    at=1_795_000_000.0,
    until=1_802_776_000.0,
)
GUARD = replace(
    BASKET,
    id="fedcba9876543210",
    path="shop/orders.py",
    category=Category.MISSING_CHECK,
    severity=Severity.LOW,
    claim="",
    reason="",
    pull_number=9,
)


def test_text() -> None:
    check_golden("rendering/lessons.txt", lessons_text("acme/shop", [BASKET, GUARD]))


def test_json() -> None:
    check_golden("rendering/lessons.json", lessons_json("acme/shop", [BASKET, GUARD]))


def test_a_narrow_terminal_gets_short_lines() -> None:
    *lines, command = lessons_text("acme/shop", [BASKET], 54).splitlines()
    assert max(map(len, lines)) <= 54
    assert command.endswith("ai-review policy learned acme/shop --forget ID")


def test_foreign_text_is_shown_on_one_line_without_what_cannot_be_seen() -> None:
    evil = "x\x1b[31m\u202e\n- y"
    text = lessons_text("acme/shop", [replace(BASKET, path=evil, claim=evil, reason=evil, by=evil)])
    assert not any(char < " " or char == "\u202e" for char in text.replace("\n", ""))
    assert [line for line in text.split("\n") if line.startswith("- ")] == []
    odd = lessons_json("acme/shop", [replace(BASKET, claim="\udce9")])
    assert json.loads(odd)["lessons"][0]["claim"] == "\ufffd"


def test_a_dismissal_says_what_follows_from_it() -> None:
    assert lesson_note("acme/shop", BASKET) == (
        "<sub>Findings like it are held back in this repository for 90 days. The operator takes that back"
        " with `ai-review policy learned acme/shop --forget 0123456789abcdef`.</sub>"
    )
    one_day = replace(BASKET, until=BASKET.at + 86_400)
    assert " for 1 day. " in lesson_note("acme/shop", one_day)


def test_where_nobody_said_why_nothing_follows_and_of_security_nothing_ever_does() -> None:
    grave = replace(LOST_GUARD, severity=Severity.CRITICAL)
    assert "other critical findings like it are still told" in untaught_note(grave)
    assert untaught_note(replace(grave, category=Category.SECURITY)) == ""
