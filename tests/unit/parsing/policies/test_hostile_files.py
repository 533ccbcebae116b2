"""Policy files that want to cost much, or that nobody would write: refused quickly, whatever they hold."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.policy import Policy
from bot.errors import PolicyError
from bot.parsing.policies import MAX_SIZE, mistakes_in, parse_policy
from bot.parsing.policies.keys import MAX_COMMENTS
from bot.parsing.policies.yaml_tree import MAX_EVENTS
from tests.support.policy_files import refused

HOSTILE = {
    "a megabyte": ("enabled: true\n" + "#" * 1_000_000, "longer than 64 kB"),
    "aliases of aliases": (
        "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(30)),
        "anchors and aliases",
    ),
    "brackets": ("ignore: " + "[" * 20_000, "brackets are open at once"),
    "braces": ("{" * 20_000, "brackets are open at once"),
    "brackets over many lines": (("[" * 19 + "\n") * 3000, "nested more than"),
    "nested lists": ("- " * 900, "nested more than"),
    "nested keys": ("? " * 30_000, "nested more than"),
    "deep by indentation": ("".join(" " * n + "a:\n" for n in range(300)), "nested more than"),
    "many entries": ("- a\n" * 4000, "more than 2000 entries"),
    "many entries in a line": ("[" + "a, " * 20_000, "more than 2000 entries"),
    "many keys": ("".join(f"k{n}: 1\n" for n in range(900)), "unknown key `k0`"),
    "empty lines": ("\n" * 65_000, "5000 lines"),
    "a text of empty lines": ("a: '" + "\n" * 65_000 + "'", "5000 lines"),
    "directives": ("%a\n" * 20_000, "5000 lines"),
    "a long key": ("k" * 65_000 + ": 1", "not valid YAML"),
    "escapes": ('"' + "\\u0041" * 10_000 + '": 1', "not valid YAML"),
    "patterns in many lists": (
        "rules:\n"
        + "".join(
            f"- {{id: r{n}, text: x, paths: ['{'*a' * 95}{n}', '{'**/a/' * 38}']}}\n" for n in range(50)
        ),
        "all together may have",
    ),
    "globs that backtrack": (
        "ignore:\n" + "- '" + "*a" * 99 + "b'\n" + "- '[z-a]'\n" * 90,
        "not a gitignore",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_quickly(name: str) -> None:
    text, words = HOSTILE[name]
    started = time.process_time()
    assert words in str(refused(text))
    # 0.2 s are promised, less than 0.1 s was measured; the worst take half a minute without their limit.
    assert time.process_time() - started < 1


def test_a_file_may_be_as_large_as_the_limits_say() -> None:
    patterns = "ignore:\n" + "- docs/**/*.md\n" * 100
    assert len(parse_policy(patterns.ljust(MAX_SIZE, "#")).ignore) == 100
    assert "entries" in str(refused("- a\n" * MAX_EVENTS))


words = st.sampled_from(
    [
        "enabled",
        "ignore",
        "fail_on",
        "version",
        ": ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "true",
        "1",
        "low",
        "&a ",
        "*a",
        "!x ",
        "'",
        '"',
        "#",
        "|\n ",
        "? ",
        "~",
        "%YAML 1.1\n",
        "---\n",
        "<<",
        "\t",
        "\u2028",
        "*.py",
        "triggers",
        "rules",
        "id",
        "text",
        "paths",
        "categories",
        "learning",
        "budget_usd",
        "languages",
        "only",
        "Python",
        "0.5",
        "\n  ",
        "\n  - ",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(words | st.text(max_size=3), max_size=30).map("".join))
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    try:
        outcome: Policy | PolicyError = parse_policy(text)
    except PolicyError as error:
        outcome = error
    assert bool(mistakes_in(text)) == isinstance(outcome, PolicyError)
    if isinstance(outcome, PolicyError):
        assert outcome.line is None or 1 <= outcome.line <= len(text.splitlines()) + 1
    else:
        assert 0 <= outcome.max_comments <= MAX_COMMENTS
