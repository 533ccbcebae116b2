from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.support.grammars import GRAMMARS
from tests.support.work_trees import clean_environment
from workers.analysers.languages import language_of
from workers.context.grammars import (
    DEEPEST_NESTING,
    LONGEST_OPEN_ANGLES,
    PARSE_LIMIT,
    grammar_of,
    parse,
)

LANGUAGES = {
    "python": "Python",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "tsx": "TypeScript",
    "go": "Go",
    "rust": "Rust",
    "ruby": "Ruby",
    "c": "C",
    "cpp": "C++",
    "java": "Java",
}
SUFFIXES = [
    "py",
    "pyi",
    "js",
    "jsx",
    "mjs",
    "cjs",
    "ts",
    "mts",
    "cts",
    "tsx",
    "go",
    "rs",
    "rb",
    "rake",
    "c",
    "cc",
    "cpp",
    "h",
    "hpp",
    "java",
]


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_every_grammar_parses_offline(grammar: str) -> None:
    tree = parse(b"a\n", grammar)
    assert tree is not None
    assert tree.root_node.end_byte == 2


def test_every_grammar_is_one_of_a_language_that_is_known() -> None:
    assert set(GRAMMARS) == set(LANGUAGES)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_grammar_is_of_the_language_that_the_name_of_a_file_says(suffix: str) -> None:
    grammar = grammar_of(f"src/File.{suffix.upper()}")
    assert grammar is not None
    assert LANGUAGES[grammar] == language_of(f"file.{suffix}")


@pytest.mark.parametrize("path", ["README.md", "a.sql", "Makefile", "py", ".py", "a.py/b", "", "a."])
def test_other_files_have_no_grammar(path: str) -> None:
    assert grammar_of(path) is None


def test_loading_one_grammar_loads_no_other() -> None:
    script = (
        "import sys; from workers.context.grammars import parse\n"
        "before = {m for m in sys.modules if m.startswith('tree_sitter_')}\n"
        "parse(b'fn a() {}', 'rust')\n"
        "print(sorted(before), sorted({m for m in sys.modules if m.startswith('tree_sitter_')} - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=clean_environment()
    )
    assert "'tree_sitter_rust'" in done.stdout
    assert "python" not in done.stdout
    assert done.stdout.startswith("[] ")


def test_broken_code_has_a_tree_with_errors() -> None:
    tree = parse(b"def f(:\n  return (\n", "python")
    assert tree is not None
    assert tree.root_node.has_error


@pytest.mark.parametrize(
    "source",
    [
        b"a" * (PARSE_LIMIT + 1),
        b"(" * (DEEPEST_NESTING + 1),
        b"{a:" * 100_000,
        b"A<" * (LONGEST_OPEN_ANGLES + 1),
        b"A<\n" * 20_000,
    ],
    ids=["large", "nested", "stack", "angles", "memory"],
)
def test_a_text_that_would_hurt_the_parser_is_not_given_to_it(source: bytes) -> None:
    assert parse(source, "java") is None


def test_comparisons_and_markup_are_no_nesting() -> None:
    assert parse(b"if (a < b) { f(); }\n" * 2_000, "java") is not None
    assert parse(b"x = <a><b>c</b></a>;\n" * 2_000, "javascript") is not None


def test_a_parser_that_takes_too_long_is_stopped() -> None:
    began = time.monotonic()
    assert parse(b"if(a){}else " * 60_000, "javascript", seconds=0.02) is None
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("source", [b"", b"\0\0\0", bytes(range(256)) * 50, b"\xff\xfe" * 100, b"\r\n\r\n"])
@pytest.mark.parametrize("grammar", GRAMMARS)
def test_any_bytes_can_be_parsed(source: bytes, grammar: str) -> None:
    assert parse(source, grammar) is not None
