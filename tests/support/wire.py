"""GitHub's end of the wire as a script: which answer the next request to a place gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def reply(status: int = 200, body: Any = None, **headers: str) -> httpx.Response:
    """An answer with a JSON body; `retry_after="5"` becomes the header `retry-after`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={} if body is None else body, headers=named)


def data(**fields: Any) -> httpx.Response:
    """An answer to a GraphQL query."""
    return reply(200, {"data": fields})


@dataclass
class Wire:
    """Answers by `METHOD path`; the last one of a place stays. Requests are kept in `requests`."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def on(self, place: str, *answers: Answer) -> Wire:
        self.answers.setdefault(place, []).extend(answers)
        return self

    def sent(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def bodies(self, place: str) -> list[Any]:
        return [
            json.loads(request.content)
            for request in self.requests
            if f"{request.method} {request.url.path}" == place
        ]

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def transport(self) -> httpx.AsyncBaseTransport:
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        place = f"{request.method} {request.url.path}"
        queue = self.answers.get(place)
        assert queue, f"no answer is scripted for {place}"
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)
