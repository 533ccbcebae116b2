from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.diff import Side
from tests.support.analysing import places, python_program, reasons, source
from workers.analysers.packaged import packaged_program
from workers.analysers.process import Limits
from workers.analysers.ruff import Ruff, ruff_rules

SHARED = "def add(item, basket=[]):\n    basket.append(item)\n    return basket\n"


@pytest.fixture
def ruff() -> Ruff:
    return Ruff(packaged_program("ruff", "ruff"), ruff_rules())


async def test_a_finding_has_lines_quote_and_source(ruff: Ruff) -> None:
    [finding] = (await ruff.analyse([source("a/b.py", "\n" + SHARED)])).findings
    assert finding.lines is not None
    assert (finding.lines.start, finding.lines.end, finding.lines.side) == (2, 2, Side.RIGHT)
    assert finding.quote == "def add(item, basket=[]):"
    assert finding.source == "ruff:B006"


async def test_configuration_in_the_repository_has_no_effect(ruff: Ruff) -> None:
    hostile = [
        source("ruff.toml", 'exclude = ["*"]\nlint.ignore = ["B006"]\n'),
        source("pyproject.toml", '[tool.ruff]\nexclude = ["*"]\n'),
        source(".gitignore", "*\n"),
    ]
    analysis = await ruff.analyse([*hostile, source("a.py", SHARED)])
    assert places(analysis) == [("a.py", "ruff:B006", 1)]
    assert analysis.covered == {"a.py"}


@pytest.mark.parametrize(
    "text",
    [
        SHARED.replace("]):", "]):  # noqa: B006"),
        SHARED.replace("]):", "]):  # noqa"),
        "# ruff: noqa\n" + SHARED,
        "# flake8: noqa\n" + SHARED,
        "# ruff: disable[B006]\n" + SHARED,
    ],
)
async def test_comments_cannot_switch_a_rule_off(ruff: Ruff, text: str) -> None:
    assert [name for _, name, _ in places(await ruff.analyse([source("a.py", text)]))] == ["ruff:B006"]


async def test_a_file_with_a_syntax_error_is_failed_and_the_others_are_covered(ruff: Ruff) -> None:
    analysis = await ruff.analyse([source("bad.py", "x = 1\ndef f(:\n"), source("good.py", SHARED)])
    assert reasons(analysis) == {"bad.py": "it is not valid Python 3 (line 2)"}
    assert analysis.covered == {"good.py"}
    assert len(analysis.findings) == 1


async def test_the_newest_syntax_is_understood(ruff: Ruff) -> None:
    text = "type Pair[T] = tuple[T, T]\nmatch 1:\n    case 1: pass\nname = f'{'a'}'\n"
    assert (await ruff.analyse([source("a.py", text)])).failed == {}


async def test_windows_line_endings_and_no_final_newline(ruff: Ruff) -> None:
    text = "x = 1\r\ndef f(y):\r\n    return y is 'a'"
    [finding] = (await ruff.analyse([source("a.py", text)])).findings
    assert finding.lines is not None
    assert (finding.lines.start, finding.quote) == (3, "    return y is 'a'")


async def test_lines_are_counted_as_git_counts_them(ruff: Ruff) -> None:
    text = "a = 1\rb = 2\nc = '\u2028\x0c'\ndef f(y):\n    return y is 'a'\n"
    [finding] = (await ruff.analyse([source("a.py", text)])).findings
    assert finding.quote == "    return y is 'a'"
    assert finding.lines is not None
    assert finding.lines.start == 4


async def test_a_long_file_is_read_to_its_end(ruff: Ruff) -> None:
    text = "".join(f"def f{n}(x):\n    return x + {n}\n" for n in range(5000)) + SHARED
    assert places(await ruff.analyse([source("a.py", text)])) == [("a.py", "ruff:B006", 10001)]


async def test_names_of_files_are_never_used_as_paths(ruff: Ruff) -> None:
    names = ["--exit-zero.py", "../../a.py", "/etc/b.py", "a\nb\t☃.py", "x" * 5000 + ".py", "\udcff.py"]
    analysis = await ruff.analyse([source(name, SHARED) for name in names])
    assert {path for path, _, _ in places(analysis)} == set(names)


async def test_nesting_that_crashes_the_tool_fails_that_file_only(ruff: Ruff) -> None:
    deep = "x = " + "-" * 200_000 + "1\n"
    analysis = await ruff.analyse([source("deep.py", deep), source("a.py", SHARED)])
    assert set(analysis.failed) == {"deep.py"}
    assert analysis.covered == {"a.py"}


@pytest.mark.parametrize(
    "text",
    [
        "def f(a=[]):\n" + "    x" + ".a" * 100_000 + "\n",
        "def f(a=[]):\n    x" + "a" * 200_000 + ": 1\n",
        "def f(" + ", ".join(f"a{n}=[]" for n in range(3000)) + "):\n" + "    b.c = d\n" * 200,
        "x = f'SELECT a FROM b WHERE c = {" + "d" * 100_000 + "}'\n",
    ],
)
async def test_lines_made_to_be_slow_are_read_in_a_moment(ruff: Ruff, text: str) -> None:
    started = time.perf_counter()
    await ruff.analyse([source("a.py", text)])
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    "text",
    [
        "def add(\n    item,\n    basket: list = [],\n    size=1,\n) -> list:\n    basket += [item]\n",
        (
            "class A:\n    def __init__(self, names={}):\n\n        self.names: dict = names\n"
            "    def put(self, key):\n        self.names[key] = 1\n"
        ),
        "def f(a, seen=set()):\n    if a:\n        seen.add(a)\n",
        "def f(a, seen={}):\n    seen[a] = 1\n",
        "f = 1\nasync def f(a, seen=[]):\n    yield seen\n",
    ],
)
async def test_a_shared_default_that_is_changed_or_handed_out_is_found(ruff: Ruff, text: str) -> None:
    assert "ruff:B006" in [name for _, name, _ in places(await ruff.analyse([source("a.py", text)]))]


@pytest.mark.parametrize(
    "text",
    [
        "def f(a, seen=[]):\n    return a in seen\nseen = []\nseen.append(1)\n",
        "def f(a, seen=[]):\n    seen = list(seen)\n    seen.append(a)\n",
        "def f(a, seen=[]):\n    if seen == []:\n        return seen[0] == a\n",
        "class A:\n    def __init__(self, names={}):\n        self.names = names\n",
        "def f(a, seen=[]): return len(seen)\ndef g(seen):\n    seen.append(1)\n",
    ],
)
async def test_a_shared_default_that_is_only_read_is_left_alone(ruff: Ruff, text: str) -> None:
    assert places(await ruff.analyse([source("a.py", text)])) == []


async def test_security_rules_do_not_speak_of_tests(ruff: Ruff) -> None:
    text = "import requests\ndef f(url):\n    return requests.get(url)\n"
    files = [source("tests/test_a.py", text), source("contest/a.py", text)]
    assert [path for path, _, _ in places(await ruff.analyse(files))] == ["contest/a.py"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("sys.exit(2)", "the analyser failed (exit status 2)"),
        ("print('[{]')", "the analyser's report could not be read"),
        ("print('[{}]')", "the analyser's report could not be read"),
        (
            "sys.stderr.write('warning: Failed to lint f0.py')\nprint('[]')",
            "the analyser could not read the file",
        ),
    ],
)
async def test_a_tool_that_goes_wrong_fails_its_files(
    ruff: Ruff, tmp_path: Path, code: str, reason: str
) -> None:
    broken = replace(ruff, program=python_program(tmp_path, code))
    analysis = await broken.analyse([source("a.py", SHARED)])
    assert reasons(analysis) == {"a.py": reason}
    assert (analysis.covered, analysis.findings) == (frozenset(), ())


async def test_a_tool_that_hangs_fails_its_files(ruff: Ruff, tmp_path: Path) -> None:
    program = python_program(tmp_path, "import time\ntime.sleep(60)")
    analysis = await replace(ruff, program=program, limits=Limits(seconds=0.3)).analyse(
        [source("a.py", SHARED)]
    )
    assert reasons(analysis)["a.py"].startswith("the analyser took more than")
