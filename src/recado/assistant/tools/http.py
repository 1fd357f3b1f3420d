"""Tools that are HTTP requests: a form that an operator fills in, or an operation of an OpenAPI
description (openapi.py), which fills in the same form.

    method      GET, POST …
    url         https://shop.example/orders/{{ number }}: places after the host only
    query, headers   templates by name
    body        a JSON value with places; left out, the arguments that stand nowhere else
    auth        {"type": "bearer" | "basic" | "header" | "query", "name": …}: where the secret goes
    key_header  the header of the idempotency key
    result      the path to what matters in the answer
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from recado.assistant.tools.client import Outgoing, ToolClient
from recado.assistant.tools.filling import (
    SECRET,
    check_template,
    fill,
    fill_json,
    in_words,
    look_up,
    names_in,
)
from recado.errors import ToolRefused, Unprocessable

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
BODILESS = ("GET", "HEAD", "DELETE")
KEY_HEADER = "Idempotency-Key"
AUTH_TYPES = ("none", "bearer", "basic", "header", "query")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
#: The client writes these itself.
_OURS = {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"}
_MOST_CHARS = 4000


class HttpConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    method: str = "GET"
    url: str = ""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: Any = None
    auth: dict[str, str] = {}
    key_header: str = KEY_HEADER
    result: str = ""


def check_config(config: dict[str, Any], parameters: set[str]) -> dict[str, Any]:
    """The form as it is stored. Raises Unprocessable, saying which field is wrong."""
    try:
        form = msgspec.convert(config, HttpConfig)
    except msgspec.ValidationError as error:
        raise Unprocessable(f"The request is wrong: {error}.") from error
    method = form.method.strip().upper()
    if method not in METHODS:
        raise Unprocessable(f"The method is one of {', '.join(METHODS)}.")
    known = parameters | {SECRET}
    check_url(form.url)
    check_template(form.url, known, "The address")
    for name, value in [*form.headers.items(), *form.query.items()]:
        check_template(value, known, f"The value of {name}")
    for name in (*form.headers, form.key_header):
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise Unprocessable(f"{name[:80]!r} is no header that a tool may send.")
    check_template(form.body, known, "The body")
    _check_auth(form.auth)
    form = msgspec.structs.replace(form, method=method, url=form.url.strip())
    stored: dict[str, Any] = msgspec.to_builtins(form)
    return stored


def check_url(url: str) -> None:
    """Raises Unprocessable: no web address, or its host is not written out."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise Unprocessable("The address is not a web address.") from error
    if parts.scheme not in ("https", "http") or not host or len(url) > _MOST_CHARS:
        raise Unprocessable("The address begins with https:// and a host.")
    if "{" in parts.netloc or parts.username is not None or parts.password is not None:
        raise Unprocessable("The host of the address is written out, without a name or password.")


def _check_auth(auth: dict[str, str]) -> None:
    kind = auth.get("type", "none")
    if kind not in AUTH_TYPES or set(auth) - {"type", "name"}:
        raise Unprocessable(f"The sign-in is one of {', '.join(AUTH_TYPES)}.")
    if kind in ("header", "query") and not _HEADER.fullmatch(auth.get("name", "")):
        raise Unprocessable("The sign-in needs the name of the header or of the query's field.")


async def call(
    client: ToolClient,
    config: Mapping[str, Any],
    arguments: Mapping[str, Any],
    *,
    secret: str,
    key: str,
) -> Any:
    """The answer's value: JSON as it is, anything else as text.

    Raises ToolRefused, ToolUnavailable, ToolUnknown.
    """
    form = msgspec.convert(dict(config), HttpConfig)
    answer = await client.request(outgoing(form, arguments, secret=secret, key=key))
    value = read_value(answer.body, answer.content_type)
    return look_up(value, form.result) if form.result else value


def outgoing(form: HttpConfig, arguments: Mapping[str, Any], *, secret: str, key: str) -> Outgoing:
    """The request as it goes out. Raises ToolRefused: a value cannot stand where it should."""
    values = {**arguments, SECRET: secret}
    path_values = {name: _in_path(name, value) for name, value in arguments.items()}
    url = fill(form.url, {**path_values, SECRET: quote(secret, safe="")})
    headers = {name: _in_header(name, fill(it, values)) for name, it in form.headers.items()}
    query = {name: it for name, raw in form.query.items() if (it := fill(raw, values))}
    used = names_in(form.url) | names_in(form.headers) | names_in(form.query)
    rest = {name: value for name, value in arguments.items() if name not in used}
    if form.body is None and form.method in BODILESS:
        query |= {name: in_words(value) for name, value in rest.items()}
    body = None
    if form.method not in BODILESS or form.body is not None:
        body = json.dumps(rest if form.body is None else fill_json(form.body, values)).encode()
        headers.setdefault("Content-Type", "application/json")
    headers |= {form.key_header: key} if key and form.method not in ("GET", "HEAD") else {}
    _sign(form, secret, headers, query)
    return Outgoing(form.method, url, headers, query, body)


def _sign(form: HttpConfig, secret: str, headers: dict[str, str], query: dict[str, str]) -> None:
    kind, name = form.auth.get("type", "none"), form.auth.get("name", "")
    if not secret or kind == "none":
        return
    if kind == "query":
        query[name] = secret
    elif kind == "header":
        headers[name] = _in_header(name, secret)
    elif kind == "basic":
        headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    else:
        headers["Authorization"] = _in_header("Authorization", f"Bearer {secret}")


def _in_path(name: str, value: Any) -> str:
    """A value as one piece of a path. Raises ToolRefused: it would lead to another."""
    text = in_words(value)
    if text in ("", ".", ".."):
        raise ToolRefused(f"{name} cannot be {text!r} in an address.")
    return quote(text, safe="")


def _in_header(name: str, value: str) -> str:
    if not value.isascii() or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise ToolRefused(f"The header {name} cannot hold this value.")
    return value


def read_value(body: bytes, content_type: str) -> Any:
    """What an answer says: JSON, or text."""
    if not body.strip():
        return None
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    if "json" in content_type or text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    return text.strip()
