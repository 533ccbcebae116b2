from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings
from tests.support.scripted import finds, write_script
from workers.models.hosted import HostedModel
from workers.models.masked import MaskedModel
from workers.models.registry import build_model, check_model


def test_static_is_no_model() -> None:
    check_model("static", {})
    assert build_model("static", Settings()) is None


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("openai:gpt-5", "OPENAI_API_KEY"),
        ("openai-chat:x", "OPENAI_API_KEY"),
        ("anthropic:x", "ANTHROPIC_API_KEY"),
    ],
)
def test_a_missing_key_is_named(name: str, variable: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} needs {variable}"):
        check_model(name, {variable: " "})
    check_model(name, {variable: "k"})


@pytest.mark.parametrize(
    "key", ["sk-abc def", "sk-abc\n", " sk-abc", "sk-\u2026", "sk-abc\ndef", "clé", "sk-\x07", "sk\u200b"]
)
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SettingsError, match="OPENAI_API_KEY holds") as caught:
        check_model("openai:gpt-5", {"OPENAI_API_KEY": key})
    assert key not in str(caught.value)


@pytest.mark.parametrize("name", ["gpt-5", "openai:", "openai: ", "bard:x", ""])
def test_an_unknown_name_says_what_is_known(name: str) -> None:
    with pytest.raises(SettingsError, match="openai:NAME, openai-chat:NAME, anthropic:NAME"):
        check_model(name, {"OPENAI_API_KEY": "k"})


def test_a_scripted_model_is_built_from_its_file(tmp_path: Path) -> None:
    name = write_script(tmp_path / "rules.json", [finds()])
    model = build_model(name, Settings())
    assert model is not None
    assert model.name == "scripted"


def test_a_missing_rules_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"rules\.json"):
        build_model(f"scripted:{tmp_path}/rules.json", Settings())


def test_a_wrong_rules_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text('{"rules": [{"answers": 1}]}')
    with pytest.raises(SettingsError, match=r"rules\.json is wrong"):
        build_model(f"scripted:{tmp_path}/rules.json", Settings())


LOADING = """
import os, sys
from bot.settings import Settings
from workers.models.registry import build_model, modules_for

def tell(name):
    libraries = [one for one in ("pydantic_ai", "openai", "anthropic") if one in sys.modules]
    missing = [one for one in modules_for([name, "static"]) if one not in sys.modules]
    print(name, *libraries, "lacks" if missing else "complete", flush=True)

tell("static")
import workers.models.hosted  # what all of them need, once for all
for name in sys.argv[1:]:
    if os.fork() == 0:
        build_model(name, Settings())
        tell(name)
        os._exit(0)
    os.wait()
"""


def test_the_registry_loads_no_provider_and_a_model_only_its_own() -> None:
    keys = {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}
    done = subprocess.run(
        [sys.executable, "-c", LOADING, "openai:x", "openai-chat:x", "anthropic:x"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | keys,
    )
    assert done.stdout.splitlines() == [
        "static complete",
        "openai:x pydantic_ai openai complete",
        "openai-chat:x pydantic_ai openai complete",
        "anthropic:x pydantic_ai anthropic complete",
    ]


def hosted(name: str, settings: Settings) -> HostedModel:
    """The model that asks, behind the one that masks."""
    model = build_model(name, settings)
    assert isinstance(model, MaskedModel)
    assert isinstance(model.inner, HostedModel)
    return model.inner


def test_a_model_asks_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    settings = Settings(model_output="json", model_window=8192)
    for name in ("openai:x", "openai-chat:x"):
        model = hosted(name, settings)
        assert model.modes.for_model({"supports_json_schema_output": True}) == ("json",)
        assert (model.window, model.answer_tokens) == (8192, 8192 // 5)
    usual = hosted("openai-chat:x", Settings())
    assert (usual.window, usual.answer_tokens) == (None, None)
