from __future__ import annotations

import pytest

from bot.parsing.attributes import MAX_RULES, MAX_SIZE, flagged, flags_of, places


def flag(path: str, **files: str) -> str | None:
    """What files, named by folder with `_` for `/` and `root` for the root, say of a path."""
    named = {"" if name == "root" else name.replace("_", "/"): flags_of(text) for name, text in files.items()}
    folders = ["", *(path[:at] for at, letter in enumerate(path) if letter == "/")]
    return flagged({folder: named.get(folder, ()) for folder in folders})(path)


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
        ("*.go linguist-generated\n*.gen.go !linguist-generated", None),
        ("*.go linguist-generated\n[z-a].go -linguist-generated", None),
        ('*.go linguist-generated\n"api/a b -linguist-generated', None),
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


def test_of_a_file_that_is_too_long_to_be_read_to_its_end_nothing_counts() -> None:
    assert len(flags_of("*.a linguist-generated\n" * MAX_RULES)) == MAX_RULES
    assert flags_of("*.a linguist-generated\n" * (MAX_RULES + 1)) == ()
    assert flags_of("*.a linguist-generated\n" + "# much\n" * MAX_SIZE) == ()


def test_below_a_folder_that_was_not_looked_at_nothing_is_known() -> None:
    find = flagged({"": flags_of("*.go linguist-generated"), "api": ()})
    assert (find("a.go"), find("api/a.go"), find("api/v1/a.go")) == ("generated", "generated", None)


def test_patterns_that_would_backtrack_are_quick() -> None:
    line = "*a" * 8 + "b linguist-generated"
    assert flag("a" * 60, root=line) is None
