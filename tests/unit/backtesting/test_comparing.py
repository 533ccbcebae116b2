from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.backtest import Backtest, Replay
from bot.domain.finding import Category, Fate, MarkedFinding, Severity
from bot.domain.policy import (
    CrossCheck,
    FailOn,
    Learning,
    PathInstructions,
    Policy,
    Profile,
    Rule,
    Triggers,
)
from bot.domain.review import Conclusion, Review
from tests.support.pull_requests import a_pull_request
from tests.support.reviews import HEAD, LOST_GUARD, completed, marked, partial, told
from workers.backtesting.comparing import SWITCHED_OFF, backtest, not_replayed
from workers.backtesting.recordings import Recording, Recordings

RED, GREEN, NEUTRAL = Conclusion.FAILURE, Conclusion.SUCCESS, Conclusion.NEUTRAL
STRICT = Policy(fail_on=FailOn.HIGH)


def on_github(
    *findings: MarkedFinding, before: Policy | None = None, number: int = 7, **pull: Any
) -> Recording:
    return Recording(f"acme/web#{number}", HEAD, findings, before or Policy(), a_pull_request(**pull))


def in_file(review: Review, before: Policy | None = None) -> Recording:
    return Recording("a.json", HEAD, review.findings, before or Policy(), review=review)


def compared(recording: Recording, policy: Policy) -> Replay:
    [one] = backtest(Recordings("acme/web", True, (recording,)), policy).replays
    return one


def ends(one: Replay) -> tuple[Conclusion | None, Conclusion | None]:
    return one.before, one.after


@pytest.mark.parametrize(
    ("recording", "policy", "expected"),
    [
        (on_github(marked(LOST_GUARD)), Policy(), (None, None)),
        (on_github(marked(LOST_GUARD)), STRICT, (None, RED)),
        (on_github(told(LOST_GUARD), before=STRICT), Policy(), (RED, None)),
        (on_github(told(LOST_GUARD, Fate.FIXED), before=STRICT), STRICT, (None, None)),
        (on_github(told(LOST_GUARD), before=STRICT), replace(STRICT, ignore=("shop/",)), (RED, None)),
        (on_github(), Policy(fail_on=FailOn.INCOMPLETE), (None, None)),
        (in_file(completed(marked(LOST_GUARD))), STRICT, (GREEN, RED)),
        (in_file(partial()), STRICT, (NEUTRAL, NEUTRAL)),
        (in_file(partial()), Policy(fail_on=FailOn.INCOMPLETE), (NEUTRAL, RED)),
        (in_file(completed(marked(LOST_GUARD)), before=STRICT), Policy(enabled=False), (RED, NEUTRAL)),
    ],
)
def test_the_check_ends_by_what_is_open_and_by_what_is_known_of_the_reading(
    recording: Recording, policy: Policy, expected: tuple[Conclusion | None, Conclusion | None]
) -> None:
    assert ends(compared(recording, policy)) == expected


def test_a_rule_that_is_worse_now_turns_the_check() -> None:
    rules = tuple(Rule("money", "…", severity=severity) for severity in (Severity.LOW, Severity.HIGH))
    ruled = replace(LOST_GUARD, rule="money", severity=Severity.LOW, category=Category.RULE)
    recording = on_github(marked(ruled), before=replace(STRICT, rules=rules[:1]))
    one = compared(recording, replace(STRICT, rules=rules[1:]))
    assert (ends(one), one.changed, one.turns) == ((None, RED), (), True)


@pytest.mark.parametrize(
    ("policy", "pull", "reason"),
    [
        (Policy(ignore_authors=("DEV",)), {}, "the policy leaves out pull requests of this author"),
        (Policy(ignore_labels=("wip",)), {"labels": ("WIP",)}, "one of these labels"),
        (Policy(ignore_titles=("fix*",)), {}, "with such a title"),
        (Policy(branches=("release/*",)), {}, "to this base branch"),
        (Policy(enabled=False), {}, "switches reviews off"),
    ],
)
def test_a_pull_request_that_the_policy_does_not_want_would_have_no_comment(
    policy: Policy, pull: dict[str, Any], reason: str
) -> None:
    one = compared(on_github(marked(LOST_GUARD), **pull), policy)
    assert reason in one.skipped
    assert [finding.vanishes for finding in one.findings] == [True]


@pytest.mark.parametrize(("key", "end"), [("ignore_titles", RED), ("ignore_authors", NEUTRAL)])
def test_a_policy_that_wants_all_read_lets_no_title_pass(key: str, end: Conclusion) -> None:
    policy = replace(Policy(fail_on=FailOn.INCOMPLETE), **{key: ("*",)})
    assert compared(on_github(marked(LOST_GUARD)), policy).after is end


def test_what_was_reviewed_although_the_policy_did_not_want_it_somebody_had_asked_for() -> None:
    unwanted = Policy(ignore_authors=("dev",))
    one = compared(on_github(marked(LOST_GUARD), before=unwanted), unwanted)
    assert (one.skipped, one.changed) == ("", ())


def test_a_file_knows_no_pull_request_but_whether_there_are_reviews_at_all() -> None:
    review = completed(marked(LOST_GUARD))
    assert compared(in_file(review), Policy(ignore_authors=("*",))).skipped == ""
    assert compared(in_file(review), Policy(enabled=False)).skipped == SWITCHED_OFF


RULE = Rule("money", "Amounts are integers.")


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"severity_threshold": Severity.HIGH, "max_comments": 3, "fail_on": FailOn.LOW}, ()),
        ({"language": "de", "summary": False, "suggestions": False}, ()),
        ({"enabled": False, "learning": Learning(False), "cross_check": CrossCheck.OFF}, ()),
        ({"ignore": ("docs/", "*.snap"), "ignore_authors": ("bot",), "languages_off": ("Go",)}, ()),
        ({"ignore": ("docs/", "!docs/a.py")}, ("ignore",)),
        ({"ignore": ("*.snap",)}, ("ignore",)),
        ({"categories_off": frozenset()}, ("categories",)),
        ({"categories_off": frozenset(Category)}, ()),
        ({"rules": ()}, ()),
        ({"rules": (replace(RULE, severity=Severity.HIGH),)}, ()),
        ({"rules": (replace(RULE, text="Amounts are cents."),)}, ("rules",)),
        ({"path_instructions": (PathInstructions(("*",), "Be kind."),)}, ("instructions",)),
        ({"passes": 2, "model": "openai:x", "profile": Profile.CHILL}, ("model", "passes", "profile")),
        ({"cross_check": CrossCheck.STRICT, "learning": Learning(days=7)}, ("cross_check", "learning")),
        ({"code_scanning": True, "triggers": Triggers(opened=False)}, ("code_scanning", "triggers")),
    ],
)
def test_keys_whose_effect_only_a_new_review_would_show_are_named(
    changes: dict[str, Any], keys: tuple[str, ...]
) -> None:
    before = Policy(ignore=("docs/",), rules=(RULE,))
    assert tuple(sorted(not_replayed(before, replace(before, **changes)))) == keys


def test_keys_are_named_once_for_all_recordings_and_nothing_else_is_lost() -> None:
    some = (on_github(), on_github(before=Policy(passes=3), number=8))
    given = Recordings("acme/web", True, some, without=("acme/web#1",))
    assert backtest(given, Policy(passes=2)) == Backtest(
        "acme/web",
        replays=tuple(Replay(one.name, "Fix it", (), None, None) for one in some),
        without=("acme/web#1",),
        not_replayed=("passes",),
    )
