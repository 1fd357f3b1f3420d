"""The short way in: a POST to a webhook goes from the process's edge straight to its own.

Webhooks are most of what a process is asked, and a framework's way to a route (its middleware,
router, request and response objects) takes longer than to check, read and store one. The routes
themselves stay in the framework's table too, for what is not an exact path (`/webhook/{event}`),
for GET, and for whoever mounts them without this.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from recado.webhooks.edge import WebhookEdge


class WebhookShortcut:
    """`app`, but for the webhooks among its `routes`: one look-up by path finds those."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._webhooks: dict[str, ASGIApp] = {
            route.path: route.app
            for route in routes
            if isinstance(route, Route) and isinstance(route.app, WebhookEdge)
        }

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        app = self._app
        if scope["type"] == "http" and scope["method"] == "POST":
            app = self._webhooks.get(scope["path"], app)
        return app(scope, receive, send)
