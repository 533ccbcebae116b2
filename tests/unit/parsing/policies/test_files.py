"""Policy files without a mistake: what each key makes of the policy, and what holds without it."""

from __future__ import annotations

import pytest

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
from bot.parsing.policies import parse_policy, read_policy_text
from bot.parsing.policies.keys import PolicyFile
from bot.parsing.policies.policy_of import policy_of
from tests.support.policy_files import WHOLE


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
