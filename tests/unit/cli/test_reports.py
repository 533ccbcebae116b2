"""`--sarif FILE`: hits of other tools beside a review."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import UsageError
from tests.support.commands import Terminal
from tests.support.work_trees import work_tree
from workers.cli.reports import read_reports

CODE = "def area(width, height):\n    return width * height\n"


def sarif(*places: tuple[str, int | None]) -> str:
    results = [
        {
            "ruleId": "R1",
            "message": {"text": "It breaks."},
            "level": "error",
            "locations": [
                {"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": line}}}
            ],
        }
        for path, line in places
    ]
    runs = [{"tool": {"driver": {"name": "Linter"}}, "results": results}]
    return json.dumps({"version": "2.1.0", "runs": runs})


@pytest.fixture
def shell(shell: Terminal, tmp_path: Path) -> Terminal:
    shell.patch.chdir(tmp_path)
    work_tree(tmp_path / "repo", {"README.md": "# Shop\n"}, {"shop.py": CODE, "notes.xyz": "a\n"})
    return shell


def review(shell: Terminal, *options: str) -> tuple[int, dict[str, Any]]:
    done = shell.run("review", "--repo", "repo", "main..change", "--format", "json", *options)
    return done.status, json.loads(done.out)


def test_a_hit_on_a_changed_line_is_a_finding_of_a_review_without_a_model(shell: Terminal) -> None:
    Path("a.sarif").write_text(sarif(("shop.py", 2), ("other.py", 1)), encoding="utf-8")
    Path("b.sarif").write_text(sarif(("/home/ci/repo/shop.py", 1)), encoding="utf-8")
    status, found = review(shell, "--sarif", "a.sarif", "--sarif", "b.sarif")
    assert status == 1
    places = [(finding["path"], finding["line"], finding["source"]) for finding in found["findings"]]
    assert sorted(places) == [("shop.py", 1, "sarif:Linter:R1"), ("shop.py", 2, "sarif:Linter:R1")]
    assert {finding["disposition"] for finding in found["findings"]} == {"posted"}
    assert found["findings"][0]["quote"] in CODE


def test_a_report_makes_no_file_count_as_read(shell: Terminal) -> None:
    Path("a.sarif").write_text(sarif(("notes.xyz", 1)), encoding="utf-8")
    without, with_report = review(shell)[1], review(shell, "--sarif", "a.sarif")[1]
    assert with_report["coverage"] == without["coverage"]
    assert with_report["outcome"] == without["outcome"]


def test_results_that_cannot_be_used_are_told(shell: Terminal) -> None:
    Path("a.sarif").write_text(sarif(("shop.py", None), ("shop.py", None)), encoding="utf-8")
    _, found = review(shell, "--sarif", "a.sarif")
    assert found["notices"] == [
        "2 results of a.sarif were left out: no file and line to go by, or more results than are read."
    ]


def test_a_file_that_is_missing_or_no_sarif_is_one_sentence(shell: Terminal) -> None:
    Path("a.sarif").write_text("{}", encoding="utf-8")
    assert "no SARIF file" in shell.run("review", "--repo", "repo", "--sarif", "a.sarif").complaint
    assert "cannot be read" in shell.run("review", "--repo", "repo", "--sarif", "gone.sarif").complaint
    shell.set(GITHUB_TOKEN="t")
    assert "cannot be read" in shell.run("pr", "acme/shop#1", "--sarif", "gone.sarif").complaint


def test_a_device_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(UsageError, match="larger than"):
        read_reports([Path("/dev/zero")])
