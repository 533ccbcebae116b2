from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.errors import SettingsError
from bot.settings import ModelPrice, Settings, load_settings, unknown_variables, variable

EXAMPLES: dict[str, tuple[str, Any]] = {
    "github_app_id": ("123", "123"),
    "github_private_key": ("/etc/key.pem", SecretStr("/etc/key.pem")),
    "github_webhook_secret": (" new , old,", (SecretStr("new"), SecretStr("old"))),
    "github_api_url": ("https://ghe.example.org/api/v3", "https://ghe.example.org/api/v3"),
    "github_token": ("ghp_x", SecretStr("ghp_x")),
    "redis_url": ("rediss://:pw@cache:6380/1", "rediss://:pw@cache:6380/1"),
    "data_dir": ("/var/lib/review", Path("/var/lib/review")),
    "host": ("::1", "::1"),
    "port": ("0", 0),
    "workers": ("7", 7),
    "model": ("openai-chat:some/model:8b", "openai-chat:some/model:8b"),
    "cross_check_model": ("anthropic:x", "anthropic:x"),
    "allowed_models": ("openai:a, static,", ("openai:a", "static")),
    "model_timeout": ("2.5", 2.5),
    "model_concurrency": ("3", 3),
    "model_output": ("json", "json"),
    "model_images": ("off", "off"),
    "passes": ("3", 3),
    "max_passes": ("2", 2),
    "votes": ("3", 3),
    "model_window": ("16384", 16384),
    "model_prices": (
        "openai-chat:a=b=0.5/2, my/model:8b = 3/0.3/15,",
        {"openai-chat:a=b": ModelPrice(0.5, 0.5, 2), "my/model:8b": ModelPrice(3, 0.3, 15)},
    ),
    "review_deadline": ("60", 60.0),
    "push_spacing": ("60", 60.0),
    "push_quiet": ("0", 0.0),
    "retry_delays": ("1, 20,300", (1, 20, 300)),
    "repository_cache_mb": ("0", 0),
    "repository_mb": ("50", 50),
    "budget_usd_per_review": ("0.5", 0.5),
    "budget_usd_per_repo_day": ("0", 0.0),
    "budget_tokens_per_review": ("50000", 50000),
    "dashboard_token": (" t ", SecretStr("t")),
    "log_level": ("DEBUG", "DEBUG"),
}
WRONG = {
    "github_api_url": [
        "api.github.com",
        "http://host:abc",
        "http://host:99999",
        "http://host:0",
        "http://[::1",
    ],
    "redis_url": ["localhost:6379", "http://x", "redis://host:abc/0"],
    "data_dir": ["~nobody-of-this-name/x"],
    "port": ["abc", "-1", "65536", "8000.5"],
    "workers": ["0", "65", "two"],
    "model": ["gpt-5", "OpenAI:x", "openai:"],
    "cross_check_model": ["static", "x"],
    "allowed_models": ["gpt-5", "openai:a,b"],
    "model_timeout": ["0", "-1", "nan", "inf", "2 s"],
    "model_concurrency": ["0"],
    "model_output": ["xml", "JSON"],
    "model_images": ["yes", "ON"],
    "passes": ["0", "5", "many"],
    "max_passes": ["0", "5"],
    "votes": ["0", "10", "all"],
    "model_window": ["0", "4096", "many"],
    "model_prices": ["x", "x=1", "=1/2", "x=1/2/3/4", "x=a/b", "x=-1/2", "x=1/inf", "x=nan/1"],
    "review_deadline": ["0", "inf"],
    "push_spacing": ["-1", "3601", "1 h"],
    "push_quiet": ["-1", "61", "3 s"],
    "retry_delays": ["1,x", "-5", "60;300"],
    "repository_cache_mb": ["-1", "2 GB"],
    "repository_mb": ["0"],
    "budget_usd_per_review": ["-1", "$5"],
    "budget_usd_per_repo_day": ["-0.5"],
    "budget_tokens_per_review": ["-1", "1.5"],
    "log_level": ["debug", "LOUD"],
}


def test_there_is_an_example_of_every_field() -> None:
    assert set(EXAMPLES) == set(Settings.model_fields)


@pytest.mark.parametrize("field", EXAMPLES)
def test_every_field_is_read_from_its_variable_and_from_no_other(field: str) -> None:
    text, value = EXAMPLES[field]
    assert variable(field) == f"AI_REVIEW_{field.upper()}"
    assert load_settings({variable(field): text}) == Settings(**{field: value})
    assert load_settings({variable(field): text}) != Settings()
    assert (
        load_settings({field: text, variable(field).lower(): text, f"X_{variable(field)}": text})
        == Settings()
    )


@pytest.mark.parametrize("field", EXAMPLES)
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_counts_as_unset(field: str, empty: str) -> None:
    assert load_settings({variable(field): empty}) == Settings()


def test_the_defaults_are_those_that_are_documented() -> None:
    settings = load_settings({})
    assert settings.github_api_url == "https://api.github.com"
    assert settings.redis_url is None
    assert settings.data_path == Path.home() / ".local/share/ai-review"
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 2)
    assert (settings.model, settings.cross_check_model) == ("static", None)
    assert (settings.allowed_models, settings.max_passes) == ((), 4)
    assert (settings.model_timeout, settings.model_concurrency) == (120, 8)
    assert (settings.review_deadline, settings.retry_delays) == (900, (60, 300, 1800))
    assert (settings.push_spacing, settings.push_quiet) == (10, 3)
    assert (settings.budget_usd_per_review, settings.dashboard_token) == (None, None)
    assert settings.log_level == "INFO"


def test_a_plain_github_token_serves_where_ours_is_not_set() -> None:
    assert load_settings({"GITHUB_TOKEN": " plain\n"}).github_token == SecretStr("plain")
    both = {"GITHUB_TOKEN": "plain", "AI_REVIEW_GITHUB_TOKEN": "ours"}
    assert load_settings(both).github_token == SecretStr("ours")
    assert load_settings({"GITHUB_TOKEN": " "}).github_token is None


def test_an_empty_list_of_delays_means_no_further_try() -> None:
    assert load_settings({"AI_REVIEW_RETRY_DELAYS": ","}).retry_delays == ()


@pytest.mark.parametrize(
    ("field", "text"), [(field, text) for field, texts in WRONG.items() for text in texts]
)
def test_a_wrong_value_is_one_sentence_that_names_the_variable(field: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({variable(field): text, variable("github_app_id"): "1"})
    sentence = str(caught.value)
    assert sentence.startswith(f"{variable(field)} is wrong: ")
    assert sentence.count("AI_REVIEW_") == 1
    assert "\n" not in sentence
    assert not re.search(r"pattern|\^|\(\?|value error", sentence, re.IGNORECASE)


def test_every_wrong_variable_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({variable(field): texts[0] for field, texts in WRONG.items()})
    assert set(re.findall(r"AI_REVIEW_\w+", str(caught.value))) == set(map(variable, WRONG))


def test_no_secret_shows_in_errors_or_in_the_settings_as_text() -> None:
    fields = ("github_private_key", "github_webhook_secret", "github_token", "dashboard_token")
    values = {variable(field): "canary-value" for field in fields}
    settings = load_settings(values)
    assert "canary" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    with pytest.raises(SettingsError) as caught:
        load_settings(
            values | {"AI_REVIEW_REDIS_URL": "http://:canary-value@host", "AI_REVIEW_PORT": "canary-value"}
        )
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8000", "udp://10.0.0.1:8000", "tcp://[fd00::1]:8000"])
def test_the_address_that_kubernetes_invents_for_a_service_of_our_name_is_no_port(address: str) -> None:
    assert load_settings({"AI_REVIEW_PORT": address}) == Settings()
    with pytest.raises(SettingsError, match="AI_REVIEW_PORT is wrong"):
        load_settings({"AI_REVIEW_PORT": "10.0.0.1:8000"})
    with pytest.raises(SettingsError, match="AI_REVIEW_WORKERS is wrong"):
        load_settings({"AI_REVIEW_WORKERS": address})


def test_what_kubernetes_invents_for_a_service_of_our_name_is_no_misspelt_setting() -> None:
    names = (
        "AI_REVIEW_SERVICE_HOST",
        "AI_REVIEW_SERVICE_PORT_HTTP",
        "AI_REVIEW_PORT_6379_TCP",
        "AI_REVIEW_PORT_6379_TCP_ADDR",
    )
    assert unknown_variables(dict.fromkeys(names, "x")) == ()
    assert unknown_variables({"AI_REVIEW_PORTS": "x", "AI_REVIEW_SERVICE": "x"}) != ()


def test_a_port_is_invented_where_it_is_an_address_or_stands_beside_its_host() -> None:
    name = "AI_REVIEW_REDIS_PORT"
    assert unknown_variables({name: "1"}) == (name,)
    assert unknown_variables({name: "1", "AI_REVIEW_SERVICE_HOST": "10.0.0.1"}) == (name,)
    assert unknown_variables({name: "tcp://10.0.0.1:6379"}) == ()
    assert unknown_variables({name: "udp://10.0.0.1:6379"}) == ()
    assert unknown_variables({name: "1", "AI_REVIEW_REDIS_SERVICE_HOST": "10.0.0.1"}) == ()


def test_unknown_variables_are_listed_and_left_alone() -> None:
    environment = {
        "AI_REVIEW_MODLE": "x",
        "AI_REVIEW_HOSTS": "10.0.0.1",
        "AI_REVIEW_TEST_DATA": "x",
        "AI_REVIEW_MODEL": "static",
        "PATH": "/bin",
    }
    assert unknown_variables(environment) == ("AI_REVIEW_HOSTS", "AI_REVIEW_MODLE")
    assert load_settings(environment) == Settings()


def test_settings_cannot_be_changed_and_take_no_unknown_field() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]
    with pytest.raises(ValueError, match="nonsense"):
        Settings(nonsense=1)  # type: ignore[call-arg]
