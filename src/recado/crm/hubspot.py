"""HubSpot's CRM API v3, with a private app's token (scopes crm.objects.contacts.read and .write).

Contacts are found by a property of ours with unique values, else by their phone; what happened is
a note beside them. HubSpot's search lags some seconds behind, so the property comes first.

Sources: developers.hubspot.com/docs/api-reference, the guides of contacts, notes (association type
202: note to contact), properties, search (CONTAINS_TOKEN) and usage limits (429, Retry-After).
"""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import quote

from recado.crm.port import Activity, Caller, CrmFailed, CrmRefused, Person, Remote, text_at

API = "https://api.hubapi.com"
APP = "https://app.hubspot.com"
#: Our id of the contact, a property that we make.
PROPERTY = "recado_contact_id"
NOTE_TO_CONTACT = 202
MOST_NOTE = 60_000


class HubSpot:
    def __init__(self, caller: Caller, settings: dict[str, Any], secrets: dict[str, Any]) -> None:
        self._caller = caller
        self._api = str(settings.get("base_url") or API).rstrip("/")
        self._portal = str(settings.get("portal_id") or "")
        self._headers = {"Authorization": f"Bearer {secrets.get('token', '')}"}

    async def contact(self, person: Person, known: str) -> Remote:
        id = known or await self._find(person)
        if id and await self._update(id, person):
            return self._remote(id)
        if known and (other := await self._find(person)) and await self._update(other, person):
            return self._remote(other)  # the one we knew is gone, or was merged into this one
        return self._remote(await self._create(person))

    async def activity(self, remote: Remote, activity: Activity, *, again: bool) -> str:
        if again and (there := await self._find_note(activity.id)):
            return there
        words = html.escape(activity.text[:MOST_NOTE]).replace("\n", "<br>")
        properties = {
            "hs_timestamp": str(int(activity.at * 1000)),
            "hs_note_body": f"{words}<br>Recado {activity.id}",
        }
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO_CONTACT}
        beside = [{"to": {"id": remote.id}, "types": [kind]}]
        body = {"properties": properties, "associations": beside}
        return self._id(await self._post("/crm/v3/objects/notes", body))

    async def _find(self, person: Person) -> str:
        path = f"/crm/v3/objects/contacts/{quote(person.id, safe='')}?idProperty={PROPERTY}"
        # 400: there is no such property yet.
        status, found = await self._ask("GET", path, accept=(400, 404))
        if status == 200 and (id := text_at(found, "id")):
            return id
        if not person.phone:
            return ""
        groups = [
            {"filters": [{"propertyName": "phone", "operator": "EQ", "value": value}]}
            for value in (f"+{person.phone}", person.phone)
        ]
        search = {"filterGroups": groups, "properties": ["phone"], "limit": 1}
        found = await self._post("/crm/v3/objects/contacts/search", search)
        return text_at(found, "results", 0, "id")

    async def _update(self, id: str, person: Person) -> bool:
        """False: there is no such contact any more."""
        path = f"/crm/v3/objects/contacts/{quote(id, safe='')}"
        status, found = await self._ask(
            "PATCH", path, body={"properties": {PROPERTY: person.id}}, accept=(400, 404)
        )
        if status == 400 and await self._make_property():
            return await self._update(id, person)
        if status == 400:
            raise CrmRefused(f"400: {text_at(found, 'message')[:300]}")
        return status != 404

    async def _create(self, person: Person) -> str:
        properties = {"firstname": person.name, PROPERTY: person.id}
        if person.phone:
            properties["phone"] = f"+{person.phone}"
        path, body = "/crm/v3/objects/contacts", {"properties": properties}
        status, found = await self._ask("POST", path, body=body, accept=(400,))
        if status == 400 and await self._make_property():
            return self._id(await self._post(path, body))
        if status == 400:
            raise CrmRefused(f"400: {text_at(found, 'message')[:300]}")
        return self._id(found)

    async def _make_property(self) -> bool:
        """False: it was there already, so something else is wrong."""
        body = {
            "name": PROPERTY,
            "label": "Recado contact",
            "type": "string",
            "fieldType": "text",
            "groupName": "contactinformation",
            "hasUniqueValue": True,
        }
        status, _ = await self._ask("POST", "/crm/v3/properties/contacts", body=body, accept=(409,))
        return status != 409

    async def _find_note(self, id: str) -> str:
        named = {"propertyName": "hs_note_body", "operator": "CONTAINS_TOKEN", "value": id}
        search = {"filterGroups": [{"filters": [named]}], "limit": 1}
        found = await self._post("/crm/v3/objects/notes/search", search)
        return text_at(found, "results", 0, "id")

    async def _post(self, path: str, body: Any) -> Any:
        return (await self._ask("POST", path, body=body))[1]

    async def _ask(
        self, method: str, path: str, *, body: Any = None, accept: tuple[int, ...] = ()
    ) -> tuple[int, Any]:
        return await self._caller.ask(
            method, self._api + path, headers=self._headers, body=body, accept=accept
        )

    def _id(self, found: Any) -> str:
        if not (id := text_at(found, "id")):
            raise CrmFailed("HubSpot's answer names no record.")
        return id

    def _remote(self, id: str) -> Remote:
        url = f"{APP}/contacts/{self._portal}/record/0-1/{id}" if self._portal else ""
        return Remote(id, url)
