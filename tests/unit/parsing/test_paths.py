"""Patterns of paths to leave out: gitignore's meaning, held against git itself, without its worst case."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import PolicyError
from bot.parsing.paths import MAX_PATTERN, MAX_PATTERNS, matching_paths, pattern_problem
from tests.support.scratch_git import ScratchRepository


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("*.min.js", ["a.min.js", "x/y.min.js"], ["a.js", "min.js/a"]),
        ("docs/", ["docs/a.md", "x/docs/a/b"], ["docs", "mydocs/a"]),
        ("/docs", ["docs", "docs/a"], ["x/docs"]),
        ("a/b", ["a/b", "a/b/c"], ["x/a/b"]),
        ("**/gen/**/*.py", ["gen/a.py", "x/gen/y/z.py"], ["gen.py", "x/gen/y.js"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["a/xb", "b"]),
        ("vendor/**", ["vendor/a", "vendor/a/b"], ["vendor", "x/vendor/a"]),
        ("[ab]?.txt", ["ax.txt", "bx.txt"], ["cx.txt", "a.txt"]),
        ("[!a].txt", ["b.txt", "x/b.txt"], ["a.txt"]),
        ("x/[!a]b", ["x/cb"], ["x/ab", "x//b"]),
        (r"app/\[slug\]/*.tsx", ["app/[slug]/page.tsx"], ["app/s/page.tsx"]),
        (r"\#x", ["#x"], ["x"]),
        ("a.b--c.md", ["a.b--c.md"], ["a.b-c.md"]),
        ("*test*/**/*_gen.*.go", ["mytests/a/b_gen.x.go"], ["test/a_gen.go"]),
        ("*", ["a", "a/b"], []),
        ("\u00e9*", ["\u00e9t\u00e9.txt"], ["ete.txt"]),
    ],
)
def test_patterns_mean_what_they_mean_in_a_gitignore(
    pattern: str, hits: list[str], misses: list[str]
) -> None:
    find = matching_paths([pattern], "ignore")
    assert [find(path) for path in hits] == [pattern] * len(hits)
    assert [find(path) for path in misses] == [None] * len(misses)


def test_the_last_matching_pattern_decides() -> None:
    find = matching_paths(["*.py", "!keep.py", "a/keep.py"], "ignore")
    assert find("x.py") == "*.py"
    assert find("keep.py") is None
    assert find("a/keep.py") == "a/keep.py"


def test_no_patterns_leave_nothing_out() -> None:
    assert matching_paths([], "ignore")("a.py") is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "matches nothing"),
        ("  ", "matches nothing"),
        ("/", "matches nothing"),
        ("!", "matches nothing"),
        ("# note", "matches nothing"),
        ("a[", "bracket"),
        ("[[:alpha:]]x", "bracket"),
        ("[a&&b]", "bracket"),
        ("[a--z]", "bracket"),
        ("[]]", "bracket"),
        ("[z-a]", "not a gitignore pattern"),
        ("a\\", "not a gitignore pattern"),
        ("a\nb", "line break"),
        ("a\x00b", "line break"),
        ("a" * (MAX_PATTERN + 1), "longer than"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_a_problem(pattern: str, words: str) -> None:
    assert words in (pattern_problem(pattern) or "")
    with pytest.raises(PolicyError, match="a pattern of `ignore`"):
        matching_paths([pattern], "ignore")


def test_an_error_names_the_key_that_the_patterns_stand_in() -> None:
    for patterns in (["a["], ["a"] * (MAX_PATTERNS + 1)):
        with pytest.raises(PolicyError, match="`guidelines`") as raised:
            matching_paths(patterns, "guidelines")
        assert raised.value.key == "guidelines"


def test_the_number_of_patterns_is_bounded() -> None:
    matching_paths(["a"] * MAX_PATTERNS, "ignore")
    with pytest.raises(PolicyError, match="at most"):
        matching_paths(["a"] * (MAX_PATTERNS + 1), "ignore")


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 8 + "b",
        "*a" * 99 + "b",
        "*?" * 60 + "b",
        "*a?" * 60 + "b",
        "*[ab]" * 30 + "c",
        "[!b]*" * 30 + "c/",
        "**/a/" * 39 + "b",
        "a/**/" * 39 + "b",
        "**/*a*" * 30 + "/b",
        "*a*/" * 40 + "b",
        "**/" * 60 + "b",
        "*" * 190 + "b",
    ],
)
@pytest.mark.parametrize("path", ["a" * 4000, "/".join("a" * 2000), "/".join(["a" * 60] * 60)])
def test_no_pattern_backtracks(pattern: str, path: str) -> None:
    # with backtracking this would not end within a lifetime
    assert matching_paths([pattern], "ignore")(path) is None


segments = st.lists(
    st.sampled_from(["a", "b", "?", "*", "[ab]", "[!a]", "\\*", ".", "*a", "a*b*"]), min_size=1, max_size=4
).map("".join)
patterns = st.tuples(
    st.sampled_from(["", "/", "**/"]),
    st.lists(st.just("**") | segments, min_size=1, max_size=4).map("/".join),
    st.sampled_from(["", "", "/", "/**"]),
).map("".join)
names = st.text("aab*.", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


def has_a_meaning_of_its_own(pattern: str) -> bool:
    """Forms in which pathspec differs from git: `**` before a final slash, and three stars in a row."""
    return pattern.endswith("**/") or "***" in pattern or pattern_problem(pattern) is not None


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> ScratchRepository:
    return ScratchRepository(tmp_path_factory.mktemp("ignore") / "repository")


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(patterns.filter(lambda p: not has_a_meaning_of_its_own(p)), st.lists(paths, max_size=8)),
        max_size=20,
    )
)
def test_git_leaves_out_the_same_paths(
    repository: ScratchRepository, cases: list[tuple[str, list[str]]]
) -> None:
    asked = set()
    for number, (pattern, tried) in enumerate(cases):
        folder = repository.path / f"case{number}"
        folder.mkdir(exist_ok=True)
        (folder / ".gitignore").write_text(pattern + "\n")
        asked |= {f"case{number}/{path}" for path in tried}
    (repository.path / ".gitignore").write_text("/always\n")  # git fails when it finds nothing to leave out
    stdin = "\0".join([*asked, "always"]).encode()
    ignored = set(
        repository.git("check-ignore", "--no-index", "-z", "--stdin", stdin=stdin).decode().split("\0")
    )
    for number, (pattern, tried) in enumerate(cases):
        find = matching_paths([pattern], "ignore")
        for path in tried:
            assert (find(path) is not None) == (f"case{number}/{path}" in ignored), (pattern, path)
