"""Mistakes in policy files: each is told with its place, its key and a way to mend it."""

from __future__ import annotations

import pytest

from bot.parsing.policies import mistakes_in
from bot.parsing.policies.files import MOST_MISTAKES
from bot.parsing.policies.keys import MAX_COMMENTS, PolicyFile
from tests.support.policy_files import WHOLE, refused


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
        ("language: German", 1, "language", "did you mean `de`?"),
        ("language: ge", 1, "language", "such as en, de or pt-br"),
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
        ("rules: [{id: a b, text: x}]", 1, "rules[0].id", "one word without blanks: at most 40"),
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
