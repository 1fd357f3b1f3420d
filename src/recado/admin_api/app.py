"""The admin API: every feature's router behind one key, with problems for answers to errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog
from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from recado import __version__
from recado.admin_api import stats
from recado.admin_api.documentation import documentation_routes
from recado.admin_api.openapi import describe
from recado.assistant.api import characters, knowledge, sources, tools, unanswered, versions
from recado.assistant.evaluations import api as evaluations
from recado.channels.evolution import api as evolution
from recado.conversations.api import contacts, conversations
from recado.errors import BadRequest, RecadoError, Unprocessable
from recado.escalation import api as escalation
from recado.http.keys import KeyGate
from recado.http.problems import http_problem, problem_response
from recado.http.rights import check_rights
from recado.lines.api import actions, lines
from recado.media import api as media
from recado.queue import api as queue
from recado.runtime import Runtime
from recado.templates import api as templates

log = structlog.get_logger(__name__)

PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = (
    lines.router,
    actions.router,
    conversations.router,
    contacts.router,
    escalation.router,
    media.router,
    knowledge.router,
    unanswered.router,
    sources.router,
    characters.router,
    versions.router,
    tools.router,
    evaluations.router,
    templates.router,
    queue.router,
    stats.router,
)


def api_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """`/api/v1/…`, its description at `/openapi.json`, its pages at `/docs`."""
    app = build_api(runtime)

    async def description(_request: Request) -> Response:
        # Made once, and slow: not on the loop that answers everyone.
        body = await asyncio.to_thread(describe, app)
        return Response(body, media_type="application/json")

    gated = KeyGate(app, runtime)
    return [
        # Not a Mount: the API's own routes carry the whole path, as their description does.
        Route(f"{PREFIX}/{{path:path}}", endpoint=gated),
        Route("/openapi.json", description),
        *documentation_routes(),
    ]


def build_api(runtime: Runtime) -> FastAPI:
    app = FastAPI(
        title="Recado",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        exception_handlers=HANDLERS,
        dependencies=[Depends(check_rights)],
    )
    app.state.runtime = runtime
    app.state.stats = stats.Stats(runtime.store, runtime.queue)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(evolution.router)  # described here, hosted by the service `sending`
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


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


async def _http_error(request: Request, error: HTTPException) -> Response:
    cause = error.__cause__
    if isinstance(cause, RecadoError):  # a body that passed its limit while it was read
        return problem_response(cause, _trace_id(request))
    detail = error.detail
    if error.status_code in (404, 405):  # the router's own words tell nothing
        detail = f"There is no {request.method} {request.url.path}; what there is: /docs."
    return http_problem(error.status_code, _trace_id(request), detail, error.headers)


async def _unexpected(request: Request, _error: Exception) -> Response:
    """What was not foreseen; Starlette raises it on, and the edge logs it."""
    return http_problem(500, _trace_id(request), "It was logged under this trace id.")


def _trace_id(request: Request) -> str:
    return str(request.scope.get("trace_id", ""))


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    RecadoError: _recado_error,
    RequestValidationError: _invalid,
    HTTPException: _http_error,
    Exception: _unexpected,
}
