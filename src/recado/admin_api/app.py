"""The admin API: every feature's router behind one key, with problems for answers to errors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from recado import __version__
from recado.admin_api import stats
from recado.admin_api.documentation import documentation_routes
from recado.admin_api.openapi import describe
from recado.assistant.api import (
    characters,
    costs,
    knowledge,
    sources,
    talks,
    tools,
    unanswered,
    versions,
)
from recado.assistant.evaluations import api as evaluations
from recado.channels.evolution import api as evolution
from recado.conversations.api import (
    contacts,
    conversations,
    facts,
    owners,
    sessions,
    summary,
)
from recado.crm import api as crm
from recado.escalation import api as escalation
from recado.escalation.clocks import api as clocks
from recado.escalation.departments import api as departments
from recado.escalation.policy import api as escalation_policy
from recado.http.handlers import MISSING_IN_API, exception_handlers
from recado.http.keys import KeyGate
from recado.http.rights import check_rights
from recado.lines.api import actions, lines
from recado.media import api as media
from recado.notifications import api as notifications
from recado.queue import api as queue
from recado.runtime import Runtime
from recado.satisfaction import api as satisfaction
from recado.subscriptions import api as subscriptions
from recado.templates import api as templates

PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = (
    lines.router,
    actions.router,
    conversations.router,
    owners.router,
    contacts.router,
    facts.router,
    summary.router,
    sessions.router,
    escalation.router,
    satisfaction.router,
    departments.router,
    clocks.router,
    escalation_policy.router,
    media.router,
    knowledge.router,
    unanswered.router,
    sources.router,
    characters.router,
    versions.router,
    tools.router,
    talks.router,
    evaluations.router,
    costs.router,
    templates.router,
    subscriptions.router,
    notifications.router,
    crm.router,
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
        exception_handlers=exception_handlers(MISSING_IN_API),
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
