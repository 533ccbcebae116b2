from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.domain.backtest import Backtest, Replay, Replayed, Telling, Unread
from bot.domain.finding import Fate, MarkedFinding, Severity
from bot.domain.review import Conclusion
from bot.rendering.backtest import backtest_json, backtest_text
from tests.support.golden import check_golden
from tests.support.reviews import LOST_GUARD, REMOVED_LOCK, SHARED_DEFAULT, marked, told

COMMENT, LISTED, NOT_TOLD = Telling.COMMENT, Telling.LISTED, Telling.NOT_TOLD
LONG = replace(
    LOST_GUARD,
    path="services/billing/internal/reconciliation/settlement_worker.py",
    claim="`reconcile` takes the amount of the first transfer for the sum of all, so that a payment in"
    " instalments is booked as paid once its first part has arrived.",
)
HOSTILE = replace(
    LOST_GUARD, path="a\x1b[31m\u202eb.py", claim="Red\x1b[31m \u202eevil\n- x", severity=Severity.LOW
)


def replayed(
    found: MarkedFinding, before: Telling, after: Telling, reason: str = "", severity: Severity | None = None
) -> Replayed:
    return Replayed(found, before, after, severity or found.finding.severity, reason)


VANISHING = Replay(
    "acme/shop#12",
    "Average price of an order",
    (
        replayed(told(LOST_GUARD, Fate.FIXED, "its code is gone"), COMMENT, NOT_TOLD, "milder than critical"),
        replayed(
            told(SHARED_DEFAULT, Fate.DISMISSED, "meant so", "wanda"),
            COMMENT,
            NOT_TOLD,
            "ignored by policy (shop/basket.py)",
        ),
        replayed(marked(REMOVED_LOCK), COMMENT, COMMENT),
        replayed(marked(LONG, Fate.UNANCHORED), LISTED, NOT_TOLD, "milder than critical"),
    ),
    Conclusion.FAILURE,
    None,
)
APPEARING = Replay(
    "acme/shop#11",
    "Settle payments",
    (
        replayed(marked(LONG, Fate.SUPPRESSED, "milder than high"), NOT_TOLD, COMMENT, "milder than high"),
        replayed(marked(SHARED_DEFAULT, Fate.REFUTED), NOT_TOLD, LISTED, "`add` is never called twice."),
        replayed(marked(REMOVED_LOCK), COMMENT, LISTED, "more comments than 3"),
        replayed(marked(LOST_GUARD, Fate.FOLDED), LISTED, COMMENT, "more comments than 3"),
    ),
    None,
    Conclusion.FAILURE,
)
SKIPPED = Replay(
    "acme/shop#10",
    "Bump left-pad",
    (replayed(marked(SHARED_DEFAULT), COMMENT, NOT_TOLD),),
    None,
    Conclusion.NEUTRAL,
    skipped="the policy leaves out pull requests of this author; `/ai-review` reviews it all the same",
)
SAME = Replay("acme/shop#9", "Nothing", (replayed(marked(LOST_GUARD), COMMENT, COMMENT),), None, None)
WHOLE = Backtest(
    "acme/shop",
    replays=(VANISHING, APPEARING, SKIPPED, SAME),
    without=("acme/shop#8", "acme/shop#7"),
    unread=(Unread("acme/shop#6", "GitHub did not answer"),),
    not_replayed=("passes", "rules"),
)


@pytest.mark.parametrize("width", [100, 72])
def test_text(width: int) -> None:
    text = backtest_text(WHOLE, width)
    assert max(len(line) for line in text.splitlines() if LONG.path not in line) <= width
    check_golden(f"rendering/backtest-{width}.txt", text)


def test_json() -> None:
    check_golden("rendering/backtest.json", backtest_json(WHOLE))


def test_files_are_named_by_their_names() -> None:
    replay = Replay("a.json", "", VANISHING.findings[:1], Conclusion.SUCCESS, Conclusion.FAILURE)
    other = Replay("b.json", "", (), Conclusion.SUCCESS, Conclusion.SUCCESS)
    found = Backtest("reviews", on_github=False, replays=(replay, other))
    check_golden("rendering/backtest-files.txt", backtest_text(found))


NOBODY = (
    "No review of ours is recorded on {} of acme/shop. Only what the account of this token posted counts.\n"
)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Backtest("acme/shop", without=("acme/shop#1",)), NOBODY.format("1 pull request")),
        (Backtest("acme/shop"), NOBODY.format("0 pull requests")),
        (
            Backtest("acme/shop", unread=(Unread("acme/shop#1", "GitHub did not answer"),)),
            "Could not be read: acme/shop#1: GitHub did not answer.\n",
        ),
    ],
)
def test_where_nothing_is_recorded_that_is_said(found: Backtest, words: str) -> None:
    assert backtest_text(found, 200) == words


def test_foreign_text_is_shown_on_one_line_without_what_cannot_be_seen() -> None:
    found = replayed(marked(HOSTILE), COMMENT, NOT_TOLD, "like one that \x1b[1meve dismissed\n+ y")
    replay = Replay("acme/shop#1", "A title\x1b]0;pwned\x07\n- z", (found,), None, None, "no\x1b[2J")
    text = backtest_text(Backtest("acme/shop", replays=(replay,), unread=(Unread("x\x1b", "y\x1b"),)))
    assert not any(char < " " or char in "\u202e\x7f" for char in text.replace("\n", ""))
    assert [line for line in text.split("\n") if line.startswith(("- ", "+ "))] == []


def test_json_is_ascii_and_takes_any_text() -> None:
    found = replayed(marked(replace(HOSTILE, claim="\udce9\x1b")), COMMENT, NOT_TOLD, "\ud800")
    text = backtest_json(Backtest("x", replays=(Replay("a", "\udcff", (found,), None, None),)))
    assert text.isascii()
    assert json.loads(text)["reviews"][0]["changes"][0]["claim"] == "\ufffd\x1b"


def test_many_names_are_counted() -> None:
    same = tuple(replace(SAME, name=f"acme/shop#{number}") for number in range(100, 0, -1))
    assert "#90, #89 and 88 more." in backtest_text(Backtest("acme/shop", replays=same))
