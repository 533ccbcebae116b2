"""Answers to people: they read well, and nothing that a model or a person wrote comes alive in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.finding import Ruling, Severity, Verdict
from bot.domain.in_force import Level, OperatorsOwn, Origin, PolicyInForce
from bot.domain.pause import Paused
from bot.domain.policy import MayCommand, PathInstructions, PauseAfter, Policy, Rule, Triggers
from bot.domain.request import NEVER_TYPED, CommandName
from bot.parsing.commands import parse_command
from bot.rendering import replies
from bot.rendering.limits import BODY_LIMIT, units
from bot.rendering.markers import MarkerKind, find_marker, read_markers
from bot.rendering.pauses import (
    pause_record,
    paused_by_pushes_marker,
    paused_by_pushes_words,
    paused_words,
    resumed_words,
)
from bot.rendering.policies import policy_words
from tests.support.github_markdown import render
from tests.support.golden import check_golden
from tests.support.reviews import LOST_GUARD, marked
from tests.support.shown import has_invisible
from tests.unit.rendering.test_harmless import ATTACKS

NOW = 1_800_000_000.0
VERDICT = Verdict(Ruling.CONFIRMED, "anthropic:claude-sonnet-5", "`load` in line 7 returns an empty list.")


def texts(words: str = "") -> list[str]:
    """Every answer; with `words` in place of everything that can be foreign."""
    verdict = replace(VERDICT, reason=words or VERDICT.reason, by=words or VERDICT.by)
    finding = replace(
        LOST_GUARD, claim=words, trigger=words, consequence=words, source=words, fix_words=words
    )
    told = replace(
        marked(finding if words else LOST_GUARD), verdicts=(verdict,), backed_by=(words or "ruff:B006",)
    )
    explained = (
        words or "Line 42 divides by the number of items.\n\nWith none of them it fails: `average([])`."
    )
    return [
        replies.help_words(),
        replies.unknown_words([words or "frobnicate"]),
        replies.elsewhere_words(CommandName.EXPLAIN),
        replies.NO_MODEL,
        replies.CLOSED,
        replies.NOTHING_TO_TEST,
        replies.NO_TEST,
        replies.evidence_words(told),
        replies.explanation_words(explained, verdict.by),
        replies.unexplained_words(words or "the model did not answer in time"),
        replies.stays_words(replies.looked_words(verdict), last=False),
        replies.stays_words(replies.looked_words(verdict), last=True),
        replies.permission_words(MayCommand.ADMIN),
        replies.left_out_words([CommandName.CONFIG, CommandName.REVIEW], 3),
        replies.left_out_words([CommandName.HELP], 3, unknown=[words or "frobnicate", "full please"]),
        replies.unlooked_words(words or "the model did not answer in time"),
        replies.needs_writer_words(verdict, Severity.HIGH),
        replies.not_by_code_alone_words(verdict, Severity.HIGH, verdict),
        replies.not_by_code_alone_words(verdict, Severity.CRITICAL, None),
        paused_words("mira", NOW),
        resumed_words("mira", NOW),
        paused_by_pushes_words(12, 30, NOW),
    ]


def test_answers_read_well() -> None:
    answers = [replies.reply(text, number) for number, text in enumerate(texts(), 1)]
    check_golden("rendering/replies.md", "\n\n---\n\n".join(answers) + "\n")


def test_a_command_that_came_without_its_word_is_still_answered() -> None:
    assert replies.unknown_words().startswith("This word is no command.")
    assert "a word that is no command" in replies.left_out_words([CommandName.HELP], 3, unknown=[])


def test_of_many_words_that_are_no_commands_some_are_named() -> None:
    words = replies.unknown_words([f"word{number}" for number in range(7)])
    assert "`/ai-review word4` and 2 more are no commands." in words


def test_an_answer_to_an_argument_says_in_its_mark_which_one_it_is() -> None:
    marker = find_marker(replies.reply("Looked again.", 61, 2), MarkerKind.REPLY)
    assert marker is not None
    assert marker.values == {"comment": "61", "round": "2"}


def test_an_answer_to_a_command_says_in_its_mark_which_event_it_answers() -> None:
    marks = {replies.reply_marker(61, delivery=delivery) for delivery in ("d-1", "d-2", "\ud800 -->")}
    assert len(marks) == 3
    for delivery in ("d-1", "d-2"):
        mark = replies.reply_marker(61, delivery=delivery)
        assert replies.reply("Done.", 61, delivery=delivery).endswith(mark)


def test_every_command_that_people_type_is_explained() -> None:
    words = replies.help_words()
    assert all(
        f"`/ai-review {name}`" in words for name in set(CommandName) - NEVER_TYPED - {CommandName.REVIEW}
    )
    assert not any(f" {name}`" in words for name in NEVER_TYPED)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ATTACKS) | st.text(max_size=6), min_size=1, max_size=3).map(" ".join))
def test_nothing_foreign_comes_alive_in_an_answer(words: str) -> None:
    for text in texts(words):
        body = replies.reply(text, 1)
        body.encode()
        rendered = render(body)
        assert rendered.live == []
        assert not rendered.kinds & {"image", "link_open", "heading_open", "table_open", "blockquote_open"}
        assert all(html.startswith("<!-- ai-review:") for html in rendered.html)
        assert parse_command(body) is None
        assert not has_invisible(body)
        assert {marker.kind for marker in read_markers(body)} <= {MarkerKind.REPLY, MarkerKind.PAUSE}
        assert sum(marker.kind is MarkerKind.REPLY for marker in read_markers(body)) == 1


def test_a_monstrous_answer_fits_with_its_mark() -> None:
    for text in texts("🎉 @bob ```\n\n" * 9_000):
        body = replies.reply(text, 61)
        assert units(body) <= BODY_LIMIT
        assert find_marker(body, MarkerKind.REPLY) is not None


def test_a_pause_is_read_back_from_what_was_said() -> None:
    said = [paused_words("mira", NOW), "something else", resumed_words("mira", NOW + 1)]
    assert pause_record(said[:2]) == Paused("mira", "", NOW)
    assert pause_record(said) is None
    assert pause_record([*said, paused_by_pushes_words(12, 30, NOW + 2)]) == Paused(
        "", "12 pushes in 30 minutes", NOW + 2
    )
    assert pause_record([]) is None


def test_the_words_for_a_burst_of_pushes_hold_the_mark_by_which_they_are_found_again() -> None:
    burst = (12, 30, NOW)
    assert paused_by_pushes_words(*burst).splitlines()[-1] == paused_by_pushes_marker(*burst)


@pytest.mark.parametrize("by", ["", "a b", "x" * 80, "mira[bot]", "<!--"])
def test_a_name_that_no_mark_can_hold_is_left_out_of_it(by: str) -> None:
    assert pause_record([paused_words(by, NOW)]) == Paused("", "", NOW)


@pytest.mark.parametrize(
    "marker", ["state=paused", "state=paused at=soon pushes=x minutes=-1", "state=else at=1"]
)
def test_a_damaged_record_is_read_as_far_as_it_goes(marker: str) -> None:
    found = pause_record([f"<!-- ai-review:pause {marker} -->"])
    assert found == (Paused("", "", 0.0) if "paused" in marker else None)


POLICY = Policy(
    triggers=Triggers(pause_after=PauseAfter(12, 30)),
    ignore=("docs/**", "a|b`c", "\u202e*.lock"),
    path_instructions=(PathInstructions(("db/**",), "Secret words."),),
    rules=(Rule("cents", "Secret words."), Rule("tax", "x")),
    ignore_labels=tuple(f"label-{number}" for number in range(40)),
)


def test_a_policy_reads_well() -> None:
    origins = {"ignore": Origin(Level.REPOSITORY, ".github/ai-review.yml", 3)}
    notice = "`.github/ai-review.yml` line 9: `max_coments` is no key. The last good policy applies."
    check_golden(
        "rendering/policy.md",
        policy_words(PolicyInForce(POLICY, (notice,), origins, operator=OperatorsOwn())) + "\n",
    )


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ATTACKS) | st.text(max_size=10))
def test_nothing_of_a_policy_comes_alive(words: str) -> None:
    policy = replace(POLICY, ignore=(words, words), language=words, rules=(Rule(words, words),))
    rendered = render(policy_words(PolicyInForce(policy, (words,))))
    assert rendered.live == []
    assert not rendered.kinds & {"image", "link_open", "blockquote_open"}
    assert rendered.kinds >= {"table_open"}


def test_an_explanation_without_a_model_says_where_a_rule_is_explained_and_what_takes_it_off() -> None:
    told = marked(replace(LOST_GUARD, source="ruff:B006"))
    words = replies.evidence_words(told)
    assert "`ruff rule B006` prints why the rule exists, with an example" in words
    assert "`/ai-review dismiss REASON` takes it off" in words
    assert "prints why" not in replies.evidence_words(marked(replace(LOST_GUARD, source="ast-grep:x")))
