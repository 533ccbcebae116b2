from __future__ import annotations

from bot.domain.finding import Fate
from bot.domain.policy import Policy
from bot.domain.review import Outcome, Review
from tests.support.changes import change_of, reader_of
from tests.support.scripted import finds, found, scripted
from workers.models.scripted import Rule, ScriptedModel
from workers.ports import Answer, AnswerT, CodeLookup, Prompt, Unanswered
from workers.review.change import Engine
from workers.review.pipeline import review_change

BASE = "def share(total, people):\n    if not people:\n        return 0\n    return total / people\n"
HEAD = "def share(total, people):\n    return total / people\n"
FILES = {"shop/share.py": (BASE, HEAD), "shop/tax.py": ("RATE = 19\n", "RATE = 20\n")}
GUARD = found(
    "shop/share.py", "    if not people:\n        return 0", claim="The guard against nobody is gone."
)
SAME = GUARD | {"claim": "Nobody guards against an empty list: the guard is gone.", "category": "boundary"}
RATE = found("shop/tax.py", "RATE = 20", claim="The rate doubles.")


async def review(finder: ScriptedModel, passes: int) -> Review:
    engine = Engine(reader_of(FILES), finder=finder, passes=passes)
    return await review_change(change_of(FILES), Policy(), engine)


async def test_each_pass_asks_another_question_about_the_same_material() -> None:
    finder = scripted(finds())
    done = await review(finder, 3)
    assert [prompt.name for prompt in finder.prompts] == [
        "find-2/behaviour-1",
        "find-2/checks-1",
        "find-2/contracts-1",
    ]
    assert len({(prompt.system, prompt.user) for prompt in finder.prompts}) == 1
    assert len({prompt.question for prompt in finder.prompts}) == 3
    assert (done.outcome, done.usage.calls) == (Outcome.COMPLETED, 3)


class Watched(ScriptedModel):
    """Notes when questions are asked and answered."""

    __slots__ = ("events",)

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        self.events: list[str] = [*getattr(self, "events", []), f"asked {prompt.name}"]
        answer = await ScriptedModel.ask(self, prompt, shape, lookup)
        self.events.append(f"answered {prompt.name}")
        return answer


async def test_the_first_pass_is_answered_before_the_others_are_asked() -> None:
    finder = Watched([finds(delay=0.02)])
    await review(finder, 3)
    first = ["asked find-2/behaviour-1", "answered find-2/behaviour-1"]
    assert finder.events[:4] == [*first, "asked find-2/checks-1", "asked find-2/contracts-1"]


async def test_what_several_passes_report_is_one_finding_with_their_votes() -> None:
    finder = scripted(
        Rule(name="behaviour", answer={"findings": [GUARD]}),
        Rule(name="checks", answer={"findings": [SAME, RATE]}),
        finds(),
    )
    done = await review(finder, 3)
    assert {(one.finding.path, one.votes) for one in done.shown} == {("shop/share.py", 2), ("shop/tax.py", 1)}
    assert len(done.with_fate(Fate.DUPLICATE)) == 1


async def test_a_pass_without_an_answer_makes_the_review_partial_and_keeps_what_others_found() -> None:
    finder = scripted(Rule(name="checks", error="unavailable"), finds(GUARD))
    done = await review(finder, 3)
    assert done.outcome is Outcome.PARTIAL
    assert {entry.path for entry in done.coverage.not_read} == set(FILES)
    assert [one.finding.path for one in done.shown] == ["shop/share.py"]


async def test_one_answer_that_says_a_thing_twice_has_one_vote() -> None:
    done = await review(scripted(finds(GUARD, GUARD)), 1)
    assert [one.votes for one in done.shown] == [1]
