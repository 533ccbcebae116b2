"""What a budget does not pay for in one question is asked about in smaller ones."""

from __future__ import annotations

import logging
from itertools import pairwise

import pytest
from pydantic import TypeAdapter

from bot.domain.policy import Policy
from bot.domain.review import Outcome, Review, Usage
from bot.errors import BudgetHeld
from tests.support.changes import change_of, reader_of, source_of
from workers.models.budgeted import BudgetedModel
from workers.models.purse import DAY_HELD, REVIEW, Meter, Purse
from workers.ports import Answer, AnswerT, CodeLookup, Prompt, Unanswered
from workers.review.bundles import GAP, LEAST_TOKENS, Bundle, Section, halves, pack
from workers.review.change import Engine, Limits, tokens
from workers.review.pipeline import review_change

FILES = {f"src/m{n}.py": (None, "".join(f"value_{n}_{k} = {k}\n" for k in range(300))) for n in range(8)}


class Counting:
    """Finds nothing, and bills what it is asked as code has tokens."""

    name = "counting"

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        self.prompts.append(prompt)
        asked = tokens(prompt.system + prompt.text)
        return Answer(TypeAdapter(shape).validate_python({"findings": []}), Usage(1, asked, 100))


async def review(model: Counting, purse: Purse | None) -> Review:
    finder = BudgetedModel(model, Meter(None, purse))
    return await review_change(
        change_of(FILES), Policy(), Engine(reader_of(FILES), finder=finder, nonce=lambda: "n")
    )


async def test_a_budget_that_pays_for_a_part_of_a_change_has_that_part_read() -> None:
    model, purse = Counting(), Purse(tokens=20_000)
    done = await review(model, purse)
    assert done.outcome is Outcome.PARTIAL
    assert len(done.coverage.read) >= 2
    reasons = {entry.reason for entry in done.coverage.not_read}
    assert all(reason.endswith(f" tokens are left of {REVIEW}") for reason in reasons)
    assert len(reasons) <= 2
    assert {*done.coverage.read, *(entry.path for entry in done.coverage.not_read)} == set(FILES)
    assert purse.spent.prompt_tokens <= 20_000


async def test_parts_that_are_not_paid_for_are_no_warnings(caplog: pytest.LogCaptureFixture) -> None:
    await review(Counting(), Purse(tokens=2_000))
    assert [entry for entry in caplog.records if entry.levelno >= logging.WARNING] == []


async def test_a_larger_budget_has_more_read_up_to_all_of_it() -> None:
    budgets = (2_000, 20_000, 60_000, 200_000)
    read = [len((await review(Counting(), Purse(tokens=budget))).coverage.read) for budget in budgets]
    assert all(one <= other for one, other in pairwise(read))
    assert (read[0], read[-1]) == (0, len(FILES))


async def test_with_a_budget_that_pays_for_all_the_same_is_asked_as_without_one() -> None:
    free, paid = Counting(), Counting()
    await review(free, None)
    await review(paid, Purse(tokens=1_000_000))
    assert len(free.prompts) > 0
    assert free.prompts == paid.prompts


class Busy(Counting):
    """Other reviews hold the day's budget."""

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        self.prompts.append(prompt)
        return Unanswered(BudgetHeld(DAY_HELD))


async def test_what_others_hold_is_no_reason_for_smaller_questions() -> None:
    free, busy = Counting(), Busy()
    await review(free, None)
    done = await review(busy, None)
    assert (done.outcome, len(busy.prompts)) == (Outcome.FAILED, len(free.prompts))


def test_a_bundle_is_parted_between_files() -> None:
    [bundle] = pack([source_of(path, *texts) for path, texts in FILES.items()][:3], Limits()).bundles
    first, second = halves(bundle)
    assert first.sections + second.sections == bundle.sections
    assert (len(first.sections), len(second.sections)) in {(1, 2), (2, 1)}


@pytest.mark.parametrize("gap", [GAP, "+ code()"], ids=["where code is left out", "between lines"])
def test_one_file_is_parted_and_no_line_of_it_is_lost(gap: str) -> None:
    rows = [f"+ value_{n} = compute({n})" for n in range(400)]
    rows[150] = gap
    one, other = halves(Bundle((Section("a.py", "\n".join(["File: a.py", "(modified)", *rows])),)))
    first, second = (half.sections[0].text.split("\n") for half in (one, other))
    assert (first[:2], second[:2]) == (
        ["File: a.py", "(modified, first half)"],
        ["File: a.py", "(modified, second half)"],
    )
    assert first[2:] + second[2:] == rows
    assert (second[2] == GAP) is (gap == GAP)
    assert one.paths == other.paths == ("a.py",)


def test_what_is_small_or_one_line_is_not_parted() -> None:
    assert halves(Bundle((Section("a.py", "File: a.py\n(added)\n+ x\n+ y"),))) == ()
    line = "x" * (4 * LEAST_TOKENS)
    assert halves(Bundle((Section("a.py", f"File: a.py\n(added)\n{line}"),))) == ()
