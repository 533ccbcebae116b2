"""Routes that an App calls as itself, with its JWT."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.api.routing import Call, json_answer, route
from bot.sandbox.auth import mint
from bot.sandbox.errors import ApiError, not_found
from bot.sandbox.shapes import accounts, hooks
from bot.sandbox.shapes.base import iso
from bot.sandbox.state import Delivery, Installation
from bot.sandbox.world import World


def routes(world: World) -> list[Route]:
    """The App's own routes."""
    return [
        *route(world, "GET", "/app", get_app),
        *route(world, "GET", "/app/installations", list_installations),
        *route(world, "GET", "/app/installations/{id}", get_installation),
        *route(world, "POST", "/app/installations/{id}/access_tokens", create_token),
        *route(world, "GET", "/repos/{owner}/{repo}/installation", repository_installation),
        *route(world, "GET", "/app/hook/deliveries", list_deliveries),
        *route(world, "GET", "/app/hook/deliveries/{id}", get_delivery),
        *route(world, "POST", "/app/hook/deliveries/{id}/attempts", redeliver),
    ]


def get_app(call: Call) -> Response:
    """The App itself."""
    return json_answer(accounts.own_app(call.links, call.app(), len(_mine(call))))


def list_installations(call: Call) -> Response:
    """Where the App is installed."""
    return call.page(_mine(call), lambda one: accounts.installation(call.links, one))


def get_installation(call: Call) -> Response:
    """One installation."""
    return json_answer(accounts.installation(call.links, _installation(call)))


def create_token(call: Call) -> Response:
    """Mint an installation token."""
    world = call.world
    token = mint(world.state, _installation(call), call.body, world.clock(), world.limits.token_seconds)
    selection = "all" if token.installation and token.installation.repository_ids is None else "selected"
    answer = {
        "token": token.text,
        "expires_at": iso(token.expires_at or 0),
        "permissions": token.permissions,
        "repository_selection": "selected" if token.repository_ids is not None else selection,
    }
    return json_answer(answer, 201)


def repository_installation(call: Call) -> Response:
    """The App's installation that covers a repository."""
    app = call.app()
    repository = call.find_repository()
    if repository is not None:
        for one in call.world.state.installations_on(repository):
            if one.app is app:
                return json_answer(accounts.installation(call.links, one))
    raise not_found()


def list_deliveries(call: Call) -> Response:
    """What was sent to me, newest first. Pages go by `cursor`, the id of the last one seen."""
    app, cursor = call.app(), call.query.get("cursor")
    sent = [one for one in call.world.state.deliveries if one.app is app and one.is_done]
    if cursor is not None:
        sent = [one for one in sent if one.id < _cursor(cursor)]
    sent.reverse()
    shown = sent[: call.page_size()]
    answer = JSONResponse([hooks.delivery_item(one) for one in shown])
    if len(sent) > len(shown):
        further = {**call.query, "cursor": shown[-1].id}
        answer.headers["link"] = f'<{call.url}?{urlencode(further)}>; rel="next"'
    return answer


def get_delivery(call: Call) -> Response:
    """One delivery with its payload."""
    return json_answer(hooks.delivery(_delivery(call)))


def redeliver(call: Call) -> Response:
    """Send a delivery once more."""
    call.world.webhooks.redeliver(_delivery(call))
    return json_answer({}, 202)


def _cursor(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ApiError(400, f"There is no delivery {text!r} to go on from")
    return int(text)


def _mine(call: Call) -> list[Installation]:
    app = call.app()
    return [one for one in call.world.state.installations.values() if one.app is app]


def _installation(call: Call) -> Installation:
    app = call.app()
    one = call.world.state.installations.get(call.number("id"))
    if one is None or one.app is not app:
        raise not_found()
    return one


def _delivery(call: Call) -> Delivery:
    app, wanted = call.app(), call.number("id")
    for one in call.world.state.deliveries:
        if one.id == wanted and one.app is app:
            return one
    raise not_found()
