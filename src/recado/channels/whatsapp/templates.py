"""The message templates of a WhatsApp Business account.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/reference
(whatsapp-business-account, message-template-api)
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote, urlencode

import msgspec

from recado.channels.port import Line, TemplateInfo
from recado.channels.whatsapp.client import GraphApi
from recado.errors import Conflict, SendFailed

FIELDS = "id,name,language,category,status,components,quality_score,rejected_reason"
PAGE = 100
#: An account may have 6,000 templates in all their languages; more pages than that are a loop.
MAX_PAGES = 100

_Status = Literal["approved", "pending", "rejected", "paused", "disabled", "unknown"]
STATUSES: dict[str, _Status] = {
    "APPROVED": "approved",
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "PENDING_DELETION": "disabled",
    "DELETED": "disabled",
    "LIMIT_EXCEEDED": "disabled",
    "ARCHIVED": "disabled",
}
CATEGORIES: dict[str, Literal["marketing", "utility", "authentication"]] = {
    "MARKETING": "marketing",
    "UTILITY": "utility",
    "AUTHENTICATION": "authentication",
}


class _Quality(msgspec.Struct, frozen=True):
    score: str = ""


class _Template(msgspec.Struct, frozen=True):
    id: str
    name: str
    language: str
    category: str = ""
    status: str = ""
    components: list[dict[str, Any]] = []
    quality_score: _Quality | None = None
    rejected_reason: str | None = None


class _Cursors(msgspec.Struct, frozen=True):
    after: str = ""


class _Paging(msgspec.Struct, frozen=True):
    cursors: _Cursors = _Cursors()
    next: str = ""


class _Page(msgspec.Struct, frozen=True):
    data: list[_Template]
    paging: _Paging | None = None


async def list_all(api: GraphApi, line: Line) -> list[TemplateInfo]:
    """Every template of the line's account, page by page. Raises as the port's `send` does,
    and Conflict: the line does not say which account."""
    account = line.credentials.get("business_account_id", "").strip()
    if not account:
        raise Conflict(
            "The line has no WhatsApp Business account id: copy it from WhatsApp, API setup."
        )
    found: list[TemplateInfo] = []
    after = ""
    for _ in range(MAX_PAGES):
        page = await _read(api, line, account, after)
        found += [_info(template) for template in page.data]
        after = page.paging.cursors.after if page.paging and page.paging.next else ""
        if not after:
            break
    return found


async def _read(api: GraphApi, line: Line, account: str, after: str) -> _Page:
    query = {"fields": FIELDS, "limit": str(PAGE)} | ({"after": after} if after else {})
    path = f"/{quote(account, safe='')}/message_templates?{urlencode(query, safe=',')}"
    body = await api.get(line, path)
    try:
        return msgspec.json.decode(body, type=_Page)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SendFailed(f"Meta's list of templates cannot be read: {error}") from error


def _info(template: _Template) -> TemplateInfo:
    reason = template.rejected_reason or ""
    quality = template.quality_score.score if template.quality_score else ""
    return TemplateInfo(
        provider_id=template.id,
        name=template.name,
        language=template.language,
        category=CATEGORIES.get(template.category, ""),
        status=STATUSES.get(template.status, "unknown"),
        components=template.components,
        quality="" if quality == "UNKNOWN" else quality,
        reason="" if reason == "NONE" else reason,
    )
