from __future__ import annotations

import pytest

from tests.support.analysing import places, reasons, source
from workers.analysers.python_ast import PythonChecks, python_rules

UNAWAITED = "async def save(n): ...\nasync def run():\n    save(1)\n"


@pytest.fixture
def checks() -> PythonChecks:
    return PythonChecks(python_rules())


async def test_a_coroutine_that_is_not_awaited_is_found(checks: PythonChecks) -> None:
    [finding] = (await checks.analyse([source("a.py", UNAWAITED)])).findings
    assert finding.source == "python:coroutine-not-awaited"
    assert finding.quote == "    save(1)"
    assert "`save`" in finding.claim


@pytest.mark.parametrize(
    "text",
    [
        "from x import save\n" + UNAWAITED,  # bound twice: which one is meant is not known
        UNAWAITED.replace("async def save", "@task\nasync def save"),  # a decorator may do anything
        UNAWAITED.replace("(n): ...", "(n):\n    yield n"),  # an asynchronous generator
        UNAWAITED.replace("async def run()", "async def run(save)"),
        UNAWAITED.replace("    save(1)", "    other.save(1)"),
        "class A:\n    async def save(self): ...\nclass B:\n    def f(self):\n        self.save()\n",
        "class A:\n    async def save(self): ...\ndef save(n): ...\nsave(1)\n",
        "class A:\n    async def m(self): ...\n    def f(self):\n        self.m = print\n        self.m()\n",
    ],
)
async def test_where_another_thing_may_be_called_nothing_is_said(checks: PythonChecks, text: str) -> None:
    assert (await checks.analyse([source("a.py", text)])).findings == ()


async def test_the_code_is_not_executed(checks: PythonChecks) -> None:
    text = "import os, sys\nos._exit(3)\nraise SystemExit\n" + UNAWAITED
    assert len((await checks.analyse([source("a.py", text)])).findings) == 1


async def test_syntax_that_this_python_does_not_know_is_neither_covered_nor_failed(
    checks: PythonChecks,
) -> None:
    analysis = await checks.analyse([source("a.py", "def f(:\n"), source("b.py", UNAWAITED)])
    assert analysis.covered == {"b.py"}
    assert analysis.failed == {}


@pytest.mark.parametrize("text", ["x = " + "-" * 200_000 + "1\n", "x = a" + ".b" * 200_000 + "\n"])
async def test_nesting_made_to_exhaust_the_parser_fails_that_file_only(
    checks: PythonChecks, text: str
) -> None:
    analysis = await checks.analyse([source("deep.py", text), source("b.py", UNAWAITED)])
    assert set(reasons(analysis)) == {"deep.py"}
    assert analysis.covered == {"b.py"}


async def test_lines_are_counted_as_git_counts_them(checks: PythonChecks) -> None:
    assert places(await checks.analyse([source("a.py", "a = 1\rb = 2\n" + UNAWAITED)])) == [
        ("a.py", "python:coroutine-not-awaited", 4)
    ]
