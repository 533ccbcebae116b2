"""What `ai-review doctor` asks GitHub about the App: itself, where it is installed, and what was delivered.

What is *not* here: printing (workers.cli.doctor). Nothing is changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec

from bot.errors import AccessLost, SettingsError
from bot.github.client import GitHub, connect
from bot.github.deliveries import Delivery, newest_deliveries
from bot.github.tokens import refused_key
from bot.settings import Settings
from workers.cli.common import required_app
from workers.connecting import app_key
from workers.sweep import EVENTS, ON_PURPOSE

_MOST_INSTALLATIONS: Final = 100
_MOST_DELIVERIES: Final = 30
_NAMED: Final = 5
_MANIFEST: Final = "deploy/github-app-manifest.json"
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "contents": ("read", "write"),
        "issues": ("read", "write"),
        "pull_requests": ("write",),
        "checks": ("write",),
    }
)
_EVENTS: Final = (
    "pull_request",
    "issue_comment",
    "pull_request_review_comment",
    "pull_request_review_thread",
)
"""Those that are subscribed to; GitHub sends *Re-run* to every App that may write checks."""
_ANSWERS: Final[Mapping[int, str]] = MappingProxyType(
    {
        401: "AI_REVIEW_GITHUB_WEBHOOK_SECRET is not the secret on the App's page",
        404: "the webhook's address on the App's page must end with /webhooks/github",
        413: "the body was larger than the proxy in front of the receiver takes (nginx: client_max_body_size"
        " 25m); let it take 25 MB as the receiver does, since GitHub sends up to that",
        415: "the webhook's content type on the App's page must be application/json",
        503: "the receiver's /readyz says what it lacks",
    }
)

_UNREACHED: Final = "mend the webhook's address on the App's page, or the proxy in front of the receiver"


class _App(msgspec.Struct):
    slug: str = ""
    permissions: dict[str, str] = {}
    events: list[str] = []


class _Account(msgspec.Struct):
    login: str = ""


class _Installed(msgspec.Struct):
    account: _Account | None = None
    permissions: dict[str, str] = {}
    suspended_at: str | None = None

    @property
    def owner(self) -> str:
        return self.account.login if self.account else "an enterprise"


@dataclass(frozen=True, slots=True)
class AppSeen:
    """The App as GitHub shows it to itself. Each method says what was found, or raises SettingsError.

    Attributes:
        address: of GitHub's API.
        deliveries: the last ones, newest first; None where this GitHub does not list them.
    """

    address: str
    app: _App
    installations: Sequence[_Installed]
    deliveries: Sequence[Delivery] | None

    def itself(self) -> str:
        """Its permissions and the events that it subscribes to."""
        lacks = []
        if names := _lacking(self.app.permissions):
            lacks.append(f"permissions ({', '.join(names)})")
        if events := [event for event in _EVENTS if event not in self.app.events]:
            lacks.append(f"events ({', '.join(events)})")
        if lacks:
            raise SettingsError(
                f"The App {self.app.slug} lacks {' and '.join(lacks)}: give it those that {_MANIFEST} lists"
            )
        return f"{self.app.slug} at {self.address}"

    def installed(self) -> str:
        """Whether it is at work anywhere, with what it needs."""
        if not self.installations:
            raise SettingsError("The App is installed nowhere: install it on the repositories to review")
        working = [one for one in self.installations if one.suspended_at is None]
        asleep = [one.owner for one in self.installations if one.suspended_at is not None]
        told = f"; suspended by {_some(asleep)}" if asleep else ""
        if not working:
            raise SettingsError(f"The App works nowhere{told}: only they can end that")
        if behind := [one.owner for one in working if _lacking(one.permissions)]:
            raise SettingsError(
                f"{_some(behind)} did not accept every permission of the App yet: an owner has to, on the"
                " installation's page"
            )
        more = " at least" if len(self.installations) == _MOST_INSTALLATIONS else ""
        return f"{len(working)}{more}, with every permission{told}"

    def delivered(self) -> str:
        """Whether events reach the receiver: the last one decides."""
        if self.deliveries is None:
            return "this GitHub does not list them"
        if not self.deliveries:
            return "GitHub has sent nothing yet"
        last, failed = self.deliveries[0], sum(not one.was_taken for one in self.deliveries)
        words = f"the last one ({last.event}, {last.delivered_at:%Y-%m-%d %H:%M} UTC)"
        if last.was_taken:
            return f"{words} was accepted, {len(self.deliveries) - failed} of the last {len(self.deliveries)}"
        raise SettingsError(
            f"{words} {_failure(last)}; {failed} of the last {len(self.deliveries)} failed:"
            f" {_ANSWERS.get(last.status_code, _UNREACHED)}{_again(last)}"
        )


def look_at_app(settings: Settings) -> AppSeen:
    """Ask GitHub, in three requests.

    Raises:
        SettingsError: id, key or address have to be mended.
        GitHubError: it does not answer, or not to us.
    """
    required_app(settings)
    return asyncio.run(_ask(settings))


async def _ask(settings: Settings) -> AppSeen:
    async with connect(app_key(settings), settings.github_api_url) as github:
        try:
            app = await github.get("/app", _App)
        except AccessLost as error:
            raise _refusal(error) from error
        page = {"per_page": _MOST_INSTALLATIONS}
        installations = await github.get("/app/installations", list[_Installed], page)
        return AppSeen(settings.github_api_url, app, installations, await _deliveries(github))


async def _deliveries(github: GitHub) -> list[Delivery] | None:
    try:
        return await newest_deliveries(github, _MOST_DELIVERIES)
    except AccessLost:  # an older server
        return None


def _refusal(error: AccessLost) -> Exception:
    """What has to be mended where GitHub, or what stands at its address, does not show us our App."""
    known = refused_key(error)
    if error.status != 404 or known is not error:
        return known
    return SettingsError(
        f"{error}: no API of GitHub answers there; check AI_REVIEW_GITHUB_API_URL, which is"
        " https://HOST/api/v3 for a server of your own"
    )


def _lacking(permissions: Mapping[str, str]) -> list[str]:
    return [name for name, levels in _NEEDS.items() if permissions.get(name) not in levels]


def _failure(one: Delivery) -> str:
    return f"was answered with {one.status_code}" if one.status_code else "got no answer"


def _again(one: Delivery) -> str:
    """How it comes once more, where it leads to work: only what was refused on purpose is left to people."""
    if one.event not in EVENTS:
        return ""
    if one.status_code in ON_PURPOSE:
        return ", then redeliver it on the App's page, Advanced"
    return ", then the workers have it delivered again, `ai-review sweep` at once"


def _some(names: Iterable[str]) -> str:
    """The first of them, and how many more there are."""
    all_names = sorted(names)
    more = len(all_names) - _NAMED
    return ", ".join(all_names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
