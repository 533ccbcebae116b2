"""A model provider that is a function: it answers from a list and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
from pydantic import BaseModel

from workers.models.hosted import HostedModel
from workers.models.limits import in_process_limiter
from workers.models.openai_api import openai_chat
from workers.ports import Prompt


class Shape(BaseModel):
    words: list[str]


GOOD = json.dumps({"words": ["fine"]})
LOOK = ("search_code", {"text": "area"})
PROMPT = Prompt("You test.", "Question?", "test-1")


def chat(
    text: str | None, model: str = "gpt-4o", finish: str | None = "stop", **message: object
) -> httpx2.Response:
    return httpx2.Response(
        200,
        json={
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "finish_reason": finish,
                    "message": {"role": "assistant", "content": text} | message,
                }
            ],
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 10,
                "total_tokens": 110,
                "prompt_tokens_details": {"cached_tokens": 64},
            },
        },
    )


def trouble(status: int, code: str = "x", **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json={"error": {"message": "sk-secret", "code": code}}, headers=headers)


@dataclass
class Provider:
    """Answers from a list, the last one for ever; remembers requests and pauses."""

    answers: list[httpx2.Response | Exception]
    requests: list[httpx2.Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=OneChunk(answer.content))

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def model(
        self, make: Callable[..., HostedModel] = openai_chat, name: str = "gpt-4o", **more: Any
    ) -> HostedModel:
        made = make(name, 5.0, in_process_limiter(2))
        return replace(made, sleep=self.pause, transport=lambda: httpx2.MockTransport(self.handle), **more)

    def body(self, index: int = 0) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.requests[index].content)
        return body


class OneChunk(httpx2.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        yield self._content


def calls(*looks: tuple[str, dict[str, object]], finish: str = "stop") -> httpx2.Response:
    """Chat Completions: the model calls tools instead of answering."""
    return chat(
        "",
        finish=finish,
        tool_calls=[
            {
                "id": f"call-{n}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(given)},
            }
            for n, (name, given) in enumerate(looks)
        ],
    )


def responses(*output: dict[str, object], **more: object) -> httpx2.Response:
    """OpenAI's Responses API; `more` says how it ended."""
    return httpx2.Response(
        200,
        json={
            "id": "resp_1",
            "object": "response",
            "created_at": 1,
            "model": "gpt-5",
            "status": "completed",
            "output": list(output),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": 100,
                "input_tokens_details": {"cached_tokens": 64},
                "output_tokens": 10,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": 110,
            },
        }
        | more,
    )


def message(*content: dict[str, object], stop: str | None = None) -> httpx2.Response:
    """Anthropic's Messages API."""
    called = any(part["type"] == "tool_use" for part in content)
    return httpx2.Response(
        200,
        json={
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-5",
            "content": list(content),
            "stop_reason": stop or ("tool_use" if called else "end_turn"),
            "stop_sequence": None,
            "usage": {"input_tokens": 100, "output_tokens": 10},
        },
    )


@dataclass
class Lookup:
    """Answers with what was asked; remembers it."""

    looks: list[object] = field(default_factory=list)
    padding: str = ""

    async def read(self, path: str, start: int, end: int) -> str:
        self.looks.append((path, start, end))
        return f"{path} from {start} to {end}"

    async def search(self, text: str) -> str:
        self.looks.append(text)
        return f"shapes.py:3: {text}{self.padding}"
