"""Policy files: what they may say, and how a mistake in one is reported."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.finding import Category, Severity
from bot.domain.policy import (
    CATEGORIES_OFF_BY_DEFAULT,
    CrossCheck,
    FailOn,
    Learning,
    MayCommand,
    PathInstructions,
    PauseAfter,
    Policy,
    Profile,
    PushReviews,
    Rule,
    Triggers,
)
from bot.errors import PolicyError
from bot.parsing.policies import MAX_SIZE, mistakes_in, parse_policy, read_policy_text
from bot.parsing.policies.files import MOST_MISTAKES
from bot.parsing.policies.keys import MAX_COMMENTS, PolicyFile
from bot.parsing.policies.policy_of import policy_of
from bot.parsing.policies.yaml_tree import MAX_EVENTS

WHOLE = """\
# what we want
version: 1
enabled: false
triggers:
  opened: false
  ready_for_review: false
  push: first
  pause_after: {pushes: 5, minutes: 30}
  max_rounds: 7
branches: [main, release/*]
drafts: true
ignore:
  - "*.min.js"   # built
  - docs/
ignore_authors: ["*[bot]"]
ignore_labels: [no review]
ignore_titles: ["[WIP]*"]
languages: {only: [Python, C++], off: [SQL]}
instructions:
  - path: db/**
    text: Migrations must be reversible.
  - paths: [api/, "!api/made/"]
    text: |
      Handlers check the tenant.
rules:
  - {id: money, text: Amounts are integers., paths: [billing/, '!*.md'], severity: high}
  - {id: R-2, text: No sleep.}
guidelines: [docs/rules.md]
categories: {test: true, security: false}
severity_threshold: high
max_comments: 5
fail_on: incomplete
profile: assertive
cross_check: strict
passes: 2
model: openai:some-model
language: pt-br
summary: false
budget_usd: 0.25
commands: {permission: maintain}
learning: {enabled: false, days: 30}
suggestions: false
code_scanning: true
images: false
"""


def refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    return caught.value


def test_every_key_reaches_the_policy() -> None:
    assert parse_policy(WHOLE) == Policy(
        enabled=False,
        triggers=Triggers(
            opened=False,
            ready_for_review=False,
            push=PushReviews.FIRST,
            pause_after=PauseAfter(pushes=5, minutes=30),
            max_rounds=7,
        ),
        branches=("main", "release/*"),
        drafts=True,
        ignore=("*.min.js", "docs/"),
        ignore_authors=("*[bot]",),
        ignore_labels=("no review",),
        ignore_titles=("[WIP]*",),
        languages=("Python", "C++"),
        languages_off=("SQL",),
        path_instructions=(
            PathInstructions(("db/**",), "Migrations must be reversible."),
            PathInstructions(("api/", "!api/made/"), "Handlers check the tenant.\n"),
        ),
        rules=(
            Rule("money", "Amounts are integers.", ("billing/", "!*.md"), Severity.HIGH),
            Rule("R-2", "No sleep."),
        ),
        guidelines=("docs/rules.md",),
        categories_off=(CATEGORIES_OFF_BY_DEFAULT - {Category.TEST}) | {Category.SECURITY},
        severity_threshold=Severity.HIGH,
        max_comments=5,
        fail_on=FailOn.INCOMPLETE,
        profile=Profile.ASSERTIVE,
        cross_check=CrossCheck.STRICT,
        passes=2,
        model="openai:some-model",
        language="pt-br",
        summary=False,
        budget_usd=0.25,
        permission=MayCommand.MAINTAIN,
        learning=Learning(enabled=False, days=30),
        suggestions=False,
        code_scanning=True,
        images=False,
    )


def test_the_example_above_says_every_key() -> None:
    assert read_policy_text(WHOLE).said.model_fields_set == set(PolicyFile.model_fields)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "# only words\n",
        "---\n",
        "~",
        "{}",
        "version: 1",
        "ignore:\nfail_on:\n",
        "triggers: {pause_after: }",
    ],
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
        ("models: openai:x", 1, "models", "did you mean `model`?"),
        ("base_url: http://192.0.2.1", 1, "base_url", "unknown key"),
        ("null: 1", 1, "null", "unknown key"),
        ("enabled: true\nignore: []\nenabled: true", 3, "enabled", "given twice"),
        ("triggers:\n  push: every\n  push: first", 3, "triggers.push", "given twice"),
        ("triggers:\n  psuh: every", 2, "triggers.psuh", "did you mean `push`?"),
        ("triggers:\n  x: every", 2, "triggers.x", "known are opened, ready_for_review, push"),
        ("triggers:\n  push: never", 2, "triggers.push", "one of every, first"),
        ("triggers:\n  max_rounds: 0", 2, "triggers.max_rounds", "whole number from 1 to 1000"),
        ("triggers: [push]", 1, "triggers", "mapping of keys such as push"),
        ("triggers:\n  pause_after: {pushes: 3}", 2, "triggers.pause_after.minutes", "is missing"),
        ("triggers:\n  pause_after: 3", 2, "triggers.pause_after", "the keys pushes and minutes"),
        ("triggers:\n  pause_after: {pushes: 1, minutes: 1}", 2, "triggers.pause_after.pushes", "from 2"),
        ("severity_threshold: Hihg", 1, "severity_threshold", "did you mean `high`?"),
        ("branches:\n- main\n- ' '", 3, "branches", "a pattern of `branches` matches nothing"),
        ("ignore_titles: ['a\\tb', \"a\\tb\"]", 1, "ignore_titles", "cannot be printed"),
        ("languages:\n  only: [python]", 2, "languages.only", "did you mean `Python`?"),
        ("languages: {of: [Go]}", 1, "languages.of", "did you mean `off`?"),
        ("instructions:\n- {path: 'a[', text: x}", 2, "instructions[0].path", "has a bracket"),
        ("instructions:\n- {path: a, text: ' '}", 2, "instructions[0].text", "is empty"),
        ("instructions:\n- {path: a, text: x}\n- {text: x}", 3, "instructions[1]", "needs either `path`"),
        ("instructions: [{path: a, paths: [b], text: x}]", 1, "instructions[0]", "needs either `path`"),
        ("instructions: [{paths: ['!a', '!b'], text: x}]", 1, "instructions[0].paths", "means no file"),
        ("instructions: [{path: '!a', text: x}]", 1, "instructions[0].path", "means no file"),
        ("rules: [{id: a, text: x, paths: ['!a']}]", 1, "rules[0].paths", "a pattern without `!`"),
        ("instructions: [{path: a}]", 1, "instructions[0].text", "is missing"),
        ("instructions: [{paths: [], text: x}]", 1, "instructions[0]", "needs either `path`"),
        ("rules: [{id: a b, text: x}]", 1, "rules[0].id", "a word of at most 40"),
        ("rules: [{id: a, text: x, path: b}]", 1, "rules[0].path", "did you mean `paths`?"),
        ("rules:\n- {id: a, text: x}\n- {id: A, text: y}", 3, "rules[1].id", "is given twice"),
        ("rules: [{id: a, text: " + "x" * 2001 + "}]", 1, "rules[0].text", "longer than 2,000"),
        ("rules: [{id: a, text: x, severity: bad}]", 1, "rules[0].severity", "one of critical"),
        ("rules: [{id: a, text: x, paths: b}]", 1, "rules[0].paths", "list of at most 20"),
        ("rules:\n" + "- {id: a, text: x}\n" * 51, 1, "rules", "at most 50 entries"),
        ("rules: money", 1, "rules", "at most 50 entries"),
        ("categories: [test]", 1, "categories", "a mapping from categories"),
        ("categories:\n  tset: true", 2, "categories.tset", "did you mean `test`?"),
        ("categories:\n  test: 1", 2, "categories.test", "must be true or false"),
        ("profile: chil", 1, "profile", "did you mean `chill`?"),
        ("passes: 5", 1, "passes", "whole number from 1 to 4"),
        ("model: http://192.0.2.1/v1", 1, "model", "the name of a model"),
        ("model: 'openai:a b'", 1, "model", "the name of a model"),
        ("model: https://x:y@192.0.2.1", 1, "model", "the name of a model"),
        ("language: pt-BR", 1, "language", "did you mean `pt-br`?"),
        ("language: Klingon", 1, "language", "such as en, de or pt-br"),
        ("budget_usd: 0", 1, "budget_usd", "from 0.01 to 1000"),
        ("budget_usd: '0.5'", 1, "budget_usd", "number of dollars"),
        ("budget_usd: .inf", 1, "budget_usd", "number of dollars"),
        ("budget_usd: 1e2", 1, "budget_usd", "number of dollars"),
        ("commands: {permission: read}", 1, "commands.permission", "one of write, maintain, admin"),
        ("learning: often", 1, "learning", "true, false, or a mapping"),
        ("learning: {days: 400}", 1, "learning.days", "from 1 to 365"),
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
    assert refused("ignore: []\nignore: []\nfoo: 1").key == "ignore"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("enabled: x", 1, 1),
        ("triggers: {push: never}", 1, 12),
        ("ignore:\n  - a\n  - 'b['", 3, 5),
        ("ignore: [a, 'ü', 'b[']", 1, 18),
        ("rules:\n  - id: a\n    txet: x", 2, 5),
        ("a: 1\n  b: 2", 2, 4),
        ("ignore: [*a]", 1, 10),
        ("enabled: true\nab\x01", 2, 3),
        ("\ufeffenabled: x", 1, 1),
    ],
)
def test_a_mistake_has_a_column(text: str, line: int, column: int) -> None:
    error = refused(text)
    assert (error.line, error.column) == (line, column)


def test_every_mistake_can_be_listed_in_the_order_of_the_file() -> None:
    text = "enabled: 1\nenabled: 2\ntriggers:\n  psuh: x\n? [a]\n: b\nrules: 1\nenabled: 3\n"
    found = mistakes_in(text)
    assert [(error.line, error.key) for error in found] == [
        (1, "enabled"),
        (2, "enabled"),
        (4, "triggers.psuh"),
        (5, None),
        (7, "rules"),
        (8, "enabled"),
    ]
    assert str(found[0]) == str(refused(text))
    assert mistakes_in(WHOLE) == ()
    assert len(mistakes_in("ignore: [")) == 1


def test_a_flood_of_mistakes_is_cut() -> None:
    assert len(mistakes_in("".join(f"k{n}: 1\n" for n in range(900)))) == MOST_MISTAKES


def test_a_sentence_repeats_no_value_of_the_file() -> None:
    hostile = "@team [x](http://x) <b>"
    text = "".join(f"{key}: '{hostile}'\n" for key in PolicyFile.model_fields)
    found = mistakes_in(text, most=100)
    assert len(found) == len(PolicyFile.model_fields)
    assert not any("@team" in str(error) for error in found)
    inside = mistakes_in(f"triggers: {{'{hostile}': 1}}\nrules: [{{'{hostile}': 1}}]\n")
    assert not any("@team" in str(error) for error in inside)


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


def test_defaults_of_file_and_policy_are_the_same() -> None:
    assert policy_of(PolicyFile()) == Policy()
    said = PolicyFile()
    defaults = {key: getattr(said, key) for key in PolicyFile.model_fields if hasattr(Policy(), key)}
    nested = {"triggers", "learning", "languages", "rules"}
    assert all(value == getattr(Policy(), key) for key, value in defaults.items() if key not in nested)
    assert {category for category, told in said.categories.items() if not told} == CATEGORIES_OFF_BY_DEFAULT


@pytest.mark.parametrize(
    ("profile", "severity", "comments"),
    [("chill", Severity.MEDIUM, 10), ("standard", Severity.LOW, 20), ("assertive", Severity.LOW, 40)],
)
def test_a_profile_sets_what_is_not_said(profile: str, severity: Severity, comments: int) -> None:
    policy = parse_policy(f"profile: {profile}")
    assert (policy.severity_threshold, policy.max_comments) == (severity, comments)
    policy = parse_policy(f"max_comments: 3\nprofile: {profile}\nseverity_threshold: critical")
    assert (policy.severity_threshold, policy.max_comments) == (Severity.CRITICAL, 3)


def test_learning_may_be_a_plain_switch() -> None:
    assert parse_policy("learning: false").learning == Learning(enabled=False)
    assert parse_policy("learning: {days: 7}").learning == Learning(days=7)


@pytest.mark.parametrize(("text", "dollars"), [("1", 1.0), ("0.05", 0.05), ("1000", 1000.0)])
def test_a_budget_is_a_number_of_dollars(text: str, dollars: float) -> None:
    assert parse_policy(f"budget_usd: {text}").budget_usd == dollars


def test_lines_of_everything_that_is_said_are_known() -> None:
    lines = read_policy_text(WHOLE).lines
    assert (lines["version"], lines["triggers.push"], lines["ignore[1]"]) == (2, 7, 14)
    assert (lines["rules[1].text"], lines["languages.off[0]"], lines["instructions[1]"]) == (27, 18, 22)


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
