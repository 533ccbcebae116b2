"""The page about quality says what the records say, and the records hold no code."""

from __future__ import annotations

import pytest

from tests.bench.quality_table import FOLDER, README, records, with_table
from tests.bench.readings import WIDE, answers, key_of, readings_tables, wrong_of

KEYS = {
    "variant", "set", "model", "prompt_versions", "date", "cases", "recall", "precision", "f1",
    "findings_per_clean", "prompt_tokens", "cached_tokens", "completion_tokens", "calls", "findings",
}  # fmt: skip


def test_the_tables_of_the_page_are_the_stored_records() -> None:
    page = README.read_text(encoding="utf-8")
    assert with_table(page, records()) == page


def test_a_figure_changed_by_hand_is_noticed() -> None:
    found, page = records(), README.read_text(encoding="utf-8")
    changed = [{**found[0], "f1": found[0]["f1"] / 2}, *found[1:]]
    assert with_table(page, changed) != page


def test_two_readers_know_of_each_report_of_the_variants_that_are_shipped_or_compared() -> None:
    said = answers()
    assert {len(one) for one in said.values()} == {2}
    read = [one for one in records() if all(key_of(report) in said for report in wrong_of(one))]
    for name in ("dev", "injected-dev"):
        variants = {one["variant"] for one in read if one["set"] == name}
        assert variants >= {"naive", "naive-cut", "engine-no-check", "engine-wide", WIDE}


def test_what_one_reader_calls_untrue_counts_as_untrue() -> None:
    report = {"case": "a", "path": "b.py", "lines": [1, 1, "RIGHT"], "claim": "c", "mark": "wrong"}
    more = {"severity": "high", "confidence": 0.9}
    record = {"set": "s", "variant": "v", "counts": {"truths": 2}, "findings": [{**report, **more}]}
    doubted = [{"true": True, "matters": True}, {"true": False, "matters": False}]
    assert "| s | v | 0.000 | 1 | 0 | 0 | 0 | 1 |" in readings_tables([record], {key_of(report): doubted})


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        with_table("# Quality\n", [])


def test_every_record_is_whole_and_quotes_are_hashes() -> None:
    assert records()
    for record in records():
        assert record.keys() >= KEYS
        assert record["not_answered"] == []
        quotes = [finding["quote"] for finding in record["findings"] if finding["quote"]]
        assert all(len(quote) == 64 and set(quote) <= set("0123456789abcdef") for quote in quotes)


def test_nothing_but_records_and_the_page_lies_in_the_folder() -> None:
    assert {file.suffix for file in FOLDER.iterdir()} <= {".json", ".md"}
