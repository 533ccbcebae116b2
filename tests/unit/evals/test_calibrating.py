from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import UsageError
from workers.evals.calibrating import calibration, write_calibration
from workers.review.calibration import LEAST


def record(*marks: str, **fields: object) -> dict[str, object]:
    finding = {"confidence": 0.9, "category": "boundary", "votes": 1, "verdicts": ["confirmed"], **fields}
    told = {"case": "c", "run": 1}
    found = [{**finding, **told, "claim": f"claim {n}", "mark": mark} for n, mark in enumerate(marks)]
    return {"model": "m", "set": "s", "findings": found}


def row(made: dict[str, object], *key: str) -> tuple[int, int]:
    rows = made["rows"]
    assert isinstance(rows, list)
    [found] = [one for one in rows if one["key"] == list(key)]
    return found["right"], found["of"]


def test_rows_count_what_was_right_and_leave_out_what_nobody_judged() -> None:
    made = calibration([record("hit", "repeat", "wrong", "held-back", "other"), record("hit", verdicts=[])])
    assert row(made, "model", "verdict=confirmed", "band=4") == (2, 3)
    assert row(made, "model", "verdict=none", "band=4") == (1, 1)
    assert (made["findings"], made["models"], made["sets"]) == (4, ["m"], ["s"])


def test_findings_of_a_review_that_is_left_out_say_nothing() -> None:
    silent = record("wrong", "hit") | {"reviews": [{"case": "c", "run": 1, "answered": False}]}
    heard = record("hit") | {"set": "t", "reviews": [{"case": "c", "run": 1, "answered": True}]}
    assert row(calibration([silent, heard]), "model", "verdict=confirmed", "band=4") == (1, 1)


def test_records_without_a_judged_finding_are_refused() -> None:
    with pytest.raises(UsageError, match="no judged finding"):
        calibration([record("held-back")])


def test_the_table_is_written_in_the_form_that_is_read(tmp_path: Path) -> None:
    write_calibration([record(*["hit"] * LEAST)], tmp_path / "table.json")
    kept = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))
    key = ["model", "verdict=confirmed", "band=4"]
    assert {"key": key, "right": LEAST, "of": LEAST} in kept["rows"]


def test_a_finding_that_several_variants_share_counts_once() -> None:
    made = calibration([record("hit", "wrong"), record("hit", "wrong")])
    assert made["findings"] == 2
