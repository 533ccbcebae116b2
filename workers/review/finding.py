"""The find pass: every bundle is asked about, all in parallel; then the votes, and the evidence gate.

What is *not* here: how one bundle is asked about (workers.review.asking), the words of the question
(prompts/), and the second model (workers.review.cross_check).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.policy import Policy
from bot.domain.review import NotRead, total
from workers.context.guidelines import NamedFiles
from workers.ports import Image, SourceFile
from workers.review.asking import Asking, Told
from workers.review.background import look_around
from workers.review.bundles import Bundle, halves, pack
from workers.review.change import Change, Engine, Gap, Limits, tokens
from workers.review.evidence import gate
from workers.review.following import Followed
from workers.review.gaps import NO_EVIDENCE, NOT_UNDERSTOOD
from workers.review.intent import issues_text, within
from workers.review.looked import Looked, out_of_time
from workers.review.pictures import changed_images, wanted_images
from workers.review.ranking import fold_surplus, suppress
from workers.review.repository_rules import RepositoryRules
from workers.review.static_evidence import backed
from workers.review.timing import Deadline
from workers.review.untrusted import one_line
from workers.review.voting import vote


@dataclass(frozen=True, slots=True)
class _Judged:
    """An answer whose findings went through the gate."""

    told: Told
    marked: tuple[MarkedFinding, ...]
    gap: Gap | None


async def find(
    change: Change,
    files: Sequence[SourceFile],
    policy: Policy,
    engine: Engine,
    deadline: Deadline,
    told: Sequence[Followed] = (),
    at_hand: Sequence[SourceFile] = (),
) -> Looked:
    """Ask the finding model about every file; what got no answer in time is named.

    Args:
        told: findings of earlier reviews; of those whose code has changed the model is told again.
        at_hand: further files of the change, which are not shown; what is found in them has evidence too.
    """
    change, rules = within(change, engine.limits.policy_tokens), RepositoryRules.of(policy)
    limits = _with_room(change, files, rules, engine.limits)
    [packed] = await deadline.gather([asyncio.to_thread(pack, files, limits)])
    if packed is None or engine.finder is None:
        return out_of_time(files)
    background = await look_around(files, engine, deadline, _named(change, policy))
    ask = Asking(change, background, engine.finder, engine, deadline, policy, rules, told)
    wanted = wanted_images(change, policy, engine) if packed.bundles else ()
    images = wanted[: engine.limits.images]
    asked = [_asked(ask, bundle, () if number else images) for number, bundle in enumerate(packed.bundles)]
    answers = [one for some in await asyncio.gather(*asked) for one in some]
    answers = await asyncio.gather(*map(ask.voted, answers))
    seen = changed_images([image for one in answers for image in one.seen], change)
    pictures = tuple(path for path in seen if path not in {file.path for file in files})
    judged = _judged(answers, (*files, *at_hand), policy, engine.limits, pictures)
    findings = backed([marked for one in judged for marked in one.marked], background.hits)
    not_read = _unique([*packed.not_read, *(gap for one in judged for gap in _not_read(one))])
    unread = {gap.path for gap in not_read}
    return Looked(
        findings=findings,
        read=(*(file.path for file in files if file.path not in unread), *dict.fromkeys(pictures)),
        not_read=not_read,
        usage=total(one.usage for one in answers),
        gaps=tuple(dict.fromkeys(one.gap for one in judged if one.gap is not None)),
        notices=(*_left_out(packed.bundles, rules, engine.limits), *_unseen(wanted, answers)),
    )


async def _asked(ask: Asking, bundle: Bundle, images: tuple[Image, ...]) -> list[Told]:
    """Every pass over a bundle. What the budget does not pay for at once is asked about in two questions.

    Small ones read less at once, and cost more instructions for it: they are for what else nobody would read.
    """
    told = await ask.bundle(bundle, images)
    parts = halves(bundle) if all(map(_is_unpaid, told)) else ()
    limits = ask.engine.limits
    less = replace(limits, related_tokens=limits.related_tokens // 2)
    small = replace(ask, engine=replace(ask.engine, limits=less))
    asked = [_asked(small, part, () if number else images) for number, part in enumerate(parts)]
    return [one for some in await asyncio.gather(*asked) for one in some] or told


def _is_unpaid(told: Told) -> bool:
    """Whether a question was not asked at all, since it could have cost more than is left."""
    return told.gap is not None and told.gap.unpaid and not told.usage.calls


def _with_room(change: Change, files: Sequence[SourceFile], rules: RepositoryRules, limits: Limits) -> Limits:
    """What policy and issues add to each question takes its place from the code, up to half of it."""
    asked = rules.asked([file.path for file in files], limits.policy_tokens)
    added = tokens(issues_text(change.issues)) + tokens("\n".join(asked.texts("")))
    room = limits.bundle_tokens
    return replace(limits, bundle_tokens=max(room - added, room // 2)) if added else limits


def _named(change: Change, policy: Policy) -> NamedFiles:
    """Files with rules that the policy names, under the names that changed files have on the base branch."""
    return NamedFiles(policy.guidelines, tuple(file.old_path or file.path for file in change.diff.files))


def _left_out(bundles: Iterable[Bundle], rules: RepositoryRules, limits: Limits) -> tuple[str, ...]:
    """Tells people which of their rules and instructions no model was told."""
    asked = (rules.asked(bundle.paths, limits.policy_tokens) for bundle in bundles)
    names = dict.fromkeys(one_line(name, 80) for one in asked for name in one.left_out)
    if not names:
        return ()
    return (f"The policy says more than fits into a question; the model was not told: {', '.join(names)}.",)


def _unseen(wanted: Sequence[Image], told: Sequence[Told]) -> tuple[str, ...]:
    """Tells people how many pictures the model did not look at."""
    left = len(set(wanted) - {image for one in told for image in one.seen})
    pictures, them = ("1 picture was", "it") if left == 1 else (f"{left} pictures were", "them")
    reason = f"the model had no room for {them}, or did not take {them}"
    return (f"{pictures} not looked at: {reason}.",) if left else ()


def _judged(
    told: Sequence[Told],
    files: Sequence[SourceFile],
    policy: Policy,
    limits: Limits,
    pictures: Collection[str],
) -> list[_Judged]:
    """With findings marked; through the gate all together, so that each file is made ready once."""
    readings = [[one.reading, *one.votes] if one.reading else [] for one in told]
    claims = (finding for some in readings for reading in some for finding in reading.findings)
    marked = iter(gate(claims, files, limits.enclosing_lines, pictures))
    answers = [[tuple(islice(marked, len(reading.findings))) for reading in some] for some in readings]
    return [_kept(one, vote(own), policy, limits) for one, own in zip(told, answers, strict=True)]


def _kept(told: Told, marked: tuple[MarkedFinding, ...], policy: Policy, limits: Limits) -> _Judged:
    """One answer with its findings. Nothing but inventions is no look at the code."""
    invented = bool(marked) and all(one.disposition.fate is Fate.UNSUPPORTED for one in marked)
    kept = fold_surplus(suppress(marked, policy, limits.confidence_least), limits.findings_per_answer)
    return _Judged(told, kept, told.gap or (NO_EVIDENCE if invented else None))


def _not_read(judged: _Judged) -> Iterable[NotRead]:
    """Files of a bundle that cannot count as read. A report that cannot be placed speaks for all of them."""
    if judged.gap is None:
        return ()
    paths: Iterable[str] = judged.told.bundle.paths
    reading = judged.told.reading
    if reading is not None and judged.gap is NOT_UNDERSTOOD and set(reading.unreadable) <= set(paths):
        paths = dict.fromkeys(reading.unreadable)
    return tuple(NotRead(path, judged.gap.reason) for path in paths)


def _unique(entries: Iterable[NotRead]) -> tuple[NotRead, ...]:
    """One entry a file: the first reason counts."""
    by_path: dict[str, NotRead] = {}
    for entry in entries:
        by_path.setdefault(entry.path, entry)
    return tuple(by_path.values())
