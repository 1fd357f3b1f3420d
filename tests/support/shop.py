"""A shop's system as businesses have one: orders to look up and to cancel, on loopback.

It honours idempotency keys: what was cancelled under a key is answered again, and not done again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

TOKEN = "shop-token-VERY-secret-7431"

Hook = Callable[[web.Request], Awaitable[None]]


class Shop:
    """`effects` are the orders that were cancelled, each as often as it really happened;
    `requests` all that came: method, path, key."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {
            "1182": {"status": "en camino", "eta": "el martes", "total": 49.9},
            "1183": {"status": "entregado", "eta": "", "total": 12},
        }
        self.effects: list[str] = []
        self.requests: list[tuple[str, str, str]] = []
        self.keys: dict[str, dict[str, Any]] = {}
        #: Done before the answer to each request, and after its effect.
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.honours_keys = True
        self.url = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/orders/{number}", self._look)
        app.router.add_post("/orders/{number}/cancel", self._cancel)
        app.router.add_get("/elsewhere", self._elsewhere)
        app.router.add_get("/echo", self._echo)
        app.router.add_get("/huge", self._huge)
        return app

    async def _come(self, request: web.Request) -> str:
        key = request.headers.get("Idempotency-Key", "")
        self.requests.append((request.method, request.path, key))
        if self.before is not None:
            await self.before(request)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPUnauthorized(text="no token")
        return key

    async def _look(self, request: web.Request) -> web.Response:
        await self._come(request)
        number = request.match_info["number"]
        if number not in self.orders:
            raise web.HTTPNotFound(text="no such order")
        return web.json_response({"number": number, **self.orders[number]})

    async def _cancel(self, request: web.Request) -> web.Response:
        key = await self._come(request)
        number = request.match_info["number"]
        if number not in self.orders:
            raise web.HTTPNotFound(text="no such order")
        if self.honours_keys and key and key in self.keys:
            return web.json_response(self.keys[key])
        self.effects.append(number)
        self.orders[number]["status"] = "cancelado"
        answer = self.keys[key] = {"number": number, "status": "cancelado"}
        if self.after is not None:
            await self.after(request)
        return web.json_response(answer)

    async def _elsewhere(self, request: web.Request) -> web.Response:
        await self._come(request)
        raise web.HTTPFound("/orders/1182")

    async def _echo(self, request: web.Request) -> web.Response:
        """As careless servers do: it says back all that it was sent."""
        await self._come(request)
        return web.json_response({"headers": dict(request.headers), "url": str(request.url)})

    async def _huge(self, request: web.Request) -> web.Response:
        await self._come(request)
        return web.json_response({"rows": ["x" * 100] * 20_000})


@asynccontextmanager
async def running_shop(port: int = 0) -> AsyncIterator[Shop]:
    shop = Shop()
    runner = web.AppRunner(shop.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    assert site._server is not None
    shop.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    try:
        yield shop
    finally:
        await runner.cleanup()


def host_of(url: str) -> str:
    return url.removeprefix("http://")


def order_status(url: str, **changes: Any) -> dict[str, Any]:
    """The tool that looks an order up, as the API takes it."""
    return {
        "name": "order_status",
        "title": "Estado del pedido",
        "description": "Says where an order is.",
        "effect": "reads",
        "parameters": {
            "type": "object",
            "properties": {
                "number": {
                    "type": "string",
                    "title": "número de pedido",
                    "maxLength": 20,
                    "x-ask": {
                        "es": "¿Cuál es el número de tu pedido?",
                        "en": "Which order number?",
                    },
                }
            },
            "required": ["number"],
        },
        "config": {
            "method": "GET",
            "url": f"{url}/orders/{{{{ number }}}}",
            "auth": {"type": "bearer"},
        },
        "examples": [
            "¿dónde está mi pedido {number}?",
            "quiero saber el estado de mi pedido",
            "¿cómo va mi pedido {number}?",
            "onde está meu pedido {number}?",
            "where is my order {number}?",
        ],
        "answers": {
            "es": "Tu pedido {{ number }} está {{ status }}, llega {{ eta }}.",
            "pt": "Seu pedido {{ number }} está {{ status }}.",
            "en": "Your order {{ number }} is {{ status }}.",
        },
        "secret": TOKEN,
        **changes,
    }


def cancel_order(url: str, **changes: Any) -> dict[str, Any]:
    """The tool that cancels one, which asks for a yes first."""
    return {
        **order_status(url),
        "name": "cancel_order",
        "title": "Cancelar un pedido",
        "description": "Cancels an order that has not been delivered.",
        "effect": "changes",
        "config": {
            "method": "POST",
            "url": f"{url}/orders/{{{{ number }}}}/cancel",
            "auth": {"type": "bearer"},
        },
        "examples": [
            "cancélalo",
            "quiero cancelar mi pedido {number}",
            "cancela el pedido {number}",
            "cancelar pedido {number}",
            "cancele meu pedido {number}",
            "cancel my order {number}",
        ],
        "confirmations": {
            "es": "cancelar el pedido {{ number }}",
            "pt": "cancelar o pedido {{ number }}",
            "en": "cancel order {{ number }}",
        },
        "answers": {
            "es": "Listo, tu pedido {{ number }} está {{ status }}.",
            "pt": "Pronto, seu pedido {{ number }} foi cancelado.",
            "en": "Done, your order {{ number }} is cancelled.",
        },
        **changes,
    }
