"""Policy files: what they may say, and how a mistake in one is reported."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.finding import Severity
from bot.domain.policy import FailOn, Policy
from bot.errors import PolicyError
from bot.parsing.policies import MAX_COMMENTS, MAX_EVENTS, MAX_SIZE, PolicyFile, parse_policy

WHOLE = """\
# what we want
version: 1
enabled: false
ignore:
  - "*.min.js"   # built
  - docs/
severity_threshold: high
max_comments: 5
fail_on: incomplete
"""


def refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    return caught.value


def test_every_key_reaches_the_policy() -> None:
    assert parse_policy(WHOLE) == Policy(
        enabled=False,
        ignore=("*.min.js", "docs/"),
        severity_threshold=Severity.HIGH,
        max_comments=5,
        fail_on=FailOn.INCOMPLETE,
    )


@pytest.mark.parametrize(
    "text", ["", "\n", "# only words\n", "---\n", "~", "{}", "version: 1", "ignore:\nfail_on:\n"]
)
def test_what_is_not_said_is_the_default(text: str) -> None:
    assert parse_policy(text) == Policy()


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    assert parse_policy("\ufeff" + WHOLE.replace("\n", "\r\n")) == parse_policy(WHOLE)


def test_dates_and_times_in_a_list_of_patterns_stay_text() -> None:
    assert parse_policy("ignore: [2026-01-01, 12:30, on, 1.5]").ignore == ("2026-01-01", "12:30", "on", "1.5")


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("version: 1\nenabled: yes", 2, "enabled", "must be true or false"),
        ("enabled: on", 1, "enabled", "must be true or false"),
        ("enabled: 1", 1, "enabled", "must be true or false"),
        ("enabled: [true]", 1, "enabled", "must be true or false"),
        ("version: 2", 1, "version", "must be 1"),
        ("version: true", 1, "version", "must be 1"),
        ("max_comments: -1", 1, "max_comments", "whole number from 0 to 60"),
        (f"max_comments: {MAX_COMMENTS + 1}", 1, "max_comments", "whole number"),
        ("max_comments: 12:30", 1, "max_comments", "whole number"),
        ("max_comments: '5'", 1, "max_comments", "whole number"),
        ("max_comments: true", 1, "max_comments", "whole number"),
        ("max_comments: 0x10", 1, "max_comments", "whole number"),
        ("max_comments: " + "9" * 6000, 1, "max_comments", "whole number"),
        ("severity_threshold: HIGH", 1, "severity_threshold", "one of critical, high, medium, low"),
        ("fail_on: sometimes", 1, "fail_on", "one of never, critical"),
        ("ignore: docs/", 1, "ignore", "list of at most 100"),
        ("ignore: {0: a}", 1, "ignore", "list of at most 100"),
        ("ignore:\n  - a\n  - [b]", 3, "ignore", "list of at most 100"),
        ("ignore:\n  - a\n  - 5", 3, "ignore", "list of at most 100"),
        ("ignore:\n  - a\n\n  - 'b['\n  - c", 4, "ignore", "has a bracket"),
        ("ignore:\n" + "  - a\n" * 101, 1, "ignore", "list of at most 100"),
        ("\n\nfoo: 1", 3, "foo", "known are version, enabled"),
        ("ignored: []", 1, "ignored", "did you mean `ignore`?"),
        ("max-comments: 1", 1, "max-comments", "did you mean `max_comments`?"),
        ("fail_on: low\nsevrity_treshold: low", 2, "sevrity_treshold", "did you mean `severity_threshold`?"),
        ("model: openai:x", 1, "model", "unknown key"),
        ("base_url: http://192.0.2.1", 1, "base_url", "unknown key"),
        ("null: 1", 1, "null", "unknown key"),
        ("enabled: true\nignore: []\nenabled: true", 3, "enabled", "given twice"),
        ("foo:\n  a: 1\n  a: 2", 3, "foo.a", "given twice"),
        ("<<: {enabled: false}", 1, "\u2026", "unknown key"),
        ("- enabled", 1, None, "`key: value` lines"),
        ("just words", 1, None, "`key: value` lines"),
        ("? [a]\n: b", 1, None, "a key must be a word"),
        ("ignore:\n  - *.py", 2, None, "put a text that starts so in quotes"),
        ("a: &a x\nb: *a", 1, None, "anchors and aliases"),
        ("ignore:\n  - !important", 2, None, "put a text that starts with `!` in quotes"),
        ("a: !!python/object:os.system x", 1, None, "tags"),
        ("%YAML 1.1\n---\nenabled: on", 2, None, "directives"),
        ("enabled: true\n---\nenabled: false", 2, None, "another document"),
        ("enabled: true\n\tignore: []", 2, None, "not valid YAML"),
        ("ignore: [a", 1, None, "not valid YAML"),
        ("enabled: true\nfoo: \x01", 2, None, "character that YAML does not allow"),
        ("enabled: \ud800", 1, None, "character that YAML does not allow"),
    ],
)
def test_a_mistake_has_a_line_a_key_and_a_way_to_mend_it(
    text: str, line: int, key: str | None, words: str
) -> None:
    error = refused(text)
    assert (error.line, error.key) == (line, key)
    assert words in str(error)


def test_the_first_of_several_mistakes_is_reported() -> None:
    assert refused("foo: 1\nenabled: x").line == 1
    assert refused("enabled: x\nfoo: 1").line == 1


@pytest.mark.parametrize("key", ["@team", "[x](http://x)", "<b>", "a" * 50, "\u202egnp", "a b", '"\\u0007"'])
def test_an_odd_key_is_not_repeated_to_people(key: str) -> None:
    error = refused(f"{key if key.startswith(chr(34)) else repr(key)}: 1")
    assert "`\u2026`" in str(error)
    assert error.key == "\u2026"


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


def test_defaults_of_file_and_policy_are_the_same() -> None:
    assert PolicyFile().model_dump(exclude={"version"}) == {
        "enabled": Policy().enabled,
        "ignore": Policy().ignore,
        "severity_threshold": Policy().severity_threshold,
        "max_comments": Policy().max_comments,
        "fail_on": Policy().fail_on,
        "cross_check": Policy().cross_check,
        "suggestions": Policy().suggestions,
        "code_scanning": Policy().code_scanning,
    }


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
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(words | st.text(max_size=3), max_size=30).map("".join))
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    try:
        outcome: Policy | PolicyError = parse_policy(text)
    except PolicyError as error:
        outcome = error
    if isinstance(outcome, PolicyError):
        assert outcome.line is None or 1 <= outcome.line <= len(text.splitlines()) + 1
    else:
        assert 0 <= outcome.max_comments <= MAX_COMMENTS
