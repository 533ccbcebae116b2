"""Errors as the reason of a review that could not be done: half a sentence for people, no full stop.

Only a `UserError` speaks for itself. Every other message may quote a provider or a library: it goes to the
log, and people get one fixed sentence by the kind of error.

What is *not* here: when such a review is tried again (workers.running), and the log (bot.telemetry.logs).
"""

from __future__ import annotations

from bot.errors import (
    AccessLost,
    AnswerCut,
    AnswerForeign,
    AnswerWithheld,
    DiffError,
    GitHubUnavailable,
    HeadMoved,
    JobUnreadable,
    KeyRefused,
    ModelAnswerInvalid,
    ModelRefused,
    ModelUnavailable,
    ModelUnknown,
    ProviderFailed,
    QueueUnavailable,
    QuotaSpent,
    RateLimited,
    RateReached,
    Rejected,
    SlotLost,
    TooLarge,
    UserError,
)
from bot.rendering.words import next_try

_INTERNAL = "an internal error, which the operator's log describes"
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (RateReached, "the model's provider limits how much may be asked at once"),
    (ProviderFailed, "the model's provider is overloaded or has a fault"),
    (ModelUnavailable, "the model did not answer"),
    (KeyRefused, "the model's provider refused the key; the operator should check it"),
    (ModelUnknown, "the model's provider knows no such model; the operator should check its name"),
    (QuotaSpent, "the quota at the model's provider is used up; the operator should see to it"),
    (AnswerWithheld, "a filter of the model's provider held the answer back"),
    (ModelRefused, "the model's provider declined; the operator should check its key, quota and name"),
    (AnswerCut, "the model's answer was cut off"),
    (AnswerForeign, "what answered is not the API of the model that is set up"),
    (ModelAnswerInvalid, "the model's answer could not be used"),
    (RateLimited, "GitHub asked for a pause"),
    (GitHubUnavailable, "GitHub did not answer"),
    (AccessLost, "GitHub denied access; the App may lack a permission"),
    (Rejected, "GitHub refused the review"),
    (TooLarge, "the change is larger than GitHub gives out"),
    (HeadMoved, "the pull request has a newer commit"),
    (DiffError, "the diff could not be read"),
    (QueueUnavailable, "the queue is not available"),
    (SlotLost, "another run has taken over this pull request"),
    (JobUnreadable, "the job was written by another version"),
)


def failure_reason(error: Exception, retry_in: float | None = None) -> str:
    """Why a review could not be done: `the model did not answer; next try in 5 minutes`.

    Args:
        error: any exception; one that is not known is an internal error.
        retry_in: seconds until the next try; None when there is none.
    """
    if isinstance(error, UserError):
        reason = str(error).rstrip(".")
    else:
        reason = next((words for kind, words in _REASONS if isinstance(error, kind)), _INTERNAL)
    return reason if retry_in is None else f"{reason}; {next_try(retry_in)}"
