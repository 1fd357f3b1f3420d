"""What is answered when a route raises: one table for every application, problems all of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from recado.errors import BadRequest, RecadoError, Unprocessable
from recado.http.edge import MISTAKE
from recado.http.problems import http_problem, problem_response

log = structlog.get_logger(__name__)

Handlers = dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]

#: By status, what is said in place of the router's own words, which tell nothing.
MISSING = {404: "There is nothing at {path}."}
_NO_OPERATION = "There is no {method} {path}; what there is: /docs."
MISSING_IN_API = {404: _NO_OPERATION, 405: _NO_OPERATION}


def exception_handlers(missing: Mapping[int, str] = MISSING) -> Handlers:
    """For `exception_handlers` of a Starlette or FastAPI application. `missing` may name {method}
    and {path}."""

    async def http_error(request: Request, error: HTTPException) -> Response:
        cause = error.__cause__
        if isinstance(cause, RecadoError):  # a body that passed its limit while it was read
            return problem_response(cause, _trace_id(request))
        said = missing.get(error.status_code)
        detail = said.format(method=request.method, path=request.url.path) if said else error.detail
        return http_problem(error.status_code, _trace_id(request), detail, error.headers)

    return {
        RecadoError: _recado_error,
        RequestValidationError: _invalid,
        HTTPException: http_error,
        Exception: _unexpected,
    }


async def _recado_error(request: Request, error: RecadoError) -> Response:
    if error.status >= 500:
        log.warning("request failed", path=request.url.path, error=repr(error))
    return problem_response(error, _trace_id(request))


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    """Every field that is wrong, by its path."""
    problems = error.errors()
    if any(problem["loc"] == ("body",) for problem in problems) and not _is_json(request):
        detail = "Send the body as JSON, with the header `content-type: application/json`."
        return http_problem(415, _trace_id(request), detail)
    found = [_field_error(problem) for problem in problems]
    said = "; ".join(f"{it['field']}: {it['message']}" for it in found)
    if any(problem["type"] == "json_invalid" for problem in problems):
        return problem_response(BadRequest(f"The body is not JSON. {said}"), _trace_id(request))
    return problem_response(Unprocessable(said), _trace_id(request), errors=found)


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _field_error(problem: Any) -> dict[str, str]:
    # The input itself is left out: it may be a secret.
    message = str(problem["msg"]).removeprefix("Value error, ")
    if message.startswith("Expected UploadFile"):  # FastAPI's words name a Python type
        message = "Send a file here, as multipart/form-data with its file name"
    return {"field": ".".join(str(part) for part in problem["loc"]), "message": message}


async def _unexpected(request: Request, _error: Exception) -> Response:
    """What was not foreseen; Starlette raises it on, and the edge logs it."""
    return http_problem(500, _trace_id(request), MISTAKE)


def _trace_id(request: Request) -> str:
    return str(request.scope.get("trace_id", ""))
