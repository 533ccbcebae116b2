"""What a submission asks of its script. Shared by the receiver, which awaits, and by workers, which do not.

What is *not* here: sending it (bot.queue.inbox, bot.queue.runs).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.pull_request import Trigger
from bot.domain.request import CommandRequest, Look, ReviewRequest
from bot.queue.layout import DELIVERY_SECONDS, HEAD_SECONDS, Layout, Part, delivery_key, head_key, slot_id
from bot.queue.scripts import Script
from bot.queue.wire import CommandJob, encode

# A person waits for these, and they may change the outcome of a head that was looked at before: they start at
# once, and a run of the same head does not cover them. All else may wait until a burst of pushes is over.
_URGENT = frozenset({Trigger.COMMAND, Trigger.REREQUESTED, Trigger.READY_FOR_REVIEW, Trigger.BASE_CHANGED})


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a script."""

    script: Script
    keys: list[str]
    args: list[Part]


def submission(layout: Layout, request: ReviewRequest | CommandRequest, *, head_moved: bool = False) -> Call:
    """The call that keeps a request; it answers 1 for a new one and 0 for a repeat.

    Args:
        head_moved: the request is made because a review found a newer head.
    """
    if isinstance(request, ReviewRequest):
        return _review(layout, request, head_moved)
    return command_submission(layout, CommandJob(request), delay=0.0)


def command_submission(layout: Layout, job: CommandJob, delay: float) -> Call:
    """The call that keeps a try of a command, to start after `delay` seconds."""
    request = job.request
    slot = slot_id(request.ref.repo, request.ref.number)
    keys, args = layout.common(slot, layout.command_job(job))
    mark = request.delivery if job.is_first else f"{request.delivery} retry {job.number}"
    return Call(Script.COMMAND, [*keys, delivery_key(mark, slot)], [*args, DELIVERY_SECONDS, delay])


def _review(layout: Layout, request: ReviewRequest, head_moved: bool) -> Call:
    ref, options = request.ref, layout.options
    slot = slot_id(ref.repo, ref.number)
    keys, args = layout.common(slot, layout.review_job(slot))
    head = ref.head_sha or ""
    return Call(
        Script.SUBMIT,
        [*keys, delivery_key(request.delivery, slot), head_key(ref.repo, head)],
        [
            *args,
            encode(request),
            head,
            ref.number,
            _rank(request, head_moved),
            options.quiet,
            options.spacing,
            DELIVERY_SECONDS,
            HEAD_SECONDS,
        ],
    )


def _rank(request: ReviewRequest, head_moved: bool) -> str:
    """What may take its place, and what it waits for: `urgent` in bot/queue/lua/common.lua."""
    if request.trigger in _URGENT:
        return "1"
    if request.look is not Look.STANDING:
        return ""
    return "ps" if head_moved else "s"
