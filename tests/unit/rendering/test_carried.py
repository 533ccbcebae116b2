from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.finding import Disposition, Fate, MarkedFinding, Severity
from bot.domain.ledger import CLICKS, Ledger
from bot.domain.review import Usage
from bot.rendering.carried import (
    FINDING_LIMIT,
    LEDGER_LIMIT,
    carried_finding,
    carried_ledger,
    carry_finding,
    carry_ledger,
    rest_of,
    with_finding,
)
from bot.rendering.markers import MarkerKind, find_marker, write_marker
from tests.support.reviews import LOST_GUARD, marked

FOUND = replace(marked(LOST_GUARD), since="a" * 40, comment_id=7)
MARKER = write_marker(MarkerKind.FINDING, fp="0123456789abcdef")


def packed(text: bytes) -> str:
    return f"<!-- ai-review:carried {base64.b64encode(zlib.compress(text)).decode()} -->"


def with_fate(fate: Fate, number: int) -> MarkedFinding:
    finding = replace(LOST_GUARD, claim=f"{base64.b64encode(number.to_bytes(40, 'big') * 9).decode()}")
    return replace(marked(finding), disposition=Disposition(fate), fingerprint=f"{number:016x}")


def test_a_finding_comes_back_from_a_comment_as_it_was() -> None:
    body = f"Words.\n\n{MARKER}\n{carry_finding(FOUND)}"
    assert carried_finding(body) == FOUND
    assert find_marker(body, MarkerKind.FINDING)


def test_a_ledger_comes_back_from_a_comment_as_it_was() -> None:
    ledger = Ledger("b" * 40, 3, (FOUND,), frozenset({"aa-bb", "cc-dd"}), Usage(2, 10, 0, 3, 0.5))
    assert carried_ledger(f"Words.\n{carry_ledger(ledger)}\n") == ledger


@given(st.text(max_size=50), st.text(st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF), max_size=3))
def test_any_text_survives_the_way_and_never_ends_the_hidden_line(text: str, odd: str) -> None:
    line = carry_finding(replace(FOUND, finding=replace(LOST_GUARD, claim=text + odd, path=odd + text)))
    assert line.count("-->") == 1
    found = carried_finding(line)
    assert found is not None
    assert (found.finding.claim, found.finding.path) == (text + odd, odd + text)


@given(st.text(max_size=200))
def test_no_text_of_a_comment_makes_reading_fail(body: str) -> None:
    assert carried_finding(body) is None
    assert carried_ledger(f"<!-- ai-review:carried {body} -->") is None


def test_records_of_releases_before_and_after_this_one_can_be_read() -> None:
    value = {"head_sha": "b" * 40, "round": 3, "of_tomorrow": [1]}
    body = json.dumps({"version": 1, "value": value}).encode()
    assert carried_ledger(packed(body)) == Ledger("b" * 40, 3)


def old_value(found: MarkedFinding) -> dict[str, Any]:
    """As a release wrote it that knew clicks by their words."""
    value: dict[str, Any] = msgspec.to_builtins(found)
    del value["disposition"]["by_hand"]
    return value


@pytest.mark.parametrize("words", CLICKS)
def test_a_click_that_an_older_release_wrote_down_is_one_and_a_command_in_such_words_is_none(
    words: str,
) -> None:
    said = replace(FOUND, disposition=Disposition(Fate.DISMISSED, words, "wanda"))
    click = replace(said, disposition=replace(said.disposition, by_hand=True))
    old = old_value(said)
    assert carried_finding(packed(json.dumps({"version": 1, "value": old}).encode())) == click
    ledger = packed(json.dumps({"version": 1, "value": {"findings": [old, old_value(FOUND)]}}).encode())
    assert carried_ledger(ledger) == Ledger(findings=(click, FOUND))
    for one in (said, click):
        assert carried_finding(carry_finding(one)) == one


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        json.dumps({"version": 2, "value": {}}).encode(),
        json.dumps({"version": 1, "value": {"round": "many"}}).encode(),
        json.dumps({"version": 1, "value": [{}]}).encode(),
        json.dumps({"version": 1, "value": {"findings": {"disposition": {}}}}).encode(),
        json.dumps({"version": 1, "value": {"findings": [{"disposition": {"reason": []}}]}}).encode(),
        b"[" * 100_000,
        b" " * 5_000_000,
    ],
    ids=[
        "empty",
        "list",
        "object",
        "no-text",
        "newer",
        "wrong-type",
        "no-ledger",
        "no-list",
        "no-words",
        "nested",
        "bomb",
    ],
)
def test_what_somebody_wrote_into_our_comment_counts_as_not_there(text: bytes) -> None:
    assert carried_ledger(packed(text)) is None


def test_a_damaged_line_does_not_hide_a_whole_one() -> None:
    body = f"{carry_finding(FOUND)}\n<!-- ai-review:carried AAAA -->"
    assert carried_finding(body) == FOUND


def test_a_comment_carries_the_finding_as_it_is_now() -> None:
    body = f"Words.\n{MARKER}\n{carry_finding(FOUND)}"
    fixed = replace(FOUND, disposition=Disposition(Fate.FIXED, "its code is gone"))
    again = with_finding(with_finding(body, fixed), fixed)
    assert carried_finding(again) == fixed
    assert again.count("carried") == 1


def test_a_finding_too_large_for_its_comment_is_not_carried() -> None:
    huge = with_fate(Fate.POSTED, 2**319)
    many = replace(huge, verdicts=(), finding=replace(huge.finding, claim="".join(map(str, range(9000)))))
    assert len(carry_finding(huge)) < FINDING_LIMIT
    assert carry_finding(many) == ""


def test_a_large_ledger_gives_up_what_nobody_was_told_first() -> None:
    held = [with_fate(Fate.SUPPRESSED, 3**number) for number in range(60, 200)]
    told = [with_fate(Fate.FOLDED, 5**number) for number in range(20, 40)]
    ledger = Ledger("b" * 40, 3, (*told, *held), frozenset({"aa-bb"}))
    line = carry_ledger(ledger)
    assert len(line) <= LEDGER_LIMIT
    found = carried_ledger(line)
    assert found is not None
    assert found.findings == tuple(told)
    assert found.hunks == ledger.hunks


def inline(number: int) -> MarkedFinding:
    """An open finding that has an inline comment."""
    return replace(with_fate(Fate.OPEN, number), comment_id=number)


def test_of_a_large_ledger_the_findings_stay_that_no_inline_comment_carries() -> None:
    alone = [with_fate(fate, 7 + at) for at, fate in enumerate((Fate.FOLDED, Fate.UNANCHORED, Fate.FIXED))]
    inlines = [inline(3**number) for number in range(60, 200)]
    held = [with_fate(Fate.REFUTED, 5)]
    ledger = Ledger("b" * 40, 3, (*inlines, *alone, *held), frozenset({"aa-bb"}), Usage(2))
    found = carried_ledger(carry_ledger(ledger))
    assert found == replace(ledger, findings=tuple(alone), parted=True)


def test_what_one_text_has_no_room_for_another_one_carries() -> None:
    alone = tuple(with_fate(Fate.FOLDED, 3**number) for number in range(60, 200))
    ledger = Ledger("b" * 40, 3, alone, frozenset(f"{number:012x}-{number**20:032x}" for number in range(99)))
    line = carry_ledger(ledger)
    rest = rest_of(ledger, line)
    assert rest is not None
    first, second = carried_ledger(line), carried_ledger(carry_ledger(rest))
    assert first is not None
    assert second is not None
    assert first.parted
    assert len(first.findings) > 40
    assert {*first.findings, *second.findings} == {*alone}
    assert first.hunks | second.hunks == ledger.hunks


def test_of_too_many_findings_the_worst_stay() -> None:
    mild = [with_fate(Fate.FOLDED, 3**number) for number in range(60, 200)]
    grave = with_fate(Fate.FOLDED, 4)
    grave = replace(grave, finding=replace(grave.finding, severity=Severity.CRITICAL))
    found = carried_ledger(carry_ledger(Ledger("b" * 40, 3, (*mild, grave))))
    assert found is not None
    assert found.findings[0].finding.severity is Severity.CRITICAL


def test_a_ledger_that_is_carried_whole_leaves_nothing_for_another_text() -> None:
    ledger = Ledger("b" * 40, 3, (FOUND,), frozenset({"aa-bb"}))
    assert rest_of(ledger, carry_ledger(ledger)) is None
    assert rest_of(ledger, "") == ledger
    assert rest_of(Ledger("b" * 40, 1), "") is None


def noise(length: int) -> str:
    """Text that nothing makes smaller, three bytes a character."""
    return "".join(chr(0x4E00 + number % 20_000) for number in range(7, 7 + length * 7919, 7919))


def test_a_large_finding_is_carried_without_its_votes_and_its_mending() -> None:
    bare = replace(LOST_GUARD, claim=noise(1_200), suggestion=None, needs=(), fix_words="")
    large = replace(FOUND, finding=replace(bare, suggestion=noise(12_000)))
    found = carried_finding(carry_finding(large))
    assert found is not None
    assert found.finding == bare


def test_a_finding_is_added_to_a_comment_that_carried_none() -> None:
    assert carried_finding(with_finding(f"Words.\n\n{MARKER}", FOUND)) == FOUND


def test_what_a_summary_carries_of_a_huge_ledger_can_be_read() -> None:
    long = replace(FOUND, finding=replace(LOST_GUARD, quote="x = 1\n" * 400), comment_id=None)
    huge = Ledger("b" * 40, 3, (replace(long, disposition=Disposition(Fate.FOLDED)),) * 600)
    found = carried_ledger(carry_ledger(huge))
    assert found is not None
    assert found.open
