"""`POST /webhooks/github`: a signed delivery is checked, understood, put on the queue and answered.

The order is deliberate: nothing is parsed before its signature is right, and 202 is said only after the queue
has the request. GitHub never sends a delivery again by itself, so every refusal says in its log what to mend.

    202 {"queued": true, "new": bool}     the queue has it; not new when this delivery was accepted before
    200 {"ignored": reason}               nothing to do
    400, 401, 408, 413, 415, 503          {"detail": sentence}

What is *not* here: what events mean (bot.github.events) and how they are kept (behind `Inbox`).
This is the hot path: no logging of bodies, no validation library, one small JSON answer.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Sequence
from http import HTTPStatus
from typing import Final, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.domain.request import CommandRequest, ReviewRequest
from bot.errors import QueueUnavailable
from bot.github.events import (
    CommandGiven,
    Event,
    HeadRerequested,
    Ignored,
    InstallationChanged,
    Ping,
    ReviewWanted,
    parse_event,
)
from bot.web.body import BodyReader, Limits
from bot.web.ports import Inbox
from bot.web.signature import HEADER, SignatureCheck, is_well_formed

_logger = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")

_EVENT_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
# GitHub sends a GUID; the queue's own retries and other senders may use any short id.
_DELIVERY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}", re.ASCII)


class Receiver:
    """The endpoint. It keeps nothing between requests but the count of bytes that are in memory."""

    def __init__(self, secrets: Sequence[bytes], inbox: Inbox, limits: Limits) -> None:
        self._secrets = secrets
        self._inbox = inbox
        self._limits = limits
        self._bodies = BodyReader(limits)

    async def receive(self, request: Request) -> Response:
        """Answer one delivery."""
        delivery = request.headers.get("x-github-delivery", "")
        known = {"delivery": delivery if _DELIVERY.fullmatch(delivery) else "malformed"}
        try:
            body = await self._verified_body(request)
            name = _checked_headers(request, delivery)
            event = parse_event(name, body, delivery)
            del body
            return await self._answer(event, {**known, "event": name})
        except HTTPException as refusal:
            _logger.warning(
                "Delivery refused: %s", refusal.detail, extra=known | {"status": refusal.status_code}
            )
            raise
        except ClientDisconnect:
            _logger.warning("Delivery given up by its sender in the middle of the body", extra=known)
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it

    async def _verified_body(self, request: Request) -> bytearray:
        """The raw bytes, after their signature was found right."""
        signature = request.headers.get(HEADER, "")
        if not is_well_formed(signature):
            raise _unsigned()
        _check_media(request)
        check = SignatureCheck(self._secrets)
        body = await self._bodies.read(request, check.update)
        if not check.accepts(signature):
            raise _unsigned()
        return body

    async def _answer(self, event: Event, known: dict[str, str]) -> Response:
        match event:
            case ReviewWanted(requests):
                return await self._keep(requests, known)
            case CommandGiven(request):
                return await self._keep((request,), known)
            case HeadRerequested():
                return await self._keep_head(event, known)
            case InstallationChanged(action, installation):
                _logger.info("Installation %s: %s", installation, action, extra=known)
                return _ignored("changes of an installation need no work here")
            case Ping():
                return _ignored("ping: this webhook is set up well")
            case Ignored(reason):
                _logger.debug("Ignored: %s", reason, extra=known)
                return _ignored(reason)

    async def _keep_head(self, event: HeadRerequested, known: dict[str, str]) -> Response:
        numbers = await self._in_time(self._inbox.pull_requests_of(event.repo, event.head_sha))
        if not numbers:
            return _ignored("no pull request is known for this commit: push again, or comment `/ai-review`")
        return await self._keep(event.for_pull_requests(numbers), known)

    async def _keep(
        self, requests: Sequence[ReviewRequest | CommandRequest], known: dict[str, str]
    ) -> Response:
        """Put everything on the queue, then say so. A repeat is accepted too: our answer may be lost."""
        news = await self._in_time(self._submit_all(requests))
        for request, new in zip(requests, news, strict=True):
            extra = {**known, "pull_request": request.ref.external_id}
            _logger.info("Queued" if new else "Queued before", extra=extra)
        return JSONResponse({"queued": True, "new": any(news)}, HTTPStatus.ACCEPTED)

    async def _submit_all(self, requests: Sequence[ReviewRequest | CommandRequest]) -> list[bool]:
        return [await self._inbox.submit(request) for request in requests]

    async def _in_time(self, answer: Awaitable[AnswerT]) -> AnswerT:
        """The queue's answer, or 503. After a timeout it may still be kept; then the next try is a repeat."""
        try:
            async with asyncio.timeout(self._limits.inbox_seconds):
                return await answer
        except QueueUnavailable as error:
            _logger.error("The queue cannot take deliveries: %s", error)  # noqa: TRY400 - the cause is enough
        except TimeoutError:
            _logger.error("The queue did not answer in time")  # noqa: TRY400 - the cause is enough
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE, "The queue cannot take this now: deliver it again later."
        )


def _checked_headers(request: Request, delivery: str) -> str:
    """The event's name, when both of GitHub's headers are as GitHub writes them."""
    name = request.headers.get("x-github-event", "")
    if not _EVENT_NAME.fullmatch(name):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The header X-GitHub-Event is missing or malformed.")
    if not _DELIVERY.fullmatch(delivery):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The header X-GitHub-Delivery is missing or malformed.")
    return name


def _check_media(request: Request) -> None:
    """Plain JSON only; a compressed body could grow without bound."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must not be compressed.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The body must be application/json: choose this content type in the webhook settings of the App.",
        )


def _unsigned() -> HTTPException:
    return HTTPException(
        HTTPStatus.UNAUTHORIZED,
        "The signature X-Hub-Signature-256 is missing or wrong: "
        "the App's webhook secret must be in AI_REVIEW_GITHUB_WEBHOOK_SECRET.",
    )


def _ignored(reason: str) -> Response:
    return JSONResponse({"ignored": reason})
