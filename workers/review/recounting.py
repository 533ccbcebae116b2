"""What stands at a commit that was reviewed, counted anew: somebody settled something. Nobody is asked.

The commit is the same, so no code moves and nothing is mended: findings stay as the ledger has them. What no
review has read stays unread and is named, and so is every question that is still to be asked: a click makes
no check green, and costs nothing.

What is *not* here: what people settled (workers.recalling), and looks at something new
(workers.review.pipeline).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.domain.ledger import Earlier
from bot.domain.policy import Policy
from bot.domain.review import NotRead, Review
from workers.review.change import Change, Engine
from workers.review.covering import covered, fresh_files
from workers.review.cross_check import NOT_ASKED, Checked
from workers.review.delta import MODEL, delta_at_rest, without_text
from workers.review.following import NOT_ASKED_AGAIN
from workers.review.looked import Looked
from workers.review.moves import with_whole
from workers.review.rechecking import Rechecked
from workers.review.rounds import Round, select_files
from workers.review.scope import with_texts
from workers.review.timing import Deadline

NOT_READ_YET: Final = "no review has read it yet; `/ai-review` does"


async def recount(change: Change, policy: Policy, engine: Engine, earlier: Earlier) -> Review:
    """Say once more what stands, without a question to any model.

    Args:
        change: at the commit that the newest review looked at.
        engine: with a finding model; analysers alone cost nothing, and look once more instead.

    Raises:
        GitHubError: the text of the files cannot be had at all.
    """
    deadline = Deadline.after(engine.limits.deadline)
    selected = await select_files(change, policy, engine, deadline)
    [texts] = await deadline.gather([engine.reader.read(selected.to_fetch)])
    scope = selected if texts is None else with_texts(selected, texts)
    change = replace(change, diff=with_whole(change.diff, scope.files, scope.not_read))
    unknown = without_text(selected.to_fetch, texts)
    delta = await asyncio.to_thread(delta_at_rest, change.diff, earlier.hunks, MODEL, scope.texts, unknown)
    work = Round(change, policy, engine, earlier, deadline, scope, delta)
    unread = fresh_files(scope, delta, static=False)
    looked = Looked(not_read=tuple(NotRead(file.path, NOT_READ_YET) for file in unread))
    told = tuple(_as_of(marked, change.head_sha) for marked in earlier.open)
    listed = tuple(marked for marked in earlier.held if marked.since in ("", change.head_sha))
    findings = (*told, *earlier.settled, *listed)
    second = work.checking.model.name if work.checking else ""
    review = work.review(
        looked,
        covered(selected, scope, looked, delta, static=False),
        Checked(
            findings,
            unanswered=sum(_is_unchecked(marked, change.head_sha) for marked in told),
            answered=sum(_is_checked(marked, change.head_sha, second) for marked in findings),
        ),
        Rechecked(unanswered=sum(_is_due(marked) for marked in told)),
    )
    held = tuple(marked for marked in earlier.held if marked not in listed)
    return replace(review, findings=findings, held=held, hunks=tuple(sorted(earlier.hunks)))


def _as_of(marked: MarkedFinding, head: str) -> MarkedFinding:
    """One that stands: where it was told at an earlier commit, as open."""
    if marked.since in ("", head):
        return marked
    return replace(
        marked, disposition=Disposition(Fate.OPEN, marked.disposition.reason if _is_due(marked) else "")
    )


def _is_due(marked: MarkedFinding) -> bool:
    """Whether the question whether it still holds is still to be asked."""
    return marked.disposition.reason.startswith(NOT_ASKED_AGAIN)


def _is_unchecked(marked: MarkedFinding, head: str) -> bool:
    """Whether the review of this commit found it, and the second model gave no answer about it."""
    return marked.since == head and any(vote.reason.startswith(NOT_ASKED) for vote in marked.verdicts)


def _is_checked(marked: MarkedFinding, head: str, second: str) -> bool:
    """Whether the review of this commit found it, and the second model judged it."""
    votes = [vote for vote in marked.verdicts if vote.by == second and not vote.reason.startswith(NOT_ASKED)]
    return marked.since == head and bool(votes)
