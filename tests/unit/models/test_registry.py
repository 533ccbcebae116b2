from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings
from tests.support.scripted import finds, write_script
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


def test_the_registry_loads_no_provider() -> None:
    code = (
        "import sys, workers.models.registry\n"
        "print([m for m in ('pydantic_ai', 'openai', 'anthropic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
