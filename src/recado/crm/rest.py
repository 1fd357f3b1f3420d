"""Any CRM with a JSON API, by a mapping that the business writes.

    {"base_url": "https://crm.example/api",
     "auth": {"kind": "key", "header": "Authorization", "prefix": "Bearer "},
     "find":     {"method": "GET", "path": "/people?phone={person.phone}", "id": "[0].id"},
     "contact":  {"method": "POST", "path": "/people", "id": "id", "url": "link",
                  "body": {"name": "=person.name", "source": "recado"}},
     "update":   {"method": "PATCH", "path": "/people/{contact.id}", "body": {…}},
     "seek":     {"path": "/notes?external={activity.id}", "id": "[0].id"},
     "activity": {"method": "POST", "path": "/people/{contact.id}/notes", "id": "id",
                  "body": {"text": "=activity.text", "external": "=activity.id"}}}

A text that begins with "=" is a JMESPath expression over `person`, `contact` and `activity`; in a
path, what stands in braces is one, and is escaped. `id` and `url` are expressions over the answer.
Each request carries our id as `Idempotency-Key`. `auth.kind`: key, or oauth2 (client credentials,
RFC 6749 4.4: `token_url`, `scope`), whose token is kept until it ends.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import jmespath  # type: ignore[import-untyped]
from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]

from recado.crm.port import Activity, Caller, CrmFailed, CrmRefused, Person, Remote, text_at
from recado.errors import Unprocessable

STEPS = ("find", "contact", "update", "seek", "activity")
REQUIRED = ("contact", "activity")
METHODS = ("GET", "POST", "PUT", "PATCH")
_IN_BRACES = re.compile(r"\{([^{}]{1,500})\}")
#: A token is asked for anew so long before it ends.
EARLY_SECONDS = 30.0


class Rest:
    def __init__(self, caller: Caller, settings: dict[str, Any], secrets: dict[str, Any]) -> None:
        self._caller = caller
        self._settings = settings
        self._secrets = secrets
        self._token: tuple[str, float] = ("", 0.0)

    async def contact(self, person: Person, known: str) -> Remote:
        about = {"person": asdict(person), "contact": {"id": known}}
        if not known and "find" in self._settings:
            found = await self._do("find", about, person.id, accept=(404,))
            known = _text(self._settings["find"].get("id", "id"), found)
        if known:
            about["contact"] = {"id": known}
            found = {}
            if "update" in self._settings:
                found = await self._do("update", about, person.id)
            return Remote(known, self._url(about, found))
        found = await self._do("contact", about, person.id)
        id = _text(self._settings["contact"].get("id", "id"), found)
        if not id:
            raise CrmFailed("The answer names no record where contact.id looks for it.")
        return Remote(id, self._url({**about, "contact": {"id": id}}, found))

    async def activity(self, remote: Remote, activity: Activity, *, again: bool) -> str:
        about = {"activity": asdict(activity), "contact": asdict(remote)}
        if again and "seek" in self._settings:
            found = await self._do("seek", about, activity.id, accept=(404,))
            if there := _text(self._settings["seek"].get("id", "id"), found):
                return there
        found = await self._do("activity", about, activity.id)
        return _text(self._settings["activity"].get("id", "id"), found)

    async def _do(
        self, name: str, about: Mapping[str, Any], key: str, accept: tuple[int, ...] = ()
    ) -> Any:
        asked = request_of(self._settings, name, about)
        headers = {**asked["headers"], "Idempotency-Key": key, **await self._signed()}
        status, found = await self._caller.ask(
            asked["method"],
            asked["url"],
            headers=headers,
            body=asked["body"],
            accept=(*accept, 401),
        )
        if status == 401:
            self._token = ("", 0.0)
            if self._settings.get("auth", {}).get("kind") == "oauth2":
                raise CrmFailed("401: the token was refused; another is asked for.")
            raise CrmFailed("401: the key was refused.")
        return {} if status in accept else found

    async def _signed(self) -> dict[str, str]:
        auth = self._settings.get("auth") or {}
        if auth.get("kind") == "oauth2":
            return {"Authorization": f"Bearer {await self._fresh_token(auth)}"}
        if not self._secrets.get("key"):
            return {}
        header, prefix = auth.get("header", "Authorization"), auth.get("prefix", "Bearer ")
        return {str(header): f"{prefix}{self._secrets['key']}"}

    async def _fresh_token(self, auth: Mapping[str, Any]) -> str:
        token, until = self._token
        if token and time.monotonic() < until:
            return token
        form = {
            "grant_type": "client_credentials",
            "client_id": str(self._secrets.get("client_id", "")),
            "client_secret": str(self._secrets.get("client_secret", "")),
        }
        if auth.get("scope"):
            form["scope"] = str(auth["scope"])
        _, found = await self._caller.ask("POST", str(auth["token_url"]), headers={}, form=form)
        token = text_at(found, "access_token")
        if not token:
            raise CrmFailed("The token's answer has no access_token.")
        lasts = float(text_at(found, "expires_in") or 300)
        self._token = (token, time.monotonic() + max(lasts - EARLY_SECONDS, 0.0))
        return token

    def _url(self, about: Mapping[str, Any], found: Any) -> str:
        given = str(self._settings["contact"].get("url") or "")
        url = _filled(given, about) if given.startswith("https://") else _text(given, found)
        return url if url.startswith("https://") else ""


def request_of(settings: Mapping[str, Any], name: str, about: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent for a step: method, url, headers and body, without what signs it.

    Raises CrmRefused.
    """
    step = settings[name]
    method = str(step.get("method") or ("GET" if name in ("find", "seek") else "POST")).upper()
    body = step.get("body")
    return {
        "method": method,
        "url": str(settings["base_url"]).rstrip("/") + _filled(str(step.get("path", "")), about),
        "headers": {str(k): str(v) for k, v in (step.get("headers") or {}).items()},
        "body": None if body is None or method == "GET" else _built(body, about),
    }


def check_mapping(settings: Mapping[str, Any]) -> None:
    """Raises Unprocessable: what is missing in it, or no expression."""
    if not str(settings.get("base_url", "")).startswith(("https://", "http://")):
        raise Unprocessable("base_url is the address of the CRM's API: https://….")
    for name in STEPS:
        step = settings.get(name)
        if step is None and name not in REQUIRED:
            continue
        if not isinstance(step, dict):
            raise Unprocessable(f"{name} is missing: an object with method, path and body.")
        if str(step.get("method", "GET")).upper() not in METHODS:
            raise Unprocessable(f"{name}: method is one of {', '.join(METHODS)}.")
        for expression in _expressions(step):
            try:
                jmespath.compile(expression)
            except JMESPathError as error:
                raise Unprocessable(
                    f"{name}: {expression[:80]!r} is no JMESPath expression."
                ) from error
    auth = settings.get("auth") or {}
    if auth.get("kind") == "oauth2" and not str(auth.get("token_url", "")).startswith("http"):
        raise Unprocessable("auth: oauth2 has a token_url.")


def _expressions(step: Mapping[str, Any]) -> list[str]:
    found = [str(step["id"])] if step.get("id") else []
    found += _IN_BRACES.findall(str(step.get("path", "")))
    waiting: list[Any] = [step.get("body")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str) and value.startswith("="):
            found.append(value[1:])
    return found


def _built(value: Any, about: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {str(key): _built(inner, about) for key, inner in value.items()}
    if isinstance(value, list):
        return [_built(inner, about) for inner in value]
    if isinstance(value, str) and value.startswith("="):
        return _found(value[1:], about)
    return value


def _filled(path: str, about: Mapping[str, Any]) -> str:
    return _IN_BRACES.sub(lambda it: quote(_as_text(_found(it[1], about)), safe=""), path)


def _text(expression: str, found: Any) -> str:
    return _as_text(_found(expression, found)) if expression else ""


def _as_text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and value is not True else ""


def _found(expression: str, data: Any) -> Any:
    try:
        return jmespath.search(expression, data)
    except JMESPathError as error:
        raise CrmRefused(f"{expression[:80]!r}: {str(error)[:200]}") from error
