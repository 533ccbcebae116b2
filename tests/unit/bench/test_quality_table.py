"""The page about quality says what the records say, and the records hold no code."""

from __future__ import annotations

import pytest

from tests.bench.quality_table import BEGIN, END, FOLDER, README, markdown, records, with_table

KEYS = {
    "variant", "set", "model", "prompt_versions", "date", "cases", "recall", "precision", "f1",
    "findings_per_clean", "prompt_tokens", "cached_tokens", "completion_tokens", "calls", "findings",
}  # fmt: skip


def test_the_tables_of_the_page_are_the_stored_records() -> None:
    page = README.read_text(encoding="utf-8")
    assert with_table(page, records()) == page


def test_a_figure_changed_by_hand_is_noticed() -> None:
    found = records()
    written = f"before\n{BEGIN}\n{markdown(found)}{END}\nafter\n"
    changed = [{**found[0], "f1": found[0]["f1"] / 2}, *found[1:]]
    assert with_table(written, changed) != written


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
