"""The life of a review: scope, look, check, rank, fix. Read it from top to bottom.

Around it stands what earlier reviews have told. Before the look: what of the change is new (*delta*), and
where the open findings stand now (*follow*). After it: which new findings are old ones (*match*), which
refuted ones are to be judged anew (*watch*), which are not told (*hold*), and what became of those that were
told (*recheck*). Other steps see new findings only. What the model hardly believes in comes last (*doubts*).

What is *not* here: fetching a change (workers.reading_pulls, workers.cli.review), publishing a review
(workers.posting), and what is kept between reviews (bot.store.ledgers).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.ledger import Earlier
from bot.domain.policy import Policy
from bot.domain.review import Review, total
from workers.review.calibration import calibrate, packaged_table
from workers.review.change import Change, Engine
from workers.review.covering import covered
from workers.review.delta import MODEL, STATIC, delta_of, without_text
from workers.review.duplicates import mark_duplicates, order
from workers.review.matching import match
from workers.review.moves import with_whole
from workers.review.ranking import SHOWN, rank, suppress
from workers.review.rechecking import not_outdone, taken_over
from workers.review.rounds import Round, select_files
from workers.review.scope import with_texts
from workers.review.speaking import in_language
from workers.review.successors import with_successors
from workers.review.timing import Deadline

FIRST_REVIEW: Final = Earlier()


async def review_change(
    change: Change, policy: Policy, engine: Engine, earlier: Earlier = FIRST_REVIEW
) -> Review:
    """Look at one change, once, and at what earlier reviews have told of it.

    A model or an analyser that fails makes the review partial or failed, and is never raised.

    Args:
        earlier: what the reviews before this one leave; with marks of what they read, only the rest is read.

    Returns:
        Findings of this round and all that were told before, each with its present fate: new ones that are
        shown first, worst first, then those that are still open, then the rest.

    Raises:
        GitHubError: the text of the files cannot be had at all.
    """
    engine = in_language(engine, policy.language)
    deadline = Deadline.after(engine.limits.deadline)
    selected = await select_files(change, policy, engine, deadline)
    [texts] = await deadline.gather([engine.reader.read(selected.to_fetch)])
    scope = selected if texts is None else with_texts(selected, texts)
    change = replace(change, diff=with_whole(change.diff, scope.files, scope.not_read))
    who = MODEL if engine.finder else STATIC
    unknown = without_text(selected.to_fetch, texts)
    delta = await asyncio.to_thread(
        delta_of, change.diff, earlier.hunks, who, change.images, scope.texts, unknown
    )
    work = Round(change, policy, engine, earlier, deadline, scope, delta)
    told = work.unseen() if texts is None else await work.told()
    looked = work.too_late() if texts is None else await work.look(told.open)
    repeated = match(looked.findings, told.open, change.diff, delta, doubted=earlier.doubted)
    matched = await asyncio.to_thread(with_successors, repeated, scope.files, delta)
    watched = work.watch(told.held, matched.known)
    held = work.holding(told.settled).hold(matched.findings, watched.suspects)
    reach = covered(selected, scope, looked, delta, static=work.is_static)
    checked, rechecked, back = await asyncio.gather(
        work.check(held.findings),
        work.recheck(matched.known, reach, looked.heard),
        work.returned(told.settled, matched.known),
    )
    checked = await work.ask_about_doubts(checked, told, matched.known)
    judged = work.judge(checked, watched)
    rechecked = not_outdone(rechecked, matched.known, judged.findings)
    known = (*rechecked.findings, *held.settled)
    new = (*taken_over(judged.findings, rechecked.same), *back.findings)
    wanted = suppress(new, policy, confidence_least=0)  # what comes back was believed in when it was told
    unique = mark_duplicates(wanted, (marked.fingerprint for marked in known))
    fixed = await work.fix(calibrate(rank(unique, policy), packaged_table()))
    review = work.review(looked, reach, replace(checked, findings=fixed.findings), rechecked, back)
    usage = total((looked.usage, checked.usage, rechecked.usage, back.usage, fixed.usage))
    return replace(review, findings=_ordered(fixed.findings, known), held=judged.held, usage=usage)


def _ordered(new: Sequence[MarkedFinding], known: Sequence[MarkedFinding]) -> tuple[MarkedFinding, ...]:
    """New ones that are shown, as ranked; then what is still open, worst first; then the rest."""
    still = sorted((marked for marked in known if marked.disposition.fate is Fate.OPEN), key=order)
    return (
        *(marked for marked in new if marked.disposition.fate in SHOWN),
        *still,
        *(marked for marked in new if marked.disposition.fate not in SHOWN),
        *(marked for marked in known if marked.disposition.fate is not Fate.OPEN),
    )
