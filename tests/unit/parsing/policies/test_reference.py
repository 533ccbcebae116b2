from __future__ import annotations

from dataclasses import fields

from bot.domain.in_force import KEY_OF_FIELD
from bot.domain.policy import Learning, Policy, Triggers
from bot.parsing.policies import mistakes_in
from bot.parsing.policies.keys import PolicyFile
from bot.parsing.policies.reference import EXAMPLE, entries, reference
from tests.support.golden import check_golden

TOP = {entry.name for entry in entries() if "." not in entry.name}
ALL = {entry.name for entry in entries()}


def test_the_page_in_the_repository_is_what_the_type_says() -> None:
    check_golden("../../deploy/policy.md", reference())


def test_the_example_has_no_mistake() -> None:
    assert mistakes_in(EXAMPLE) == ()
    assert EXAMPLE.startswith("# yaml-language-server: $schema=")


def test_every_key_has_an_entry_with_its_default_and_its_meaning() -> None:
    assert set(PolicyFile.model_fields) == TOP
    for entry in entries():
        assert entry.takes, entry
        assert entry.default, entry
        assert entry.meaning[0].isupper(), entry
        assert entry.meaning.endswith("."), entry
        assert f"| `{entry.name}` | {entry.takes} | {entry.default} | {entry.meaning} |\n" in reference()
    assert "|" not in "".join(f"{entry.takes}{entry.default}{entry.meaning}" for entry in entries())


def test_every_field_of_a_policy_is_set_by_some_key() -> None:
    names = (KEY_OF_FIELD.get(field.name, field.name) for field in fields(Policy))
    assert {name.partition(".")[0] for name in names} == TOP - {"version"}
    assert {f"triggers.{field.name}" for field in fields(Triggers)} <= ALL
    assert {f"learning.{field.name}" for field in fields(Learning)} <= ALL


def test_keys_below_lists_are_told_from_keys_below_mappings() -> None:
    assert {"rules[].id", "instructions[].path", "triggers.pause_after.pushes", "languages.off"} <= ALL


def test_defaults_are_the_policys() -> None:
    default = {entry.name: entry.default for entry in entries()}
    assert (default["max_comments"], default["drafts"]) == (f"`{Policy().max_comments}`", "`false`")
    assert (default["triggers.push"], default["ignore"]) == ("`every`", "`[]`")
    assert (default["rules[].id"], default["budget_usd"], default["categories"]) == (
        "needed",
        "not set",
        "as below",
    )
