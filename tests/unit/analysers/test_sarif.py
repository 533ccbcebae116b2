from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from bot.domain.finding import Category, Finding, LineRange, Severity
from tests.support.analysing import source
from workers.analysers.sarif import SarifHits

TEXT = "".join(f"line {number}\n" for number in range(1, 31))
FILES = [source(path, TEXT) for path in ("setup.py", "shop/tax.py", "web/größe b.ts", "docs/shop/tax.py")]


def told(path: str, start: int = 3, end: int | None = None) -> Finding:
    lines = LineRange(start, end or start)
    rule = "sarif:Linter:R1"
    return Finding(path, lines, "", Category.RULE, Severity.MEDIUM, 0.7, "It breaks.", "", "", rule)


async def paths(*findings: Finding) -> list[str]:
    return [finding.path for finding in (await SarifHits(findings).analyse(FILES)).findings]


async def test_a_hit_gets_the_code_of_its_lines() -> None:
    [finding] = (await SarifHits((told("shop/tax.py", 3, 4),)).analyse(FILES)).findings
    assert (finding.path, finding.quote, finding.source) == (
        "shop/tax.py",
        "line 3\nline 4",
        "sarif:Linter:R1",
    )


async def test_a_report_counts_as_no_look_at_any_file() -> None:
    analysis = await SarifHits((told("shop/tax.py"),)).analyse(FILES)
    assert (len(analysis.findings), analysis.covered, analysis.failed) == (1, frozenset(), {})
    assert (await SarifHits(()).analyse(FILES)).covered == frozenset()


async def test_a_report_is_whole_for_files_of_which_every_hit_has_its_line() -> None:
    told_of = (told("shop/tax.py"), told("setup.py", 99))
    assert (await SarifHits(told_of).analyse(FILES)).whole == {file.path for file in FILES} - {"setup.py"}
    assert (await SarifHits(told_of, is_whole=False).analyse(FILES)).whole == frozenset()


async def test_files_outside_of_the_change_are_left_alone() -> None:
    assert await paths(told("shop/other.py"), told("tax.py"), told("xshop/tax.py"), told("shop")) == []


@pytest.mark.parametrize("root", ["/home/ci/work/shop/", "/C:/shop/", "/"])
async def test_absolute_paths_are_understood_whatever_the_root_of_the_repository_was(root: str) -> None:
    found = await paths(told(f"{root}shop/tax.py"), told(f"{root}web/größe b.ts"), told(f"{root}else.py"))
    assert found == ["shop/tax.py", "web/größe b.ts"]


async def test_a_file_of_the_same_name_elsewhere_is_not_taken_for_a_changed_one() -> None:
    found = await paths(
        told("/work/shop/vendor/setup.py"), told("/work/shop/docs/shop/tax.py"), told("/work/shop/lib/a.py")
    )
    assert found == ["docs/shop/tax.py"]


async def test_lines_that_the_file_does_not_have_are_left_out_and_long_ranges_cut() -> None:
    findings = (told("setup.py", 31), told("setup.py", 29, 99), told("setup.py", 2, 28))
    analysis = await SarifHits(findings).analyse(FILES)
    assert [finding.lines for finding in analysis.findings] == [LineRange(29, 30), LineRange(2, 2)]


async def test_thousands_of_hits_in_one_long_file_cost_one_look_at_it() -> None:
    hits = SarifHits(tuple(told("a.py", line, line + 2) for line in range(1, 3_001)))
    started = time.monotonic()
    found = (await hits.analyse([source("a.py", "x = 1\n" * 330_000)])).findings
    assert (len(found), found[-1].quote) == (3_000, "x = 1\nx = 1\nx = 1")
    assert time.monotonic() - started < 5


async def test_the_root_is_found_among_thousands_of_paths_and_files() -> None:
    files = [source(f"f{number}/a.py", "x\n") for number in range(2_000)]
    hits = SarifHits(tuple(told(f"/r{number}/f{number % 2_000}/a.py", 1) for number in range(8_000)))
    started = time.monotonic()
    assert len((await hits.analyse(files)).findings) == 1
    assert time.monotonic() - started < 5


async def test_a_report_is_looked_through_beside_the_event_loop_so_that_a_deadline_can_end_it() -> None:
    threads = set()

    class Watched(tuple[Finding, ...]):
        def __iter__(self) -> Iterator[Finding]:
            threads.add(threading.get_ident())
            return super().__iter__()

    assert len((await SarifHits(Watched([told("setup.py")])).analyse(FILES)).findings) == 1
    assert threads
    assert threading.get_ident() not in threads
