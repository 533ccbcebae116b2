"""A look at the code of a pull request, for commands that ask a model something.

It costs what a small question of a review costs, and is paid from the same purse: the budget of one review,
and what the repository may spend today.
What is *not* here: the questions (workers.review.second_looks, workers.review.failing_tests).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bot.domain.policy import Policy
from bot.domain.pull_request import PullRequest
from workers.commands.desk import Desk
from workers.composition import build_engine, call_lease, may_ask_models, purse_of
from workers.connecting import code_of_pull
from workers.models.purse import Purse
from workers.operator_limits import limited
from workers.ports import Model, SourceFile, Unanswered
from workers.reading_pulls import read_pull
from workers.review.change import OUT_OF_TIME, Change, Engine
from workers.review.gaps import gap_of
from workers.review.questions import Questions
from workers.review.scope import select, with_texts
from workers.review.speaking import in_language
from workers.review.timing import Deadline

MOST_SECONDS: Final = 300.0
"""A person waits, and a worker has reviews to do."""


@dataclass(frozen=True, slots=True)
class Look:
    """Code at hand, and who can be asked about it.

    Attributes:
        files: the changed files as they are at the head commit.
        finder: the model that writes.
    """

    change: Change
    policy: Policy
    engine: Engine
    finder: Model
    files: tuple[SourceFile, ...]
    deadline: Deadline

    @property
    def checker(self) -> Model:
        """The model that judges: the second one, or the only one."""
        return self.engine.cross_checker or self.finder

    def questions(self) -> Questions:
        """About findings of this change."""
        return Questions(self.change, self.files, self.engine, self.deadline, self.policy.rules)


@asynccontextmanager
async def looking(desk: Desk, pull: PullRequest) -> AsyncIterator[Look | None]:
    """Read the pull request and open the code around it. None where the operator configured no model.

    Raises:
        GitHubError: GitHub could not be asked.
        SettingsError: the settings allow no engine.
    """
    if not may_ask_models(desk.settings):
        yield None
        return
    material = await read_pull(desk.github, pull, static=False, memory=desk.policies)
    policy = limited(material.in_force, desk.settings).policy
    async with code_of_pull(desk.settings, desk.github, pull, material.texts, policy) as code:
        purse = _purse(desk, pull, policy)
        built = build_engine(desk.settings, material.texts, desk.limiter, (), code, purse, policy)
        engine = in_language(built, policy.language)
        if engine.finder is None:
            yield None
            return
        deadline = Deadline.after(min(engine.limits.deadline, MOST_SECONDS))
        # What policy leaves out of reviews may still hold a finding of before, so nothing is ignored here.
        scope = select(material.change.diff, lambda _: None, static=False)
        files = with_texts(scope, await engine.reader.read(scope.to_fetch)).files
        try:
            yield Look(material.change, policy, engine, engine.finder, files, deadline)
        finally:
            if purse is not None:
                purse.settle()


def why_silent(answer: Unanswered | None) -> str:
    """Why a question has no answer: half a sentence for people."""
    if answer is None:
        return f"its file is no part of the change any more, or {OUT_OF_TIME.reason}"
    return gap_of(answer.error).reason


def _purse(desk: Desk, pull: PullRequest, policy: Policy) -> Purse | None:
    """One command may spend what one review may, as long as the day's budget has it."""
    limit = desk.settings.budget_usd_per_repo_day
    lease = call_lease(desk.settings)
    day = None if limit is None else desk.store.day_spending(pull.ref.repo, limit, lease)
    return purse_of(desk.settings, None, day, policy)
