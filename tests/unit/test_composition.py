from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.finding import is_rule
from bot.github.client import connect
from bot.settings import Settings
from tests.support.pull_requests import a_pull_request
from workers.analysers.sarif import SarifHits
from workers.composition import FIXED_TOKENS, build_engine, limits_of
from workers.connecting import code_of_pull
from workers.context.fetched import FetchedTexts
from workers.context.github_code import GitHubCode
from workers.models.registry import ANSWER_SHARE, PROVIDERS
from workers.ports import CodeBase
from workers.review.change import Limits


@pytest.mark.parametrize("window", [8192, 16_384, 32_768, 200_000, 1_000_000])
def test_a_question_and_its_answer_fit_into_the_window(window: int) -> None:
    limits = limits_of(Settings(model_window=window))
    answer = min(16_000, window // ANSWER_SHARE)
    assert limits.bundle_tokens >= 900
    assert FIXED_TOKENS + limits.bundle_tokens + limits.related_tokens + answer <= window


def test_a_small_window_has_less_room_for_wishes_and_pictures() -> None:
    small, middle = limits_of(Settings(model_window=8192)), limits_of(Settings(model_window=32_768))
    assert (small.images, middle.images) == (0, 2)
    assert small.policy_tokens < middle.policy_tokens < Limits().policy_tokens


def test_the_engine_knows_whether_its_model_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    for name, setting, sees in (
        ("openai:gpt-5", "auto", True),
        ("openai:gpt-5", "off", False),
        ("openai-chat:x", "auto", False),
        ("openai-chat:x", "on", True),
        ("static", "on", False),
    ):
        settings = Settings.model_validate({"model": name, "model_images": setting})
        assert build_engine(settings, FetchedTexts({})).sees_images is sees


def test_what_an_analyser_says_counts_as_said_by_a_rule_and_what_a_model_says_does_not() -> None:
    analysers = build_engine(Settings(), FetchedTexts({}), reports=(SarifHits(()),)).analysers
    assert all(is_rule(f"{analyser.name}:R1") for analyser in analysers)
    assert not any(is_rule(f"{provider}:m1") for provider in PROVIDERS)


def test_a_large_window_changes_nothing() -> None:
    assert limits_of(Settings(model_window=200_000)) == limits_of(Settings())
    assert limits_of(Settings()).bundle_tokens == Limits().bundle_tokens


def test_a_part_of_the_deadline_is_kept_for_posting() -> None:
    assert limits_of(Settings(review_deadline=900)).deadline == 840
    assert limits_of(Settings(review_deadline=60)).deadline == 30


async def test_code_around_a_change_is_for_models_and_comes_by_git_given_room(
    tmp_path: Path,
) -> None:
    async with connect("t", "http://127.0.0.1:1") as github:

        async def code_with(**changed: object) -> CodeBase | None:
            settings = Settings.model_validate({"data_dir": tmp_path, "model": "openai:x", **changed})
            async with code_of_pull(settings, github, a_pull_request(), FetchedTexts({})) as code:
                return code

        assert await code_with(model="static") is None
        assert isinstance(await code_with(repository_cache_mb=0), GitHubCode)
        assert not isinstance(await code_with(), GitHubCode | None)
