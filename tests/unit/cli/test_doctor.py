from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.sandbox import Sandbox
from tests.support.commands import Terminal
from tests.support.doctor import lines, set_app
from tests.support.provider_server import ProviderServer, provider_server
from tests.support.sandbox import private_key


def test_with_nothing_set_everything_that_is_missing_is_named(shell: Terminal) -> None:
    done = shell.run("doctor")
    said = lines(done.out)
    assert (done.status, done.err) == (1, "")
    assert said["webhook secret"].startswith("MEND AI_REVIEW_GITHUB_WEBHOOK_SECRET is not set: ")
    assert said["GitHub App"].startswith("MEND AI_REVIEW_GITHUB_APP_ID is not set: ")
    assert "AI_REVIEW_GITHUB_PRIVATE_KEY is not set: " in said["GitHub App"]
    assert said["model"].startswith("ok static")
    assert said["Redis"].startswith("ok AI_REVIEW_REDIS_URL is not set: `up` starts an embedded one")
    assert done.out.endswith("To mend: 2.\n")


@pytest.mark.parametrize(
    ("role", "named"), [("serve", {"webhook secret", "Redis"}), ("work", {"GitHub App", "model", "Redis"})]
)
def test_a_part_is_asked_for_what_it_needs_only(shell: Terminal, role: str, named: set[str]) -> None:
    said = lines(shell.run("doctor", "--for", role).out)
    assert set(said) == named
    assert said["Redis"].startswith("MEND AI_REVIEW_REDIS_URL is not set: ")


def test_one_wrong_value_hides_no_other(shell: Terminal) -> None:
    shell.set(workers="x", github_app_id="1", prot="3")
    out = shell.run("doctor").out
    for name in (
        "WORKERS is wrong",
        "PROT: no such setting",
        "PRIVATE_KEY is not set",
        "WEBHOOK_SECRET is not",
    ):
        assert f"AI_REVIEW_{'GITHUB_' if 'not set' in name or 'is not' in name else ''}{name}" in out


@pytest.fixture
def provider(shell: Terminal) -> Iterator[ProviderServer]:
    with provider_server() as server:
        shell.set(OPENAI_API_KEY="sk-canary", OPENAI_BASE_URL=server.url)
        yield server


def test_with_everything_right_nothing_is_to_mend(
    shell: Terminal, github: Sandbox, valkey_url: str, provider: ProviderServer
) -> None:
    set_app(shell, github)
    shell.set(redis_url=valkey_url, model="openai-chat:gpt-4o", cross_check_model="openai-chat:b")
    done = shell.run("doctor")
    assert lines(done.out) == {
        "webhook secret": "ok 2 set",
        "GitHub App": lines(done.out)["GitHub App"],
        "installations": "ok 1, with every permission",
        "deliveries": "ok GitHub has sent nothing yet",
        "data folder": lines(done.out)["data folder"],
        "model": "ok openai-chat:gpt-4o answers",
        "cross-check model": "ok openai-chat:b answers",
        "Redis": "ok reachable, keeps what it accepts",
    }
    assert lines(done.out)["GitHub App"].startswith("ok ai-review at http://127.0.0.1:")
    assert done.status == 0
    assert done.out.endswith("Everything is set up.\n")
    assert "canary" not in done.out
    assert len(provider.bodies) == 2


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (
            (401, "invalid_api_key"),
            "does not accept the key (status 401, invalid_api_key): check OPENAI_API_KEY",
        ),
        ((404, "model_not_found"), "knows no such model (status 404, model_not_found): check its name"),
        ((429, "insufficient_quota"), "no quota or credit left (status 429, insufficient_quota)"),
    ],
)
def test_a_model_that_refuses_is_named_with_the_reason(
    shell: Terminal, provider: ProviderServer, trouble: tuple[int, str], words: str
) -> None:
    provider.trouble = trouble
    shell.set(model="openai-chat:gpt-4o")
    done = shell.run("doctor", "--for", "work")
    assert lines(done.out)["model"].startswith("MEND openai-chat:gpt-4o: ")
    assert words in lines(done.out)["model"]
    assert done.status == 1
    assert "sk-" not in done.out


def test_a_model_whose_answers_cannot_be_read_is_named(shell: Terminal, provider: ProviderServer) -> None:
    provider.text = "I am ready!"
    shell.set(model="openai-chat:gpt-4o")
    assert "it answers, but in no form that can be read" in shell.run("doctor", "--for", "work").out


def test_a_page_where_a_model_should_be_sends_to_the_address(
    shell: Terminal, provider: ProviderServer
) -> None:
    provider.page = "<html>502 Bad Gateway</html>"
    shell.set(model="openai-chat:gpt-4o")
    said = lines(shell.run("doctor", "--for", "work").out)["model"]
    assert said.startswith("MEND openai-chat:gpt-4o: ")
    assert f"{provider.url}: it answered, but not as" in said
    assert said.endswith("check OPENAI_BASE_URL, and what stands before it, such as a proxy")


def test_a_model_that_was_not_asked_is_not_said_to_answer(shell: Terminal, provider: ProviderServer) -> None:
    shell.set(model="openai-chat:gpt-4o")
    said = lines(shell.run("doctor", "--for", "work", "--no-ask").out)["model"]
    assert said == "ok openai-chat:gpt-4o has what it needs; it was not asked"
    assert provider.bodies == []


@pytest.mark.parametrize("address", ["127.0.0.1:8080/v1", "ftp://models.test", "https://", "http://[::1"])
def test_an_address_of_models_that_is_none_is_named_and_not_repeated(shell: Terminal, address: str) -> None:
    shell.set(model="openai:gpt", OPENAI_API_KEY="k", OPENAI_BASE_URL=address)
    said = lines(shell.run("doctor", "--for", "work").out)["model"]
    assert (
        said
        == "MEND OPENAI_BASE_URL is wrong: write an address with http:// or https://, as in https://HOST/v1."
    )


def test_wrong_things_are_named_each_in_its_line(shell: Terminal, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        shell.set(
            github_app_id="1", github_private_key=str(tmp_path / "nokey.pem"), modle="x", model="openai:gpt",
            cross_check_model="acme:x", redis_url=f"redis://:canary@127.0.0.1:{closed.getsockname()[1]}/0",
        )  # fmt: skip
        done = shell.run("doctor")
    said = lines(done.out)
    assert said["settings"] == "MEND AI_REVIEW_MODLE: no such setting; check the spelling"
    assert said["GitHub App"].startswith("MEND AI_REVIEW_GITHUB_PRIVATE_KEY names a file that cannot be read")
    assert said["model"].startswith("MEND openai:gpt needs OPENAI_API_KEY")
    assert said["cross-check model"].startswith("MEND acme:x is no model")
    assert said["Redis"].startswith("MEND Redis does not answer")
    assert done.status == 1
    assert "canary" not in done.out + done.err


def test_a_value_that_cannot_be_read_is_named(shell: Terminal) -> None:
    shell.set(port="eighty", redis_url="redis://host:abc/0")
    done = shell.run("doctor")
    assert done.status == 1
    assert "AI_REVIEW_PORT is wrong" in done.out
    assert "AI_REVIEW_REDIS_URL is wrong" in done.out


@pytest.mark.parametrize(
    ("wrong", "untried"),
    [
        ({"github_api_url": "github.test/api"}, "GitHub App"),
        ({"redis_url": "redis://host:abc/0"}, "Redis"),
        ({"model": "gpt-5"}, "model"),
        ({"model_prices": "gpt-5"}, "model"),
    ],
)
def test_what_a_wrong_setting_is_about_is_not_tried_with_its_default(
    shell: Terminal, wrong: dict[str, str], untried: str
) -> None:
    shell.set(github_app_id="1", github_private_key=private_key(), github_webhook_secret="one", **wrong)
    done = shell.run("doctor")
    name = f"AI_REVIEW_{next(iter(wrong)).upper()}"
    assert lines(done.out)["settings"].startswith(f"MEND {name} is wrong: ")
    assert lines(done.out)[untried] == f"skip not tried before {name} is mended"
    assert done.status == 1


def test_authorities_that_cannot_be_read_are_named_and_nobody_is_asked(
    shell: Terminal, github: Sandbox, provider: ProviderServer
) -> None:
    set_app(shell, github)
    shell.set(SSL_CERT_FILE="/no/such/file.pem", model="openai-chat:gpt-4o")
    said = lines(shell.run("doctor").out)
    assert said["settings"].startswith("MEND SSL_CERT_FILE is wrong: ")
    assert said["GitHub App"] == said["model"] == "skip not tried before SSL_CERT_FILE is mended"
    assert (github.calls, provider.bodies) == ([], [])


def test_a_password_that_redis_does_not_accept_is_named(shell: Terminal, valkey_url: str) -> None:
    shell.set(redis_url=valkey_url.replace("unix://", "unix://nobody:canary@"))
    done = shell.run("doctor", "--for", "serve")
    assert lines(done.out)["Redis"].startswith("MEND Redis does not accept the name or password (")
    assert "check those in AI_REVIEW_REDIS_URL" in lines(done.out)["Redis"]
    assert "canary" not in done.out


@pytest.mark.parametrize("folder", ["/proc/x", "/dev/null", "/dev/null/deep"])
def test_a_data_folder_that_cannot_be_written_is_named(shell: Terminal, folder: str) -> None:
    shell.set(data_dir=folder)
    said = lines(shell.run("doctor").out)["data folder"]
    assert said.startswith("MEND AI_REVIEW_DATA_DIR cannot be used (")
    assert f"{folder} must be a folder that this user may write" in said


def test_a_data_folder_that_nothing_is_kept_in_is_not_looked_at(shell: Terminal, valkey_url: str) -> None:
    shell.set(data_dir="/proc/x", redis_url=valkey_url)
    assert "data folder" not in lines(shell.run("doctor").out)


def test_a_github_that_does_not_answer_is_named(shell: Terminal, github: Sandbox) -> None:
    set_app(shell, github)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        shell.set(github_api_url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        said = lines(shell.run("doctor").out)["GitHub App"]
    assert said.startswith("MEND ")
    assert said.endswith("; check AI_REVIEW_GITHUB_API_URL and the network")


def test_nothing_is_changed_anywhere(shell: Terminal, github: Sandbox, tmp_path: Path) -> None:
    set_app(shell, github)
    data = tmp_path / "deep" / "data"
    shell.set(data_dir=str(data))
    shell.run("doctor")
    assert github.wait_until(lambda: len(github.calls) == 3)
    paths = ["/app", "/app/installations", "/app/hook/deliveries"]
    assert [(call.method, call.path.partition("?")[0]) for call in github.calls] == [
        ("GET", path) for path in paths
    ]
    assert not data.exists()


def test_a_budget_that_could_not_hold_is_named(shell: Terminal) -> None:
    shell.set(model="openai-chat:home-grown", OPENAI_API_KEY="k", budget_usd_per_review="1")
    said = lines(shell.run("doctor", "--for", "work").out)["model"]
    assert said.startswith(
        "MEND A budget in dollars is set, but the price of openai-chat:home-grown is not known"
    )
    shell.set(model_prices="home-grown=0.1/0.4")
    assert lines(shell.run("doctor", "--for", "work", "--no-ask").out)["model"].startswith("ok ")


def test_models_that_policies_may_choose_are_tried_too(shell: Terminal) -> None:
    shell.set(allowed_models="static,openai:gpt")
    done = shell.run("doctor", "--for", "work")
    said = [line for line in done.out.splitlines() if "model that policies may choose" in line]
    assert [line.split()[0] for line in said] == ["ok", "MEND"]
    assert "openai:gpt needs OPENAI_API_KEY" in said[1]


@pytest.mark.parametrize(
    "proxy",
    [
        "socks9://user:canary@proxy.test",
        "socks5://user:canary@proxy.test",
        "canary:3128",
        "http://[::canary",
        "http://",
    ],
)
@pytest.mark.parametrize("model", ["openai-chat:gpt-4o", "openai:gpt-4o", "anthropic:claude-x"])
def test_a_proxy_that_cannot_be_used_is_named_and_not_repeated(
    shell: Terminal, github: Sandbox, monkeypatch: pytest.MonkeyPatch, proxy: str, model: str
) -> None:
    set_app(shell, github)
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    shell.set(model=model, github_api_url="https://github.test/api/v3")
    shell.set(OPENAI_API_KEY="k", ANTHROPIC_API_KEY="k", HTTPS_PROXY=proxy, NO_PROXY="")
    done = shell.run("doctor", "--for", "work")
    wrong = "HTTPS_PROXY is wrong: write an address with http:// or https://, as in http://HOST:3128."
    said = lines(done.out)
    assert (said["GitHub App"], said["model"]) == (f"MEND {wrong}", f"MEND {model}: {wrong}")
    assert (done.status, done.err) == (1, "")
    assert "canary" not in done.out
