from __future__ import annotations

import httpx2
import pytest

from tests.support.provider_server import provider_server
from workers.models.network import open_network


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def test_a_model_is_asked_through_the_operators_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with provider_server() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        async with httpx2.AsyncClient(transport=open_network()()) as http:
            answer = await http.post("http://models.invalid/v1", json={"asked": True})
    assert answer.status_code == 200
    assert proxy.bodies == [{"asked": True}]


async def test_a_model_on_this_machine_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with provider_server() as server:
        async with httpx2.AsyncClient(transport=open_network()()) as http:
            answer = await http.post(server.url, json={})
    assert answer.status_code == 200
