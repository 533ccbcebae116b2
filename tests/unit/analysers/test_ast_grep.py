from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.analysing import places, python_program, reasons, source
from workers.analysers.ast_grep import AstGrep, ast_grep_rules
from workers.analysers.packaged import packaged_program

NAN = "if (total === NaN) {\n  reset();\n}\n"


@pytest.fixture
def ast_grep() -> AstGrep:
    return AstGrep(packaged_program("ast-grep-cli", "ast-grep"), ast_grep_rules())


@pytest.mark.parametrize(
    "name", ["a.js", "a.jsx", "a.mjs", "a.cjs", "a.ts", "a.tsx", "a.mts", "a.cts", "A.TSX"]
)
async def test_all_kinds_of_javascript_share_the_rules(ast_grep: AstGrep, name: str) -> None:
    assert places(await ast_grep.analyse([source(name, NAN)])) == [(name, "ast-grep:js-nan-comparison", 1)]


async def test_markup_inside_code_and_type_casts_are_understood(ast_grep: AstGrep) -> None:
    files = [
        source("a.js", "const a = <p onClick={() => { if (x === NaN) go(); }}>hi</p>;\n"),
        source("b.ts", "const b = <number>input;\nif (b === NaN) go();\n"),
    ]
    assert [path for path, _, _ in places(await ast_grep.analyse(files))] == ["a.js", "b.ts"]


async def test_rules_of_c_hold_for_cpp_and_headers(ast_grep: AstGrep) -> None:
    files = [
        source(name, "void f(char *p, int n) {\n  memset(p, n, 0);\n}\n") for name in ("a.c", "b.cc", "c.h")
    ]
    assert [path for path, _, _ in places(await ast_grep.analyse(files))] == ["a.c", "b.cc", "c.h"]


async def test_strings_of_cpp_may_be_compared(ast_grep: AstGrep) -> None:
    text = 'bool f(const std::string& s) {\n  return s == "a";\n}\n'
    assert (await ast_grep.analyse([source("a.cpp", text)])).findings == ()


async def test_the_identifier_stands_in_the_claim(ast_grep: AstGrep) -> None:
    text = "async function save() {}\nasync function run() {\n  save();\n}\n"
    [finding] = (await ast_grep.analyse([source("a.ts", text)])).findings
    assert finding.claim.startswith("`save` is async")
    assert finding.quote == "  save();"


async def test_configuration_in_the_repository_has_no_effect(ast_grep: AstGrep) -> None:
    hostile = [
        source("sgconfig.yml", "ruleDirs: [none]\n"),
        source(".gitignore", "*\n"),
        source(".ignore", "*\n"),
    ]
    analysis = await ast_grep.analyse([*hostile, source("a.js", NAN)])
    assert places(analysis) == [("a.js", "ast-grep:js-nan-comparison", 1)]
    assert analysis.covered == {"a.js"}


@pytest.mark.parametrize("comment", ["// ast-grep-ignore", "// ast-grep-ignore: js-nan-comparison"])
async def test_comments_cannot_switch_a_rule_off(ast_grep: AstGrep, comment: str) -> None:
    text = f"{comment}\n\n{comment}\n{NAN}"
    [finding] = (await ast_grep.analyse([source("a.js", text)])).findings
    assert finding.quote == "if (total === NaN) {"


async def test_python_and_unknown_languages_are_not_covered(ast_grep: AstGrep) -> None:
    assert (await ast_grep.analyse([source("a.py", NAN), source("a.kt", NAN)])).covered == frozenset()


async def test_broken_syntax_does_not_hide_what_stands_behind_it(ast_grep: AstGrep) -> None:
    analysis = await ast_grep.analyse([source("a.js", "function ( {{{ \n\n" + NAN)])
    assert analysis.covered == {"a.js"}
    assert [name for _, name, _ in places(analysis)] == ["ast-grep:js-nan-comparison"]


async def test_lines_are_counted_as_git_counts_them(ast_grep: AstGrep) -> None:
    [finding] = (
        await ast_grep.analyse([source("a.js", "a;\rb;\u2028\r\nc;\r\nif (x === NaN) go();")])
    ).findings
    assert finding.quote == "if (x === NaN) go();"
    assert finding.lines is not None
    assert finding.lines.start == 3


async def test_a_long_file_is_read_to_its_end(ast_grep: AstGrep) -> None:
    text = "".join(f"export async function f{n}() {{\n  await g({n});\n}}\n" for n in range(3400)) + NAN
    assert places(await ast_grep.analyse([source("a.ts", text)])) == [
        ("a.ts", "ast-grep:js-nan-comparison", 10201)
    ]


async def test_the_same_rule_speaks_once_a_line(ast_grep: AstGrep) -> None:
    assert len((await ast_grep.analyse([source("a.js", "if (a === NaN || b === NaN) go();")])).findings) == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("sys.exit(8)", "the analyser failed (exit status 8)"),
        ("", "the analyser passed over the file"),
        ("sys.stderr.write('scannedFileCount=1,skippedFileCount=1')", "the analyser passed over the file"),
        (
            "sys.stderr.write('scannedFileCount=1,skippedFileCount=0')\nprint('{}')",
            "the analyser's report could not be read",
        ),
    ],
)
async def test_a_tool_that_goes_wrong_fails_its_files(
    ast_grep: AstGrep, tmp_path: Path, code: str, reason: str
) -> None:
    broken = replace(ast_grep, program=python_program(tmp_path, code))
    analysis = await broken.analyse([source("a.js", NAN)])
    assert reasons(analysis) == {"a.js": reason}
    assert analysis.covered == frozenset()


async def test_a_mistake_in_our_rules_is_not_taken_for_silence(ast_grep: AstGrep) -> None:
    analysis = await replace(ast_grep, rules="id: x\nlanguage: Klingon\n").analyse([source("a.js", NAN)])
    assert set(analysis.failed) == {"a.js"}
