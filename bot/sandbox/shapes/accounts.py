"""Accounts, Apps and installations."""

from __future__ import annotations

from bot.sandbox.shapes.base import Json, Links, iso, iso_or_none, node_id
from bot.sandbox.state import App, Installation, User

_USER_URLS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def user(links: Links, one: User) -> Json:
    """`simple-user`."""
    url = f"{links.api}/users/{one.login}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": node_id("User", one.id),
        "avatar_url": f"{links.web}/avatars/u/{one.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{links.web}/{one.login}",
        **{key: url + suffix for key, suffix in _USER_URLS.items()},
        "type": one.kind,
        "site_admin": False,
    }


def organization(links: Links, one: User) -> Json:
    """`organization-simple`."""
    url = f"{links.api}/orgs/{one.login}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": node_id("Organization", one.id),
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in ("repos", "events", "hooks", "issues")},
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{links.web}/avatars/u/{one.id}",
        "description": "",
    }


def app(links: Links, one: App) -> Json:
    """`integration`, as others see an App."""
    return {
        "id": one.id,
        "slug": one.slug,
        "node_id": node_id("Integration", one.id),
        "client_id": one.client_id,
        "owner": user(links, one.owner),
        "name": one.slug,
        "description": None,
        "external_url": f"{links.web}/apps/{one.slug}",
        "html_url": f"{links.web}/apps/{one.slug}",
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "permissions": one.permissions,
        "events": list(one.events),
    }


def own_app(links: Links, one: App, installations: int) -> Json:
    """`integration`, as an App sees itself."""
    return app(links, one) | {"installations_count": installations}


def installation(links: Links, one: Installation) -> Json:
    """`installation`."""
    return {
        "id": one.id,
        "account": user(links, one.account),
        "repository_selection": "all" if one.repository_ids is None else "selected",
        "access_tokens_url": f"{links.api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{links.api}/installation/repositories",
        "html_url": f"{links.web}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "client_id": one.app.client_id,
        "target_id": one.account.id,
        "target_type": one.account.kind,
        "permissions": one.permissions,
        "events": list(one.app.events),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": iso_or_none(one.suspended_at),
    }
