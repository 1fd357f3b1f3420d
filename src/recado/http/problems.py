"""Errors as `application/problem+json` (RFC 9457): one shape on every route of every service."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from recado.errors import RecadoError, ServiceUnavailable, TooManyRequests, Unauthorized

MEDIA_TYPE = "application/problem+json"
#: A `type` is this and the error's slug; docs/reference/http.md describes each.
TYPE_BASE = "/problems/"

#: When to come again while a dependency is away.
RETRY_SECONDS = 5

_encode = msgspec.json.Encoder().encode


def problem_response(error: RecadoError, trace_id: str, **extra: Any) -> Response:
    """What the caller is told about `error`. `extra` adds members, such as `errors` by field."""
    headers = {}
    if isinstance(error, TooManyRequests):
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after_seconds)))
    if isinstance(error, ServiceUnavailable):
        headers["retry-after"] = str(RETRY_SECONDS)
    if isinstance(error, Unauthorized):
        headers["www-authenticate"] = "Bearer"
    return _problem(
        f"{TYPE_BASE}{error.slug}",
        error.title,
        error.status,
        error.detail,
        trace_id,
        headers,
        extra,
    )


def http_problem(
    status: int, trace_id: str, detail: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """A problem for an HTTP status that no error of ours stands for (404 of the router, 405 …)."""
    title = HTTPStatus(status).phrase
    slug = title.lower().replace(" ", "-")
    return _problem(
        f"{TYPE_BASE}{slug}", title, status, detail or title, trace_id, dict(headers or {}), {}
    )


def _problem(
    type: str,
    title: str,
    status: int,
    detail: str,
    trace_id: str,
    headers: dict[str, str],
    extra: dict[str, Any],
) -> Response:
    body = {
        "type": type,
        "title": title,
        "status": status,
        "detail": detail,
        "trace_id": trace_id,
        **extra,
    }
    return Response(_encode(body), status, headers, MEDIA_TYPE)
