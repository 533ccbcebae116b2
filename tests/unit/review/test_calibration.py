from __future__ import annotations

from dataclasses import replace

from bot.domain.finding import Disposition, Fate, MarkedFinding, Measured, Ruling, Verdict
from tests.support.reviews import LOST_GUARD, SHARED_DEFAULT, marked
from workers.review.calibration import (
    LEAST,
    Features,
    calibrate,
    features,
    look_up,
    packaged_table,
    table_of,
)

SURE = Features("model", "none", 4, "boundary", 1)
CONFIRMED = replace(SURE, verdict="confirmed")


def test_a_finding_is_known_by_who_said_it_how_sure_and_what_was_answered() -> None:
    confirmed = marked(LOST_GUARD, Fate.POSTED, "", Verdict(Ruling.CONFIRMED, "second", "yes"))
    assert features(confirmed) == Features("model", "confirmed", 4, "missing-check", 1)
    assert features(marked(SHARED_DEFAULT)).source == "rule"
    alert = replace(SHARED_DEFAULT, source="code-scanning:CodeQL:py/zero")
    assert features(marked(alert)).source == "rule"


def test_the_narrowest_row_that_rests_on_enough_findings_counts() -> None:
    other = replace(SURE, category="type")
    rows = table_of([(SURE, True)] * LEAST + [(other, False)] * LEAST)
    assert look_up(SURE, rows) == Measured(LEAST, LEAST)
    assert look_up(replace(SURE, category="resource"), rows) == Measured(LEAST, 2 * LEAST)


def test_what_was_measured_too_seldom_falls_back_to_wider_rows_and_then_to_nothing() -> None:
    rows = table_of([(SURE, True)] * (LEAST - 1) + [(replace(SURE, category="type"), False)])
    assert look_up(SURE, rows) == Measured(LEAST - 1, LEAST)
    assert look_up(CONFIRMED, rows) is None
    assert look_up(replace(SURE, band=0), rows) is None


def test_only_standing_findings_are_given_a_figure() -> None:
    rows = table_of([(features(marked(LOST_GUARD)), True)] * LEAST)
    fallen = replace(marked(LOST_GUARD), disposition=Disposition(Fate.REFUTED, "no"))
    standing, other = calibrate([marked(LOST_GUARD), fallen], rows)
    assert standing.measured == Measured(LEAST, LEAST)
    assert other == fallen


def test_the_table_that_comes_along_can_be_read_and_makes_sense() -> None:
    rows = packaged_table()
    assert rows
    assert all(0 <= row.right <= row.of for row in rows.values())
    sure = MarkedFinding(replace(LOST_GUARD, confidence=0.95), Disposition(Fate.POSTED), "0" * 16)
    unsure = replace(sure, finding=replace(LOST_GUARD, confidence=0.35))
    best, worst = look_up(features(sure), rows), look_up(features(unsure), rows)
    assert best is not None
    assert worst is None or worst.right / worst.of < best.right / best.of
