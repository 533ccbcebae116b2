"""The application as a whole: what it refuses to start with, what it shows, what it never loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.errors import SettingsError
from bot.web.app import create_app
from tests.support.inbox import MemoryInbox
from tests.support.webhooks import client_of


@pytest.mark.parametrize("secrets", [[], [b""], [b"good", b""]])
def test_without_a_secret_there_is_no_receiver(secrets: list[bytes]) -> None:
    with pytest.raises(SettingsError, match="AI_REVIEW_GITHUB_WEBHOOK_SECRET"):
        create_app(secrets=secrets, inbox=MemoryInbox())


async def test_the_front_page_says_what_this_is() -> None:
    answer = await client_of(MemoryInbox()).get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "POST /webhooks/github" in answer.text


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_no_description_of_the_interface_is_served(path: str) -> None:
    assert (await client_of(MemoryInbox()).get(path)).status_code == 404


def test_the_receiver_loads_no_github_client_and_no_model() -> None:
    code = (
        "import sys, bot.web.app;"
        "heavy = {'githubkit', 'pydantic_ai', 'openai', 'anthropic', 'unidiff'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
