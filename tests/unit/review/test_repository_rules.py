from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.finding import Category, Finding, Severity
from bot.domain.policy import PathInstructions, Policy, Rule
from workers.review.repository_rules import Asked, RepositoryRules

NONCE = "0123456789abcdef"
MONEY = Rule("money-decimal", "Amounts are Decimal, never float.", severity=Severity.CRITICAL)
TENANT = Rule("tenant", "Handlers check the tenant.", ("api/**", "!api/health.py"), Severity.HIGH)
POLICY = Policy(
    rules=(MONEY, TENANT),
    path_instructions=(PathInstructions(("db/*.sql",), "Look for locks.\nOnly those."),),
)
FINDING = Finding(
    path="api/pay.py",
    lines=None,
    quote="total = 0.1",
    category=Category.TYPE,
    severity=Severity.LOW,
    confidence=0.6,
    claim="[money-decimal] The total is a float.",
    trigger="Any order.",
    consequence="Cents are lost.",
    source="m",
)


def asked(*paths: str, policy: Policy = POLICY, most: int = 4_000) -> Asked:
    return RepositoryRules.of(policy).asked(paths, most)


def names(one: Asked) -> tuple[list[str], list[str]]:
    return [rule.id for rule, _ in one.rules], [", ".join(part.paths) for part in one.instructions]


@pytest.mark.parametrize(
    ("paths", "rules", "instructions"),
    [
        (["web/x.ts"], ["money-decimal"], []),
        (["api/pay.py"], ["money-decimal", "tenant"], []),
        (["api/health.py"], ["money-decimal"], []),
        (["web/x.ts", "db/1.sql"], ["money-decimal"], ["db/*.sql"]),
        (["web/db/1.sql"], ["money-decimal"], []),
        ([], [], []),
    ],
)
def test_only_what_holds_for_a_file_of_the_question_is_asked(
    paths: list[str], rules: list[str], instructions: list[str]
) -> None:
    assert names(asked(*paths)) == (rules, instructions)


def test_rules_and_instructions_stand_under_headings_that_hold_the_token() -> None:
    rules, instructions = asked("api/pay.py", "db/1.sql").texts(NONCE)
    assert rules == (
        f"Rules of this repository ({NONCE}):\n"
        "[money-decimal] Amounts are Decimal, never float.\n"
        "[tenant] (for api/**, !api/health.py) Handlers check the tenant.\n"
        f"(end of {NONCE})"
    )
    assert instructions == (
        f"What this repository asks of reviews of these files ({NONCE}):\n"
        f"db/*.sql:\nLook for locks.\nOnly those.\n(end of {NONCE})"
    )


def test_invisible_characters_of_a_rule_are_written_out() -> None:
    [text] = asked("a.py", policy=Policy(rules=(Rule("x", "Never\u202e float."),))).texts(NONCE)
    assert "Never⟨U+202E⟩ float." in text


def test_a_pattern_with_an_exclamation_mark_takes_files_out_again_and_the_last_match_decides() -> None:
    some = ("api/", "!api/made/", "api/made/keep.py")
    policy = Policy(rules=(replace(MONEY, paths=some),), path_instructions=(PathInstructions(some, "Look."),))
    meant = (["money-decimal"], ["api/, !api/made/, api/made/keep.py"])
    assert names(asked("api/pay.py", policy=policy)) == meant
    assert names(asked("api/made/pay.py", policy=policy)) == ([], [])
    assert names(asked("api/made/keep.py", policy=policy)) == meant
    text = "\n".join(asked("api/pay.py", policy=policy).texts(NONCE))
    assert text.count("api/, !api/made/, api/made/keep.py") == 2


def test_what_does_not_fit_is_named_and_smaller_ones_still_come() -> None:
    policy = Policy(
        rules=(Rule("long", "word " * 500), MONEY),
        path_instructions=(PathInstructions(("*.py",), "word " * 500), PathInstructions(("*.py",), "Short.")),
    )
    some = asked("a.py", policy=policy, most=60)
    assert names(some) == (["money-decimal"], ["*.py"])
    assert some.left_out == ("long", "*.py")
    assert asked("a.py", policy=policy).left_out == ()


@pytest.mark.parametrize(
    ("claim", "rest"),
    [
        ("[money-decimal] The total is a float.", "The total is a float."),
        ("[money-decimal]: The total is a float.", "The total is a float."),
        (" **[Money-Decimal]** - The total is a float.", "The total is a float."),
        ("`[money-decimal]` The total is a float.", "The total is a float."),
        ("[money-decimal]", "Amounts are Decimal, never float."),
    ],
)
def test_a_finding_that_names_a_rule_is_what_the_rule_says(claim: str, rest: str) -> None:
    named = asked("api/pay.py").named(replace(FINDING, claim=claim))
    assert named == replace(
        FINDING, claim=rest, rule="money-decimal", severity=Severity.CRITICAL, category=Category.RULE
    )


@pytest.mark.parametrize(
    "claim",
    [
        "[no-such-rule] The total is a float.",
        "The total is a float, see [money-decimal].",
        "[] The total.",
        "[money-decimal\n] The total.",
        "money-decimal: the total.",
        "",
    ],
)
def test_a_finding_that_names_no_rule_that_is_known_stays_as_it_is(claim: str) -> None:
    finding = replace(FINDING, claim=claim)
    assert asked("api/pay.py").named(finding) is finding


def test_a_rule_is_not_broken_where_it_does_not_hold() -> None:
    both = asked("api/pay.py", "web/x.ts")
    claim = "[tenant] Nobody asks for the tenant."
    assert both.named(replace(FINDING, claim=claim)).rule == "tenant"
    assert both.named(replace(FINDING, claim=claim, path="web/x.ts")).rule == ""
    assert both.named(replace(FINDING, claim=claim, path="./api/pay.py")).rule == "tenant"
