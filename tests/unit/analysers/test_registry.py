from __future__ import annotations

import pytest

from bot.errors import SettingsError
from tests.support.analysing import source
from workers.analysers import static_analysers
from workers.analysers.languages import WITH_RULES, language_of
from workers.analysers.packaged import packaged_program

ONE_OF_EACH = ["a.py", "b.js", "c.ts", "d.go", "e.java", "f.rb", "g.rs", "h.c", "i.cpp"]


def test_every_analyser_has_a_name_of_its_own() -> None:
    names = [analyser.name for analyser in static_analysers()]
    assert names == [
        "ruff",
        "python",
        "ty",
        "ast-grep",
        "secrets",
    ]


async def test_every_language_with_rules_is_covered_by_an_analyser() -> None:
    files = [source(path, "x\n") for path in ONE_OF_EACH]
    covered = {path for analyser in static_analysers() for path in (await analyser.analyse(files)).covered}
    assert {language_of(path) for path in covered} == WITH_RULES


def test_tools_are_found_where_their_package_put_them() -> None:
    assert packaged_program("ruff", "ruff").is_absolute()


@pytest.mark.parametrize(
    ("distribution", "program"), [("no-such-package", "ruff"), ("ruff", "no-such-program")]
)
def test_a_missing_tool_is_named_with_its_package(distribution: str, program: str) -> None:
    with pytest.raises(SettingsError, match=f"{program}.*{distribution}"):
        packaged_program(distribution, program)
