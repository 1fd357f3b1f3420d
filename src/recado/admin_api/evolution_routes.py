"""The Evolution service's endpoints behind the API's key, hosted by the service `sending`."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route

from recado.admin_api.app import HANDLERS
from recado.channels.evolution.api import router
from recado.http.keys import KeyGate
from recado.http.rights import check_rights
from recado.runtime import Runtime


def evolution_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """POST /send-message, /send-template, /connect, /disconnect and GET /status."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        exception_handlers=HANDLERS,
        dependencies=[Depends(check_rights)],
    )
    app.state.runtime = runtime
    app.include_router(router)
    gated = KeyGate(app, runtime, guarded="/")
    paths = [route.path for route in router.routes if isinstance(route, APIRoute)]
    return [Route(path, endpoint=gated) for path in paths]
