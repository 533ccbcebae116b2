"""Every rule has code that it hits and code that it leaves alone, in `cases/LANGUAGE.toml`.

A case is analysed by all analysers: a hit must not bring findings of other rules with it either.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.rendering.prose import prose
from tests.support.analysing import places, source
from workers.analysers import static_analysers
from workers.analysers.batches import merged
from workers.analysers.python_ast import python_rules
from workers.analysers.ruff import ruff_rules
from workers.analysers.rules import RULES
from workers.analysers.ty import ty_rules
from workers.ports import Analysis, SourceFile

CASES = Path(__file__).with_name("cases")


def cases() -> Iterator[tuple[str, dict[str, str]]]:
    for file in sorted(CASES.glob("*.toml")):
        yield from tomllib.loads(file.read_text(encoding="utf-8")).items()


def files(kind: str) -> list[SourceFile]:
    return [source(f"{rule}/{case['path']}", case[kind]) for rule, case in cases()]


async def analyse(kind: str) -> Analysis:
    given = files(kind)
    return merged([await analyser.analyse(given) for analyser in static_analysers()])


async def test_every_rule_hits_where_its_case_says() -> None:
    analysis = await analyse("hit")
    expected = sorted(
        (f"{rule}/{case['path']}", rule, number)
        for rule, case in cases()
        for number, line in enumerate(case["hit"].split("\n"), start=1)
        if "HIT" in line
    )
    found = [(path, name.partition(":")[2], line) for path, name, line in places(analysis)]
    assert found == expected
    assert analysis.failed == {}


async def test_every_rule_leaves_correct_code_alone() -> None:
    analysis = await analyse("miss")
    assert places(analysis) == []
    assert analysis.failed == {}


def test_every_rule_has_a_case_and_every_case_a_rule() -> None:
    rules = {file.stem for file in RULES.glob("*/*.yml")} | set(ruff_rules()) | set(python_rules())
    rules |= set(ty_rules())
    assert {rule for rule, _ in cases()} == rules


def test_a_rule_file_is_named_after_its_rule() -> None:
    for file in RULES.glob("*/*.yml"):
        assert file.read_text(encoding="utf-8").startswith(f"id: {file.stem}\n")


@pytest.mark.parametrize("kind", ["hit", "miss"])
async def test_every_case_is_looked_at(kind: str) -> None:
    assert (await analyse(kind)).covered == {file.path for file in files(kind)}


async def test_sentences_are_complete() -> None:
    for finding in (await analyse("hit")).findings:
        for sentence in (finding.claim, finding.trigger, finding.consequence):
            assert sentence.endswith(".")
            assert "{name}" not in sentence
        assert 0 < finding.confidence < 1


_SENTENCE = re.compile(r"^ *(?:claim|trigger|consequence) ?[:=] (.*)$", re.MULTILINE)


@pytest.mark.parametrize(
    "file", [*sorted(RULES.glob("*/*.yml")), *sorted(RULES.glob("*/*.toml"))], ids=lambda file: file.name
)
def test_code_in_what_a_rule_says_stands_in_back_quotes(file: Path) -> None:
    said = [line.strip().strip('"') for line in _SENTENCE.findall(file.read_text(encoding="utf-8"))]
    assert len(said) >= 3
    assert [prose(line) for line in said] == said
