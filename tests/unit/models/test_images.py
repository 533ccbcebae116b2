"""Pictures on their way to a model: who is shown them, how, and what they count as."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import BudgetSpent
from bot.settings import Settings
from tests.support.model_provider import GOOD, PROMPT, Provider, Shape, chat, message, responses, trouble
from tests.support.scripted import finds, scripted
from workers.models.anthropic_api import anthropic
from workers.models.budgeted import BudgetedModel
from workers.models.hosted import HostedModel
from workers.models.masked import MaskedModel
from workers.models.openai_api import openai_chat, openai_responses
from workers.models.purse import IMAGE_TOKENS, Meter, Purse
from workers.models.registry import build_model, sees_images
from workers.ports import Answer, Image, Unanswered
from workers.review.reading import FindAnswer

DATA = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
SEEN = replace(PROMPT, images=(Image("docs/page.png", "image/png", DATA),))
ENCODED = base64.b64encode(DATA).decode()


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "sk-secret")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("make", "name"),
    [(openai_chat, "gpt-4o"), (openai_responses, "gpt-4o"), (anthropic, "claude-sonnet-5")],
)
async def test_a_model_that_sees_gets_the_picture_before_the_question(
    make: Callable[..., HostedModel], name: str
) -> None:
    provider = Provider([trouble(401)])
    await provider.model(make, name, sees=True).ask(SEEN, Shape)
    sent = json.dumps(provider.body())
    assert ENCODED in sent
    assert "image/png" in sent
    assert sent.index(ENCODED) < sent.index("Question?")


async def test_what_several_questions_share_is_marked_behind_pictures_and_material() -> None:
    provider = Provider([message({"type": "text", "text": GOOD})])
    model = provider.model(anthropic, "claude-sonnet-5", sees=True)
    await model.ask(replace(SEEN, question="And why?"), Shape)
    content = provider.body()["messages"][0]["content"]
    assert [part["type"] for part in content] == ["image", "text", "text"]
    assert ["cache_control" in part for part in content] == [False, True, False]


async def test_a_model_that_does_not_see_gets_the_text_as_ever() -> None:
    provider = Provider([chat(GOOD)])
    await provider.model().ask(SEEN, Shape)
    assert provider.body()["messages"][1]["content"] == "Question?"


async def test_a_question_without_pictures_is_plain_text_for_a_model_that_sees() -> None:
    provider = Provider(
        [
            responses(
                {
                    "type": "message",
                    "id": "1",
                    "role": "assistant",
                    "status": "completed",
                    "content": [{"type": "output_text", "text": GOOD, "annotations": []}],
                }
            )
        ]
    )
    answer = await provider.model(openai_responses, "gpt-4o", sees=True).ask(PROMPT, Shape)
    assert isinstance(answer, Answer)
    assert "input_image" not in json.dumps(provider.body())


async def test_a_picture_counts_as_so_many_tokens_and_not_as_its_bytes() -> None:
    async def asked(purse: Purse) -> bool:
        provider = Provider([chat(GOOD)])
        answer = await provider.model(sees=True, meter=Meter(None, purse)).ask(SEEN, Shape)
        return isinstance(answer, Answer)

    assert not await asked(Purse(tokens=IMAGE_TOKENS + 1_000))
    assert await asked(Purse(tokens=IMAGE_TOKENS + 2_500))


async def test_other_models_count_them_alike() -> None:
    model = BudgetedModel(scripted(finds()), Meter(None, Purse(tokens=IMAGE_TOKENS + 900)))
    answer = await model.ask(SEEN, FindAnswer)
    assert isinstance(answer, Unanswered)
    assert isinstance(answer.error, BudgetSpent)
    assert isinstance(await model.ask(replace(PROMPT, name="find-2"), FindAnswer), Answer)


@pytest.mark.parametrize(
    ("name", "auto"),
    [
        ("openai:gpt-5", True),
        ("anthropic:claude-sonnet-5", True),
        ("openai-chat:llama", False),
        ("scripted:/x", False),
        ("static", False),
    ],
)
def test_who_sees_is_the_provider_s_matter_unless_the_operator_says_so(name: str, auto: bool) -> None:
    assert sees_images(name, Settings()) is auto
    assert sees_images(name, Settings(model_images="off")) is False
    assert sees_images(name, Settings(model_images="on")) is (name != "static")


def test_a_model_is_built_to_see_or_not() -> None:
    for name, sees in (("openai:gpt-5", True), ("openai-chat:x", False)):
        model = build_model(name, Settings())
        assert isinstance(model, MaskedModel)
        assert isinstance(model.inner, HostedModel)
        assert model.inner.sees is sees
