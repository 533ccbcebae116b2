from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from pydantic import TypeAdapter

from bot.domain.finding import Fate, Ruling
from bot.domain.policy import FailOn, Policy
from bot.domain.review import Conclusion, Outcome, Usage, conclude
from bot.errors import AnswerCut, GitHubUnavailable, ModelRefused
from bot.parsing.diffs import parse_diff
from bot.rendering.failures import failure_reason
from bot.rendering.headline import headline
from tests.support.changes import TextReader, change_of, reader_of
from tests.support.scripted import finds, found, scripted, votes
from tests.support.small_change import FILES, GUARD, RATE, review
from workers.models.scripted import Rule
from workers.ports import Answer, AnswerT, Prompt, Unanswered
from workers.review.change import Engine, Limits
from workers.review.pipeline import review_change


@pytest.mark.parametrize(
    ("error", "reason", "retryable"),
    [
        ("unavailable", "the model could not be reached, or did not answer in time", True),
        ("invalid", "the model gave no usable answer", True),
        ("refused", failure_reason(ModelRefused()), False),
    ],
)
async def test_a_model_without_an_answer_is_a_failed_review(error: str, reason: str, retryable: bool) -> None:
    done = await review(scripted(Rule(error=error)))
    assert done.outcome is Outcome.FAILED
    assert done.reason == reason
    assert done.retryable is retryable
    assert {entry.reason for entry in done.coverage.not_read} == {reason}
    assert conclude(done, FailOn.NEVER) is Conclusion.NEUTRAL


async def test_a_bundle_without_an_answer_makes_the_review_partial_and_names_its_files() -> None:
    finder = scripted(Rule(match=r"shop/tax\.py", error="invalid"), finds(GUARD))
    done = await review(finder, limits=Limits(bundle_tokens=45))
    assert done.outcome is Outcome.PARTIAL
    assert done.coverage.read == ("shop/share.py",)
    assert [entry.path for entry in done.coverage.not_read] == ["shop/tax.py"]
    assert len(done.shown) == 1
    assert done.retryable
    assert conclude(done, FailOn.NEVER) is Conclusion.NEUTRAL


@dataclass
class CutModel:
    """Its answers end before they are whole."""

    findings: Sequence[Mapping[str, object]]
    name = "cut"

    async def ask(self, prompt: Prompt, shape: type[AnswerT]) -> Unanswered:
        part = TypeAdapter(shape).validate_python({"findings": list(self.findings)})
        return Unanswered(AnswerCut("secret"), Usage(calls=1), part)


@pytest.mark.parametrize(
    ("findings", "outcome"), [((), Outcome.FAILED), ((GUARD,), Outcome.PARTIAL)], ids=["nothing", "one"]
)
async def test_an_answer_that_was_cut_off_reads_nothing_and_what_it_found_is_shown(
    findings: Sequence[Mapping[str, object]], outcome: Outcome
) -> None:
    done = await review_change(
        change_of(FILES), Policy(), Engine(reader_of(FILES), finder=CutModel(findings))
    )
    assert (done.outcome, done.coverage.read) == (outcome, ())
    assert {(entry.path, entry.reason) for entry in done.coverage.not_read} == {
        (path, "the model's answer was cut off") for path in ("shop/share.py", "shop/tax.py")
    }
    assert [marked.finding.claim for marked in done.shown] == [finding["claim"] for finding in findings]
    assert conclude(done, FailOn.NEVER) is Conclusion.NEUTRAL


class MeetingModel:
    """Answers only once two questions are under way."""

    name = "meeting"

    def __init__(self) -> None:
        self._both = asyncio.Barrier(2)

    async def ask(self, prompt: Prompt, shape: type[AnswerT]) -> Answer[AnswerT]:
        await self._both.wait()
        return Answer(TypeAdapter(shape).validate_python({"findings": []}), Usage(calls=1))


async def test_bundles_are_asked_in_parallel() -> None:
    limits = Limits(bundle_tokens=45, deadline=5)
    done = await review_change(
        change_of(FILES), Policy(), Engine(reader_of(FILES), finder=MeetingModel(), limits=limits)
    )
    assert (done.outcome, done.usage.calls) == (Outcome.COMPLETED, 2)


async def test_what_is_not_done_by_the_deadline_is_not_read() -> None:
    finder = scripted(Rule(match=r"shop/tax\.py", delay=30, answer={"findings": []}), finds(GUARD))
    done = await review(finder, limits=Limits(deadline=0.5, bundle_tokens=45))
    assert done.outcome is Outcome.PARTIAL
    assert [(entry.path, entry.reason) for entry in done.coverage.not_read] == [
        ("shop/tax.py", "time ran out")
    ]
    assert len(done.shown) == 1
    assert done.retryable


class SlowReader(TextReader):
    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        await asyncio.sleep(30)
        return {}


class LostReader(TextReader):
    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        raise GitHubUnavailable("no answer")


async def test_texts_that_do_not_come_in_time_fail_the_review() -> None:
    engine = Engine(SlowReader({}), finder=scripted(finds()), limits=Limits(deadline=0.05))
    done = await review_change(change_of(FILES), Policy(), engine)
    assert (done.outcome, done.reason) == (Outcome.FAILED, "time ran out")
    assert len(done.coverage.not_read) == 2
    assert done.retryable


async def test_a_source_of_text_that_is_gone_is_the_callers_matter() -> None:
    engine = Engine(LostReader({}), finder=scripted(finds()))
    with pytest.raises(GitHubUnavailable):
        await review_change(change_of(FILES), Policy(), engine)


async def test_a_finding_that_could_not_be_understood_keeps_the_review_from_being_complete() -> None:
    done = await review(scripted(finds(GUARD, {"path": "shop/tax.py", "claim": "no quote"})))
    assert done.outcome is Outcome.PARTIAL
    assert [entry.path for entry in done.coverage.not_read] == ["shop/tax.py"]
    assert len(done.shown) == 1


async def test_an_answer_that_is_too_long_to_be_read_is_no_look_at_its_files() -> None:
    done = await review(scripted(finds(*[GUARD] * 201)))
    assert done.outcome is Outcome.PARTIAL
    assert {entry.path for entry in done.coverage.not_read} == set(FILES)
    assert len(done.shown) == 1


async def test_why_a_model_failed_is_logged_and_what_it_cost_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done = await review(scripted(Rule(error="unavailable")))
    assert [(entry.levelname, entry.getMessage()) for entry in caplog.records] == [
        ("WARNING", "A part of a change could not be reviewed: scripted: unavailable")
    ]
    assert done.usage.calls == 1
    assert done.usage.prompt_tokens > 0
    caplog.clear()
    done = await review(scripted(finds(GUARD)), scripted(Rule(error="refused")))
    assert [entry.getMessage() for entry in caplog.records] == [
        "A finding could not be cross-checked: scripted: refused"
    ]
    assert done.usage.calls == 2


async def test_files_that_are_only_counted_count_in_the_reason() -> None:
    change = change_of(FILES)
    short = replace(change, diff=replace(change.diff, missing=7))
    done = await review_change(short, Policy(), Engine(reader_of(FILES), finder=scripted(finds())))
    assert (done.outcome, done.reason) == (Outcome.PARTIAL, "7 files were not read")
    assert headline(done) == "Incomplete: 7 files were not read"


def test_a_file_made_to_waste_time_does_not_hold_up_a_review() -> None:
    lines = [f"{' ' * (number % 350)}a{number} = 1" for number in range(700)]
    new = "".join(f"{line}0\n" if number % 4 == 0 else f"{line}\n" for number, line in enumerate(lines))
    hunks = "".join(
        f"@@ -{number + 1} +{number + 1} @@\n-{line}\n+{line}0\n"
        for number, line in enumerate(lines)
        if number % 4 == 0
    )
    diff = parse_diff(f"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n{hunks}".encode())
    finder = scripted(finds(*[found("a.py", f"a{n} = 10") for n in range(0, 80, 4)]))
    engine = Engine(
        TextReader({"a.py": new}),
        finder=finder,
        cross_checker=scripted(votes("confirmed")),
        limits=Limits(deadline=1, bundle_tokens=60_000),
    )
    start = time.monotonic()
    # `run` also waits for threads that go on after the deadline: they would hold up the worker as well.
    asyncio.run(review_change(replace(change_of(FILES), diff=diff), Policy(), engine))
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "rule", [Rule(error="unavailable"), Rule(error="refused"), votes("refuted", delay=30)]
)
async def test_a_checker_that_is_down_or_slow_leaves_findings_unverified_and_the_review_partial(
    rule: Rule,
) -> None:
    done = await review(scripted(finds(GUARD, RATE)), scripted(rule), limits=Limits(deadline=0.5))
    assert len(done.with_fate(Fate.POSTED)) == 2
    assert all(m.verdicts[0].ruling is Ruling.UNSURE for m in done.shown)
    assert all(m.verdicts[0].reason.startswith("could not be asked") for m in done.shown)
    assert done.outcome is Outcome.PARTIAL
    assert "about 2 of the findings" in done.reason
