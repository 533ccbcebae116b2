from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.analysers.languages import WITH_RULES, language_of


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.py", "Python"),
        ("types/a.pyi", "Python"),
        ("src/App.TSX", "TypeScript"),
        ("a.d.ts", "TypeScript"),
        ("a.mjs", "JavaScript"),
        ("Gemfile", "Ruby"),
        ("include/a.h", "C++"),
        ("a.c", "C"),
        ("main.go", "Go"),
        ("index.php", "PHP"),
        ("Main.kt", "Kotlin"),
        ("db/001.sql", "SQL"),
        ("run.sh", "Shell"),
        ("docker/Dockerfile.dev", "Dockerfile"),
        ("Makefile", "Makefile"),
        ("App.vue", "Vue"),
    ],
)
def test_languages_are_known_by_name(path: str, language: str) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    "path",
    ["README.md", "a.json", "b.yaml", "c.toml", "d.txt", "e.svg", "LICENSE", "page.html", "x.css", "", "."],
)
def test_prose_data_and_markup_are_no_language(path: str) -> None:
    assert language_of(path) is None


def test_a_folder_does_not_make_a_language() -> None:
    assert language_of("a.py/notes") is None


def test_languages_without_rules_are_told_from_those_with() -> None:
    assert language_of("a.rs") in WITH_RULES
    assert language_of("a.kt") not in {*WITH_RULES, None}


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_any_path_has_an_answer(path: str) -> None:
    assert isinstance(language_of(path), str | None)
