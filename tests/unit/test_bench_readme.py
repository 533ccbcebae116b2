"""The page about figures says what was measured, and nothing else."""

from __future__ import annotations

import json

import pytest

from tests.bench.report import BEGIN, END, README, RESULTS, markdown, with_table


def test_the_table_of_the_page_is_the_stored_measurement() -> None:
    page = README.read_text(encoding="utf-8")
    assert with_table(page, json.loads(RESULTS.read_text(encoding="utf-8"))) == page


def test_a_figure_changed_by_hand_is_noticed() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    written = f"before\n{BEGIN}\n{markdown(results)}{END}\nafter\n"
    results["figures"][0]["median"] += 1
    assert with_table(written, results) != written


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        with_table("# Figures\n", {})


def test_the_stored_measurement_names_no_host_and_no_folder() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert set(results["machine"]) == {"cpu", "cores", "python", "kernel"}
    assert "/" not in "".join(str(value) for value in results["machine"].values())
