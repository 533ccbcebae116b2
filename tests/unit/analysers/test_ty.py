from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.diff import Side
from tests.support.analysing import places, python_program, reasons, source
from workers.analysers.packaged import packaged_program
from workers.analysers.process import Limits
from workers.analysers.ty import Ty, ty_rules

INVENTED = "import json\njson.load_string('1')\n"


@pytest.fixture
def ty() -> Ty:
    return Ty(packaged_program("ty", "ty"), ty_rules())


async def test_a_finding_has_lines_quote_source_and_the_thing_that_is_missing(ty: Ty) -> None:
    [finding] = (await ty.analyse([source("a/b.py", INVENTED)])).findings
    assert finding.lines is not None
    assert (finding.lines.start, finding.lines.end, finding.lines.side) == (2, 2, Side.RIGHT)
    assert finding.quote == "json.load_string('1')"
    assert finding.source == "ty:missing-attribute"
    assert finding.claim == "`json.load_string` does not exist."


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("'a'.strp()\n", "`str.strp` does not exist."),
        ("b'a'.strp()\n", "`bytes.strp` does not exist."),
        ("[1].push(2)\n", "`list.push` does not exist."),
        ("def f(a): ...\nf(1, 2)\n", "The call passes more positional arguments than `f` takes."),
        (
            "class A:\n    def __init__(self, a): ...\nA()\n",
            "The call leaves out an argument that `A` requires.",
        ),
        ("def f(a): ...\nf(1, b=2)\n", "The function that is called has no parameter `b`."),
    ],
)
async def test_the_claim_names_what_is_meant(ty: Ty, text: str, claim: str) -> None:
    assert [finding.claim for finding in (await ty.analyse([source("a.py", text)])).findings] == [claim]


async def test_configuration_in_the_repository_has_no_effect(ty: Ty) -> None:
    hostile = [
        source("ty.toml", '[rules]\nall = "ignore"\n'),
        source("pyproject.toml", '[tool.ty.rules]\nall = "ignore"\n'),
        source(".gitignore", "*\n"),
    ]
    analysis = await ty.analyse([*hostile, source("a.py", INVENTED)])
    assert places(analysis) == [("a.py", "ty:missing-attribute", 2)]
    assert analysis.covered == {"a.py"}


@pytest.mark.parametrize(
    "text",
    [
        INVENTED.replace("\n", "  # type: ignore\n"),
        INVENTED.replace("\n", "  # ty: ignore\n"),
        INVENTED.replace("\n", "  # ty:ignore[missing-attribute]\n"),
        INVENTED.replace("\n", "  # ty:  ignore [all]\n"),
        "# type: ignore\n" + INVENTED.replace("import json\n", "import json;"),
        "# /// script\n# [tool.ty.rules]\n# all = 'ignore'\n# ///\n" + INVENTED,
    ],
)
async def test_comments_cannot_switch_a_rule_off(ty: Ty, text: str) -> None:
    found = [name for _, name, _ in places(await ty.analyse([source("a.py", text)]))]
    assert found == ["ty:missing-attribute"]


async def test_third_party_modules_are_unknown_even_where_we_have_them_installed(ty: Ty) -> None:
    text = "import httpx\nfrom rich import nothing_like_it\nimport rich.nothing\nhttpx.fetch_all()\n"
    assert places(await ty.analyse([source("a.py", text)])) == []


async def test_no_module_of_this_machine_is_in_view(ty: Ty, tmp_path: Path) -> None:
    code = (
        "import os, tomllib\n"
        "env = tomllib.load(open('../config/ty.toml', 'rb'))['environment']\n"
        "folders = [*env['root'], env['python'] + '/lib/python3.13/site-packages']\n"
        "sys.exit([os.listdir(folder) for folder in folders] != [['README']] * 2 or print('[]'))"
    )
    analysis = await replace(ty, program=python_program(tmp_path, code)).analyse([source("a.py", INVENTED)])
    assert analysis.covered == {"a.py"}


async def test_files_of_a_change_do_not_see_each_other(ty: Ty) -> None:
    texts = ["def f(): ...\n", "import f0\nf0.g()\nfrom f0 import g\nfrom .f0 import h\n"]
    assert places(await ty.analyse([source(f"f{n}.py", text) for n, text in enumerate(texts)])) == []


async def test_a_name_that_one_of_the_supported_versions_has_is_left_alone(ty: Ty) -> None:
    text = (
        "import asyncio, datetime, unittest, itertools\n"
        "asyncio.timeout(1)\n"
        "datetime.UTC\n"
        "itertools.batched([], 2)\n"
        "unittest.makeSuite(int)\n"
        "asyncio.get_child_watcher()\n"
    )
    assert places(await ty.analyse([source("a.py", text)])) == []


async def test_a_file_with_a_syntax_error_is_failed_and_the_others_are_covered(ty: Ty) -> None:
    analysis = await ty.analyse([source("bad.py", "x = 1\ndef f(:\n"), source("good.py", INVENTED)])
    assert reasons(analysis) == {"bad.py": "it is not valid Python 3 (line 2)"}
    assert analysis.covered == {"good.py"}
    assert len(analysis.findings) == 1


async def test_what_only_the_compiler_refuses_is_still_looked_at(ty: Ty) -> None:
    analysis = await ty.analyse([source("a.py", INVENTED + "await x\nreturn\nbreak\n")])
    assert analysis.failed == {}
    assert places(analysis) == [("a.py", "ty:missing-attribute", 2)]


async def test_more_hits_than_can_be_weighed_fail_the_file(ty: Ty) -> None:
    analysis = await ty.analyse([source("a.py", "import json\n" + "json.load_string()\n" * 501)])
    assert reasons(analysis) == {"a.py": "the analyser's report was too long"}


async def test_the_newest_syntax_is_understood_and_a_hit_beside_it_still_counts(ty: Ty) -> None:
    text = "type Pair[T] = tuple[T, T]\nmatch 1:\n    case 1: pass\nname = f'{'a'}'\n" + INVENTED
    analysis = await ty.analyse([source("a.py", text)])
    assert analysis.failed == {}
    assert places(analysis) == [("a.py", "ty:missing-attribute", 6)]


async def test_lines_are_counted_as_git_counts_them(ty: Ty) -> None:
    text = "a = 1\rb = 2\nc = '\u2028\x0c'\nd = '☃'; d.strp()\r\n"
    [finding] = (await ty.analyse([source("a.py", text)])).findings
    assert finding.lines is not None
    assert (finding.lines.start, finding.quote) == (3, "d = '☃'; d.strp()\r")


async def test_what_asks_for_a_type_to_be_shown_is_no_finding(ty: Ty) -> None:
    analysis = await ty.analyse([source("a.py", "reveal_type(1)\n")])
    assert places(analysis) == []
    assert analysis.covered == {"a.py"}


async def test_a_chain_that_would_take_ty_minutes_fails_that_file_only(ty: Ty) -> None:
    chain = source("slow.py", "x" + ".a" * 400 + "\n")
    notes = source("slow.md", "x" + ".a" * 400 + "\n")
    analysis = await ty.analyse([chain, notes, source("a.py", INVENTED)])
    assert reasons(analysis) == {"slow.py": "its code is nested too deeply"}
    assert analysis.covered == {"a.py"}


async def test_names_of_files_are_never_used_as_paths(ty: Ty) -> None:
    names = ["--fix.py", "../../a.py", "/etc/b.py", "a\nb\t☃.py", "x" * 5000 + ".py", "\udcff.py"]
    analysis = await ty.analyse([source(name, INVENTED) for name in names])
    assert {path for path, _, _ in places(analysis)} == set(names)


async def test_nesting_that_crashes_the_tool_fails_that_file_only(ty: Ty) -> None:
    deep = "x = " + "-" * 200_000 + "1\n"
    analysis = await ty.analyse([source("deep.py", deep), source("a.py", INVENTED)])
    assert set(analysis.failed) == {"deep.py"}
    assert analysis.covered == {"a.py"}


@pytest.mark.parametrize(
    "text",
    [
        "import os\n" + "os.nothing()\n" * 490,
        "import os\nos.nothing" + ".a" * 290 + "\n",
        "def f(" + ", ".join(f"a{n}" for n in range(3000)) + "): ...\n" + "f()\n" * 300,
        "def f(a: str):\n" + "    a = a + ''\n" * 2000 + "    a.strp()\n" * 300,
    ],
)
async def test_code_made_to_be_slow_is_read_in_a_moment(ty: Ty, text: str) -> None:
    started = time.perf_counter()
    await ty.analyse([source("a.py", text)])
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("sys.exit(2)", "the analyser failed (exit status 2)"),
        ("print('[{]')", "the analyser's report could not be read"),
        ("print('{}')", "the analyser's report could not be read"),
        ('print(\'[{"check_name": "missing-attribute"}]\')', "the analyser's report could not be read"),
        ('print(\'[{"check_name": "panic"}]\')', "the analyser could not read the file"),
    ],
)
async def test_a_tool_that_goes_wrong_fails_its_files(ty: Ty, tmp_path: Path, code: str, reason: str) -> None:
    broken = replace(ty, program=python_program(tmp_path, code))
    analysis = await broken.analyse([source("a.py", INVENTED)])
    assert reasons(analysis) == {"a.py": reason}
    assert (analysis.covered, analysis.findings) == (frozenset(), ())


async def test_a_tool_that_hangs_fails_its_files(ty: Ty, tmp_path: Path) -> None:
    program = python_program(tmp_path, "import time\ntime.sleep(60)")
    analysis = await replace(ty, program=program, limits=Limits(seconds=0.3)).analyse(
        [source("a.py", INVENTED)]
    )
    assert reasons(analysis)["a.py"].startswith("the analyser took more than")
