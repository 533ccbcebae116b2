"""GitHub's webhooks as a closed union of what they ask of us.

Nothing in here raises for a payload: what cannot be used is `Ignored` with its reason.

Drafts are no matter of this module: the worker says on the pull request that a draft is not reviewed, so that
every head commit has its visible outcome.

What is *not* here: the fields that are read (bot.github.payloads), what people say (bot.github.spoken),
signatures (bot.web.signature), and calls to GitHub.
This module is part of the receiver: it must not import githubkit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from bot.domain.pull_request import PullRequestRef, Trigger
from bot.domain.request import CommandRequest, ReviewRequest
from bot.github import spoken
from bot.github.payloads import (
    Check,
    CheckRunPayload,
    CheckSuitePayload,
    CommentPayload,
    InstallationPayload,
    Payload,
    PullRequestChanges,
    PullRequestPayload,
    ReviewCommentPayload,
    ThreadPayload,
)
from bot.github.timestamps import posix_time
from bot.parsing.check_marks import number_in


@dataclass(frozen=True, slots=True)
class ReviewWanted:
    """Review these pull requests; never empty. More than one only when a check was run again."""

    requests: tuple[ReviewRequest, ...]


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """A person wrote `/ai-review …` into a comment, answered in a thread, or resolved one."""

    request: CommandRequest


@dataclass(frozen=True, slots=True)
class HeadRerequested:
    """Review whatever pull requests have this head commit: for forks GitHub names no pull request."""

    repo: str
    head_sha: str
    installation: int | None
    delivery: str

    def for_pull_requests(self, numbers: tuple[int, ...]) -> tuple[ReviewRequest, ...]:
        """The review requests, once the pull requests are known."""
        return _rerequested(self.repo, numbers, self.head_sha, self.installation, self.delivery)


@dataclass(frozen=True, slots=True)
class InstallationChanged:
    """The App was installed, suspended, removed or given other repositories.

    Attributes:
        action: GitHub's word: created, deleted, suspend, unsuspend, new_permissions_accepted, added, removed.
    """

    action: str
    installation: int


@dataclass(frozen=True, slots=True)
class Ping:
    """GitHub tries whether the webhook answers."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do; `reason` is for people and holds no foreign text."""

    reason: str


Event = ReviewWanted | CommandGiven | HeadRerequested | InstallationChanged | Ping | Ignored

_TRIGGERS: Final[Mapping[str, Trigger]] = {
    "opened": Trigger.OPENED,
    "reopened": Trigger.REOPENED,
    "ready_for_review": Trigger.READY_FOR_REVIEW,
    "synchronize": Trigger.SYNCHRONIZE,
    "edited": Trigger.BASE_CHANGED,
}
_SAID: Final = frozenset({"created", "edited"})
"""What happens to a comment that can make it say something new."""

_pull_request_decoder: Final = msgspec.json.Decoder(PullRequestPayload)
_comment_decoder: Final = msgspec.json.Decoder(CommentPayload)
_review_comment_decoder: Final = msgspec.json.Decoder(ReviewCommentPayload)
_thread_decoder: Final = msgspec.json.Decoder(ThreadPayload)
_check_run_decoder: Final = msgspec.json.Decoder(CheckRunPayload)
_check_suite_decoder: Final = msgspec.json.Decoder(CheckSuitePayload)
_installation_decoder: Final = msgspec.json.Decoder(InstallationPayload)


def parse_event(name: str, body: bytes | bytearray, delivery: str) -> Event:
    """What a webhook asks of us.

    Args:
        name: the header `X-GitHub-Event`.
        body: the JSON document, as its signature was checked.
        delivery: the header `X-GitHub-Delivery`; it travels on in the requests.
    """
    read = _READERS.get(name)
    if read is None:
        return Ignored("events of this kind are not used")
    try:
        return read(body, delivery)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        # The messages name our fields and a position, never a value.
        return Ignored(f"the payload cannot be read: {error}")
    except RecursionError:
        return Ignored("the payload cannot be read: it is nested too deeply")


def _pull_request(body: bytes | bytearray, delivery: str) -> Event:
    payload = _pull_request_decoder.decode(body)
    pull, trigger = payload.pull_request, _TRIGGERS.get(payload.action)
    if trigger is None:
        return _unused("pull_request", payload.action)
    if payload.action == "edited":
        changes = payload.changes or PullRequestChanges()
        if changes.base is None and changes.title is None:
            return Ignored("pull_request.edited without a new title or base branch is not used")
        if changes.base is None:  # the old title may have kept the review away: the worker knows
            trigger = Trigger.SYNCHRONIZE
    if pull.state != "open":
        return Ignored("the pull request is closed")
    ref = PullRequestRef(payload.repository.full_name, pull.number, pull.head.sha)
    told_at = posix_time(pull.updated_at)
    return ReviewWanted((ReviewRequest(ref, payload.installation_id, trigger, delivery, told_at=told_at),))


def _issue_comment(body: bytes | bytearray, delivery: str) -> Event:
    payload = _comment_decoder.decode(body)
    if payload.action not in _SAID:
        return _unused("issue_comment", payload.action)
    return _asked(spoken.in_conversation(payload, delivery))


def _review_comment(body: bytes | bytearray, delivery: str) -> Event:
    payload = _review_comment_decoder.decode(body)
    if payload.action not in _SAID:
        return _unused("pull_request_review_comment", payload.action)
    return _asked(spoken.on_code(payload, delivery))


def _review_thread(body: bytes | bytearray, delivery: str) -> Event:
    payload = _thread_decoder.decode(body)
    if payload.action not in ("resolved", "unresolved"):
        return _unused("pull_request_review_thread", payload.action)
    return _asked(spoken.by_click(payload, delivery))


def _asked(found: CommandRequest | str) -> Event:
    """What a person asks for, or the reason why that is nothing."""
    return Ignored(found) if isinstance(found, str) else CommandGiven(found)


def _check_run(body: bytes | bytearray, delivery: str) -> Event:
    payload = _check_run_decoder.decode(body)
    return _check("check_run", payload, payload.check_run, delivery)


def _check_suite(body: bytes | bytearray, delivery: str) -> Event:
    payload = _check_suite_decoder.decode(body)
    return _check("check_suite", payload, payload.check_suite, delivery)


def _check(kind: str, payload: Payload, check: Check, delivery: str) -> Event:
    """Somebody pressed 're-run': our own mark names the pull request, else GitHub's list, else the commit."""
    if payload.action != "rerequested":
        return _unused(kind, payload.action)
    repo, installation = payload.repository.full_name, payload.installation_id
    if (marked := number_in(check.external_id)) is not None:
        numbers: tuple[int, ...] = (marked,)
    else:
        listed = check.pull_requests or ()
        numbers = tuple(dict.fromkeys(pull.number for pull in listed if pull.is_of(payload.repository)))
    if not numbers:
        return HeadRerequested(repo, check.head_sha, installation, delivery)
    return ReviewWanted(_rerequested(repo, numbers, check.head_sha, installation, delivery))


def _rerequested(
    repo: str, numbers: tuple[int, ...], head_sha: str, installation: int | None, delivery: str
) -> tuple[ReviewRequest, ...]:
    return tuple(
        ReviewRequest(PullRequestRef(repo, number, head_sha), installation, Trigger.REREQUESTED, delivery)
        for number in numbers
    )


def _installation(body: bytes | bytearray, _delivery: str) -> Event:
    payload = _installation_decoder.decode(body)
    return InstallationChanged(payload.action, payload.installation.id)


def _ping(_body: bytes | bytearray, _delivery: str) -> Event:
    return Ping()


def _unused(kind: str, action: str) -> Ignored:
    return Ignored(f"{kind}.{action} is not used")


_READERS: Final[Mapping[str, Callable[[bytes | bytearray, str], Event]]] = {
    "pull_request": _pull_request,
    "issue_comment": _issue_comment,
    "pull_request_review_comment": _review_comment,
    "pull_request_review_thread": _review_thread,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "installation": _installation,
    "installation_repositories": _installation,
    "ping": _ping,
}
