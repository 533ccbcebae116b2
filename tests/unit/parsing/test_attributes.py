from __future__ import annotations

import pytest

from bot.parsing.attributes import MAX_RULES, flagged, flags_of, places


def flag(path: str, **files: str) -> str | None:
    """What files, named by folder with `_` for `/` and `root` for the root, say of a path."""
    named = {"" if name == "root" else name.replace("_", "/"): flags_of(text) for name, text in files.items()}
    return flagged(named)(path)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("*.gen.go linguist-generated", "generated"),
        ("*.gen.go linguist-generated=true", "generated"),
        ("*.gen.go text linguist-vendored", "vendored"),
        ("api/** linguist-generated", "generated"),
        ("*.gen.go -linguist-generated", ""),
        ("*.gen.go linguist-generated=false", ""),
        ("*.gen.go text eol=lf", None),
        ("*.py linguist-generated", None),
        ("# *.gen.go linguist-generated", None),
        ('"api/a b.gen.go" linguist-generated', None),
        ("[z-a]*.go linguist-generated", None),
        ("!*.gen.go linguist-generated", None),
        ("", None),
    ],
)
def test_only_linguist_flags_of_understood_patterns_say_anything(line: str, expected: str | None) -> None:
    assert flag("api/user.gen.go", root=line) == expected


def test_a_pattern_with_blanks_stands_in_quotes() -> None:
    assert flag("api/a b.go", root='"api/a b.go" linguist-generated') == "generated"
    assert flag("api/a b.go", root='"api/a b.go linguist-generated') is None


def test_the_last_line_that_matches_decides() -> None:
    assert flag("api/a.go", root="api/** linguist-generated\napi/a.go -linguist-generated") == ""


def test_the_nearest_file_decides_and_its_patterns_are_relative_to_it() -> None:
    assert flag("api/v1/a.go", root="*.go linguist-generated", api_v1="/a.go -linguist-generated") == ""
    assert (
        flag("api/v2/a.go", root="*.go linguist-generated", api_v1="/a.go -linguist-generated") == "generated"
    )


def test_files_lie_in_every_folder_above_the_root_first_and_not_without_end() -> None:
    assert places(["a/b/c.py", "d.py"]) == (".gitattributes", "a/.gitattributes", "a/b/.gitattributes")
    assert len(places([f"f{n}/a.py" for n in range(500)])) == 100


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    assert len(flags_of("*.a linguist-generated\n" * 5000)) == MAX_RULES


def test_patterns_that_would_backtrack_are_quick() -> None:
    line = "*a" * 8 + "b linguist-generated"
    assert flag("a" * 60, root=line) is None
