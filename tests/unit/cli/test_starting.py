"""What `serve`, `work` and `up` want before they start."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.support.commands import Terminal
from tests.support.sandbox import private_key
from workers.cli.common import settings_with, start_logging
from workers.cli.stack import _for_receiver

REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture
def ready(shell: Terminal, tmp_path: Path) -> Terminal:
    """Everything is set."""
    key = tmp_path / "key.pem"
    key.write_text(private_key())
    shell.set(
        github_webhook_secret="x", redis_url=REDIS, github_app_id="1", github_private_key=str(key),
        data_dir=str(tmp_path / "data"), port="0",
    )  # fmt: skip
    return shell


@pytest.mark.parametrize(
    ("command", "lacking"),
    [
        ("serve", ["github_webhook_secret"]),
        ("serve", ["redis_url"]),
        ("serve", ["github_webhook_secret", "redis_url"]),
        ("work", ["redis_url"]),
        ("work", ["github_app_id"]),
        ("work", ["github_private_key"]),
        ("up", ["github_webhook_secret"]),
        ("up", ["github_app_id"]),
        ("up", ["github_private_key"]),
    ],
)
def test_a_missing_setting_is_named_with_how_to_get_it(
    ready: Terminal, command: str, lacking: list[str]
) -> None:
    names = [f"AI_REVIEW_{name.upper()}" for name in lacking]
    for name in names:
        ready.patch.delenv(name)
    complaint = ready.run(command).complaint
    for name in names:
        assert f"{name} is not set: " in complaint


@pytest.mark.parametrize("command", ["work", "up"])
@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("model", "openai:gpt", "needs OPENAI_API_KEY"),
        ("cross_check_model", "anthropic:x", "needs ANTHROPIC_API_KEY"),
        ("github_private_key", "/no/such/key.pem", "names a file that cannot be read"),
        ("workers", "0", "AI_REVIEW_WORKERS is wrong"),
    ],
)
def test_what_a_worker_cannot_use_is_said_before_it_starts(
    ready: Terminal, command: str, setting: str, value: str, words: str
) -> None:
    ready.set(**{setting: value})
    assert words in ready.run(command).complaint


def test_a_service_says_that_a_setting_is_misspelt(
    ready: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    ready.set(budget_usd_per_revue="1", service_host="10.0.0.1")
    start_logging(settings_with(), service=True)
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["level"] == "WARNING"
    assert "AI_REVIEW_BUDGET_USD_PER_REVUE: no such setting" in line
    assert "SERVICE_HOST" not in line


@pytest.mark.parametrize(
    ("command", "misspelt"),
    [
        ("work", "github_app_idd"),
        ("serve", "redis_urll"),
        ("up", "github_webhook_secrett"),
        ("sweep", "github_app_idd"),
    ],
)
def test_a_misspelt_setting_is_named_beside_the_one_that_is_missing_then(
    ready: Terminal, command: str, misspelt: str
) -> None:
    ready.patch.delenv(f"AI_REVIEW_{misspelt[:-1].upper()}")
    ready.set(**{misspelt: "1"})
    done = ready.run(command)
    assert (done.status, done.out) == (64, "")
    named, complaint = done.err.splitlines()
    assert f"AI_REVIEW_{misspelt.upper()}: no such setting" in named
    assert complaint.startswith(f"ai-review: AI_REVIEW_{misspelt[:-1].upper()} is not set: ")


@pytest.mark.parametrize("command", ["serve", "up"])
def test_a_taken_port_is_one_sentence(ready: Terminal, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        complaint = ready.run(command, "--port", str(port)).complaint
    assert complaint == (
        f"ai-review: Cannot listen on 127.0.0.1:{port} (Address already in use): "
        "choose another with --host and --port\n"
    )


@pytest.mark.parametrize("command", ["serve", "up"])
def test_an_address_that_is_not_ours_is_one_sentence(ready: Terminal, command: str) -> None:
    assert "Cannot listen on 192.0.2.1:0" in ready.run(command, "--host", "192.0.2.1").complaint


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
@pytest.mark.parametrize(
    "command", [("up",), ("work",), ("pr", "o/r#1"), ("review", "--model", "openai:gpt"), ("demo",)], ids=str
)
def test_authorities_that_cannot_be_read_are_one_sentence(
    ready: Terminal, tmp_path: Path, command: tuple[str, ...], content: bytes | None
) -> None:
    file = tmp_path / "company.pem"
    if content is not None:
        file.write_bytes(content)
    ready.set(SSL_CERT_FILE=str(file), OPENAI_API_KEY="k", GITHUB_TOKEN="t")
    assert "SSL_CERT_FILE is wrong: name a file of certificates " in ready.run(*command).complaint


def test_a_data_folder_that_cannot_be_used_is_one_sentence(ready: Terminal, tmp_path: Path) -> None:
    ready.patch.delenv("AI_REVIEW_REDIS_URL")
    (tmp_path / "file").write_text("")
    ready.set(data_dir=str(tmp_path / "file"))
    assert "AI_REVIEW_DATA_DIR cannot be used (Not a directory)" in ready.run("up").complaint


@pytest.mark.parametrize("arguments", [["--repo", "x"], ["--range", "a..b"]])
def test_a_demo_of_half_a_change_is_one_sentence(shell: Terminal, arguments: list[str]) -> None:
    assert "belong together" in shell.run("demo", *arguments).complaint


def test_the_receiver_gets_what_it_needs_and_nothing_worth_stealing() -> None:
    secrets = {
        "AI_REVIEW_GITHUB_PRIVATE_KEY", "AI_REVIEW_GITHUB_TOKEN", "GITHUB_TOKEN", "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY", "AI_REVIEW_DASHBOARD_TOKEN", "AWS_SECRET_ACCESS_KEY",
        "HOMEBREW_GITHUB_API_TOKEN",
    }  # fmt: skip
    kept = dict.fromkeys(
        (
            "PATH", "HOME", "LC_ALL", "PYTHONPATH", "AI_REVIEW_GITHUB_WEBHOOK_SECRET", "AI_REVIEW_REDIS_URL",
            "AI_REVIEW_PUSH_SPACING", "AI_REVIEW_PUSH_QUIET",
        ),
        "x",
    )  # fmt: skip
    assert _for_receiver(dict.fromkeys(secrets, "x") | kept) == kept
