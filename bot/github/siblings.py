"""Several pull requests with one commit: GitHub knows a check by commit and name, and its newest run counts.

So anybody could put a grey run over a red one: a draft with the same head is enough, or the same commit aimed
at a branch without reviews. Therefore no run of ours ends milder than that of an open pull request with the
same head, and a red one is put over milder ones that are newer. What was red for another's sake alone says
what it has to say itself once the other is no longer red.

Of two that end at the same time each writes first and then looks, so one of them sees the other.

What is *not* here: the words (bot.rendering.shared_check), and what is cheap to know beforehand: that there
are no others (bot.store).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Conclusion
from bot.errors import AccessLost, Rejected
from bot.github.checks import CheckRun, Output, are_not_for_us, finish_check, runs_on
from bot.github.client import GitHub
from bot.github.pulls import fetch_pull_request
from bot.parsing.check_marks import number_in
from bot.rendering.check import CheckText
from bot.rendering.shared_check import Borrowed, borrow, read_borrowed

_log = logging.getLogger(__name__)

MOST_ASKED: Final = 5
"""Pull requests of which one run asks whether they are open; the next one counts as open."""
_MOST_PAGES: Final = 10
"""Of a hundred check runs each; GitHub keeps a thousand of one name and App."""


@dataclass(frozen=True, slots=True)
class _Sibling:
    """The newest run of a pull request on the commit.

    Attributes:
        conclusion: GitHub's word; None while it is in progress.
        borrowed: what it says itself, where it is red for another's sake.
    """

    number: int
    check_id: int
    conclusion: str | None
    words: CheckText
    borrowed: Borrowed | None

    @property
    def is_red(self) -> bool:
        """For its own sake."""
        return self.conclusion == Conclusion.FAILURE and self.borrowed is None

    @property
    def may_be_red(self) -> bool:
        """Red for its own sake, or without an outcome yet."""
        return self.is_red or self.conclusion is None


async def complete_check(
    github: GitHub,
    ref: PullRequestRef,
    check_id: int,
    conclusion: Conclusion,
    words: CheckText,
    *,
    alone: bool = False,
) -> None:
    """Complete a check run as `finish_check` does, but never milder than others on its commit allow.

    Args:
        ref: with the commit.
        alone: it is known that no other pull request has a run there, which saves the looks.

    Raises:
        GitHubError: it was not completed, or others were not; doing it again does no harm.
    """
    commit = _Commit(github, ref)
    others = () if alone else await commit.others()
    blocker = await commit.blocker(others) if conclusion is not Conclusion.FAILURE else None
    await commit.finish(check_id, conclusion, words, blocker)
    if not others:
        return
    others = await commit.others()
    if conclusion is Conclusion.FAILURE:
        await commit.put_over(check_id, others)
        return
    late = await commit.blocker(others)
    if _told(late) != _told(blocker):
        await commit.finish(check_id, conclusion, words, late)
    await commit.give_back(others)


async def assert_own(github: GitHub, ref: PullRequestRef) -> None:
    """Put a pull request's red run over milder ones that are newer: it came back to a commit that it left."""
    commit = _Commit(github, ref)
    runs = await commit.runs()
    own = next((one for one in runs if one.number == ref.number), None)
    if own is not None and own.is_red:
        await commit.put_over(own.check_id, [one for one in runs if one.number != ref.number])


@dataclass(frozen=True, slots=True)
class _Commit:
    """The check runs of one commit, as one pull request meets them.

    Attributes:
        asked: number of a pull request -> whether it is open at this commit.
    """

    github: GitHub
    ref: PullRequestRef
    asked: dict[int, bool] = field(default_factory=dict)

    async def others(self) -> tuple[_Sibling, ...]:
        return tuple(one for one in await self.runs() if one.number != self.ref.number)

    async def runs(self) -> tuple[_Sibling, ...]:
        """The newest run of each pull request, by number; none where check runs are not for us."""
        found: list[CheckRun] = []
        for page in range(1, _MOST_PAGES + 1):
            try:
                listed = await runs_on(self.github, self.ref, page)
            except (AccessLost, Rejected) as error:
                if not are_not_for_us(error):
                    raise
                _log.info("The check runs of %s cannot be read: %s", self.ref.head_sha, error)
                return ()
            found += listed
            if len(listed) < 100:
                break
        newest: dict[int, _Sibling] = {}
        for run in sorted(found, key=lambda run: run.id):
            number = number_in(run.external_id)
            if number is not None and run.is_of(self.github.app_id):
                newest[number] = _sibling(number, run)
        return tuple(newest[number] for number in sorted(newest))

    async def blocker(self, others: Iterable[_Sibling]) -> _Sibling | None:
        """An open pull request at this commit that is red or may become so; red ones first."""
        for one in sorted(others, key=lambda one: (not one.is_red, one.number)):
            if one.may_be_red and await self._is_open(one.number):
                return one
        return None

    async def _is_open(self, number: int) -> bool:
        if number not in self.asked:
            if len(self.asked) >= MOST_ASKED:
                return True
            self.asked[number] = await self._ask(number)
        return self.asked[number]

    async def _ask(self, number: int) -> bool:
        try:
            pull = await fetch_pull_request(self.github, PullRequestRef(self.ref.repo, number))
        except AccessLost as error:
            if error.status != 404:
                raise
            return False
        return pull.is_open and pull.head_sha == self.ref.head_sha

    async def finish(
        self, check_id: int, conclusion: Conclusion, words: CheckText, blocker: _Sibling | None
    ) -> None:
        if blocker is not None:
            words = borrow(Borrowed(blocker.number, not blocker.is_red, conclusion, words))
            conclusion = Conclusion.FAILURE
        await finish_check(self.github, self.ref.repo, check_id, conclusion, words)

    async def put_over(self, check_id: int, others: Iterable[_Sibling]) -> None:
        """Turn runs red that are milder and newer than this red one, and those that waited for it."""
        for one in others:
            waited = (
                one.borrowed is not None and one.borrowed.waits and one.borrowed.number == self.ref.number
            )
            milder = one.check_id > check_id and one.conclusion not in (None, Conclusion.FAILURE)
            if waited or milder:
                own = one.borrowed or Borrowed(0, False, _conclusion(one.conclusion), one.words)
                red = Borrowed(self.ref.number, False, own.conclusion, own.words)
                await finish_check(self.github, self.ref.repo, one.check_id, Conclusion.FAILURE, borrow(red))

    async def give_back(self, others: tuple[_Sibling, ...]) -> None:
        """Let runs that are red for the sake of this one say what they have to say, unless another is red."""
        for one in others:
            own = one.borrowed
            if own is not None and own.number == self.ref.number:
                blocker = await self.blocker(other for other in others if other is not one)
                await self.finish(one.check_id, own.conclusion, own.words, blocker)


def _told(blocker: _Sibling | None) -> tuple[int, bool] | None:
    """What a run says of who keeps it red."""
    return None if blocker is None else (blocker.number, blocker.is_red)


def _sibling(number: int, run: CheckRun) -> _Sibling:
    output = run.output or Output()
    words = CheckText(output.title or "", output.summary or "", output.text or "")
    is_red = run.conclusion == Conclusion.FAILURE
    borrowed = read_borrowed(words.title, words.summary, words.text) if is_red else None
    return _Sibling(number, run.id, run.conclusion, words, borrowed)


def _conclusion(word: str | None) -> Conclusion:
    """One of ours; people can make GitHub end a run in other ways."""
    return Conclusion(word) if word in list(Conclusion) else Conclusion.NEUTRAL
