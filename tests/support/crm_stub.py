"""Stubs of CRMs by their documentation: HubSpot's objects v3, and one of a business's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Record = dict[str, Any]


class CrmStub:
    """`faults` are given to the next requests that write, one each: a status to answer with after
    nothing was done, or "lost": it is done, and no answer comes; "garbage": no JSON; "parts": its
    answer comes in two."""

    def __init__(self) -> None:
        self.url = ""
        self.contacts: dict[str, Record] = {}
        self.notes: dict[str, Record] = {}
        self.properties: set[str] = set()
        self.faults: list[int | str] = []
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.tokens = 0

    @web.middleware
    async def faulty(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        self.headers.append(dict(request.headers))
        writes = request.method in ("POST", "PATCH") and not request.path.endswith("/search")
        fault = self.faults.pop(0) if writes and self.faults else None
        if isinstance(fault, int):
            headers = {"Retry-After": "7"} if fault == 429 else {}
            return web.json_response({"message": "no"}, status=fault, headers=headers)
        answer = await handler(request)
        if fault == "lost" and request.transport is not None:
            request.transport.close()
        if fault == "parts" and isinstance(answer, web.Response):
            return await _in_parts(request, answer)
        return web.Response(text="<html>oops") if fault == "garbage" else answer

    # HubSpot

    async def get_contact(self, request: web.Request) -> web.Response:
        name = request.query["idProperty"]
        if name not in self.properties:
            return web.json_response({"message": f"no property {name}"}, status=400)
        for id, record in self.contacts.items():
            if record.get(name) == request.match_info["id"]:
                return web.json_response({"id": id, "properties": record})
        return web.json_response({"message": "not found"}, status=404)

    async def search_contacts(self, request: web.Request) -> web.Response:
        wanted = {
            it["value"]
            for group in (await request.json())["filterGroups"]
            for it in group["filters"]
        }
        found = [{"id": id} for id, it in self.contacts.items() if it.get("phone") in wanted]
        return web.json_response({"total": len(found), "results": found})

    async def write_contact(self, request: web.Request) -> web.Response:
        properties = (await request.json())["properties"]
        if "recado_contact_id" in properties and not self.properties:
            return web.json_response({"message": "PROPERTY_DOESNT_EXIST"}, status=400)
        id = request.match_info.get("id") or str(len(self.contacts) + 501)
        if "id" in request.match_info and id not in self.contacts:
            return web.json_response({"message": "not found"}, status=404)
        self.contacts[id] = self.contacts.get(id, {}) | properties
        return web.json_response({"id": id, "properties": properties}, status=201)

    async def make_property(self, request: web.Request) -> web.Response:
        name = (await request.json())["name"]
        if name in self.properties:
            return web.json_response({"message": "exists"}, status=409)
        self.properties.add(name)
        return web.json_response({"name": name}, status=201)

    async def make_note(self, request: web.Request) -> web.Response:
        given = await request.json()
        id = str(len(self.notes) + 901)
        self.notes[id] = given
        return web.json_response({"id": id}, status=201)

    async def search_notes(self, request: web.Request) -> web.Response:
        (group,) = (await request.json())["filterGroups"]
        wanted = group["filters"][0]["value"]
        found = [
            {"id": id}
            for id, it in self.notes.items()
            if wanted in it["properties"]["hs_note_body"].replace("<br>", " ").split()
        ]
        return web.json_response({"results": found})

    # One of a business's own

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if (form["client_id"], form["client_secret"]) != ("me", "mine"):
            return web.json_response({"error": "invalid_client"}, status=401)
        self.tokens += 1
        return web.json_response({"access_token": f"t{self.tokens}", "expires_in": 3600})

    async def people(self, request: web.Request) -> web.Response:
        found = [
            {"id": int(id)}
            for id, it in self.contacts.items()
            if it["phone"] == request.query["phone"]
        ]
        return web.json_response(found)

    async def add_person(self, request: web.Request) -> web.Response:
        id = str(len(self.contacts) + 1)
        self.contacts[id] = await request.json()
        return web.json_response({"id": int(id), "link": f"https://crm.example/p/{id}"})

    async def things(self, request: web.Request) -> web.Response:
        wanted = request.query["external"]
        found = [{"id": id} for id, it in self.notes.items() if it["external"] == wanted]
        return web.json_response(found)

    async def add_thing(self, request: web.Request) -> web.Response:
        id = str(len(self.notes) + 1)
        self.notes[id] = {**await request.json(), "person": request.match_info["id"]}
        return web.json_response({"id": id})


async def _in_parts(request: web.Request, answer: web.Response) -> web.StreamResponse:
    body = answer.body
    assert isinstance(body, bytes)
    parts = web.StreamResponse(status=answer.status)
    await parts.prepare(request)
    await parts.write(body[:5])
    await asyncio.sleep(0.1)
    await parts.write(body[5:])
    return parts


@asynccontextmanager
async def running_crm() -> AsyncIterator[CrmStub]:
    stub = CrmStub()
    app = web.Application(middlewares=[stub.faulty])
    contacts = "/crm/v3/objects/contacts"
    app.add_routes(
        [
            web.post(f"{contacts}/search", stub.search_contacts),
            web.get(f"{contacts}/{{id}}", stub.get_contact),
            web.patch(f"{contacts}/{{id}}", stub.write_contact),
            web.post(contacts, stub.write_contact),
            web.post("/crm/v3/properties/contacts", stub.make_property),
            web.post("/crm/v3/objects/notes/search", stub.search_notes),
            web.post("/crm/v3/objects/notes", stub.make_note),
            web.post("/token", stub.token),
            web.get("/people", stub.people),
            web.post("/people", stub.add_person),
            web.get("/notes", stub.things),
            web.post("/people/{id}/notes", stub.add_thing),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    await asyncio.sleep(0)
    host, port = runner.addresses[0][:2]
    stub.url = f"http://{host}:{port}"
    try:
        yield stub
    finally:
        await runner.cleanup()
