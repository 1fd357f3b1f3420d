"""The OpenAPI 3.1 description: FastAPI's, with the views' schemas and the way to sign in.

The views are msgspec structs; their JSON Schema comes from msgspec, so that what is described
is what is encoded. https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from recado.admin_api.stats import StatsView
from recado.assistant.api.knowledge import AnalysisView
from recado.assistant.api.tools import TrialView
from recado.assistant.diff import FieldChangeView
from recado.assistant.evaluations.api import RunView
from recado.assistant.evaluations.from_conversation import MadeCase
from recado.assistant.intents.talks import TalkView
from recado.assistant.knowledge import Hit, KnowledgeSourceView
from recado.assistant.knowledge.changes import Changes
from recado.assistant.knowledge.folders import Learnt
from recado.assistant.knowledge.origin import WebPage, WrittenAnswer
from recado.assistant.knowledge.shown import PassageView
from recado.assistant.models.costs import CostView, ModelCallView
from recado.assistant.tools import ToolView
from recado.assistant.tools.mcp import Offered
from recado.assistant.tools.openapi import Operation
from recado.assistant.tools.views import ToolCallView
from recado.assistant.unanswered.questions import QuestionGroup
from recado.assistant.versions import CharacterView, VersionSummaryView, VersionView
from recado.conversations.facts.keeping import FactView
from recado.conversations.sessions import SessionView
from recado.conversations.summaries.keeping import SummaryView
from recado.conversations.views import (
    ContactView,
    ConversationView,
    EscalationView,
    EventView,
    MessageView,
    TurnView,
)
from recado.crm.api import CrmReplayedView, CrmRequestView
from recado.crm.keeping import CrmConnectionView, CrmSyncView
from recado.escalation.clocks.api import ServiceLevelsView
from recado.escalation.clocks.what_if import OutcomeView
from recado.escalation.departments.api import AvailabilityView
from recado.escalation.departments.registry import DepartmentView
from recado.escalation.policy.versions import (
    PolicyVersionSummaryView,
    PolicyVersionView,
    PolicyView,
)
from recado.http.answers import PROBLEMS, Problem, schema_name
from recado.lines.api.actions import ConnectionView, LineCheckView
from recado.lines.api.lines import LineView
from recado.media.api import FileView
from recado.notifications.choices import NotificationSettings
from recado.notifications.keeping import NotificationView
from recado.notifications.rules import RuleView
from recado.queue.api import DeadLetterView, ReplayView
from recado.satisfaction.views import RatingAverage, RatingView
from recado.subscriptions.api import EventKindView, ReplayedView
from recado.subscriptions.keeping import DeliveryView, SubscriptionView
from recado.subscriptions.making import MadeSubscription
from recado.templates.api import PreviewView, TemplatesView
from recado.templates.catalogue import TemplateView
from recado.turns.comparison import ComparisonView

VIEWS: tuple[type[msgspec.Struct], ...] = (
    AnalysisView,
    AvailabilityView,
    Changes,
    NotificationSettings,
    CharacterView,
    ComparisonView,
    ConnectionView,
    ContactView,
    ConversationView,
    CostView,
    CrmConnectionView,
    CrmReplayedView,
    CrmRequestView,
    CrmSyncView,
    DeadLetterView,
    DeliveryView,
    DepartmentView,
    OutcomeView,
    ServiceLevelsView,
    EscalationView,
    EventKindView,
    EventView,
    FactView,
    FieldChangeView,
    FileView,
    Hit,
    Learnt,
    KnowledgeSourceView,
    LineCheckView,
    LineView,
    MadeCase,
    MadeSubscription,
    MessageView,
    ModelCallView,
    NotificationView,
    Offered,
    Operation,
    PassageView,
    PolicyVersionSummaryView,
    PolicyVersionView,
    PolicyView,
    PreviewView,
    Problem,
    QuestionGroup,
    RatingAverage,
    RatingView,
    ReplayView,
    ReplayedView,
    RuleView,
    RunView,
    SessionView,
    StatsView,
    SubscriptionView,
    SummaryView,
    TemplateView,
    TalkView,
    TemplatesView,
    ToolCallView,
    ToolView,
    TrialView,
    TurnView,
    WebPage,
    WrittenAnswer,
    VersionSummaryView,
    VersionView,
)
DESCRIPTION = """\
The admin API of Recado. Every request needs the header `Authorization: Bearer KEY`, with the
installation's `RECADO_API_KEY` or a token from `recado users token`.

- **Rights**: the installation's key and a program's token may do everything, a user's token what
  its user may do at the desk (403 for the rest).
- **Lists** are pages: `items`, and `next`, the cursor of the page that follows (null on the last).
- **Points in time** are ISO 8601 in UTC.
- **Errors** are `application/problem+json` (RFC 9457): `detail` says what to do, and `trace_id`
  finds the request in the logs.
"""
TAGS = (
    ("conversations", "Who talks with whom, who has the word, and what was said"),
    ("escalations", "Hand-overs from the assistant to the team"),
    ("ratings", "How people rate what they got, one by one and on average"),
    ("departments", "Who belongs to which department, when it is there, and who is online"),
    ("assistant", "What the embedded intelligence thinks, and the characters that answer"),
    ("knowledge", "What the assistant answers from"),
    ("tools", "What the assistant looks up and does, and every call of it"),
    ("media", "Files: those that came with messages, and those to send"),
    ("lines", "The business's addresses on channels"),
    ("evolution", "The Evolution service, hosted by `sending`: at its paths, without `/api/v1`"),
    ("templates", "The vendor's message templates, and writing to somebody first"),
    ("crm", "The business's CRM: what it is told, and what became of each"),
    ("webhooks", "Who outside is told of which events, signed, and what became of each"),
    ("notifications", "Who of the team is told of what, and what became of each"),
    ("dead letters", "What could not be processed, with its cause"),
    ("operations", "Counts"),
)
_METHODS = ("get", "post", "put", "patch", "delete")


def describe(app: FastAPI) -> bytes:
    """The description as JSON. Made at the first request, then kept."""
    if app.openapi_schema is None:
        app.openapi_schema = _describe(app)
    return msgspec.json.encode(app.openapi_schema)


def _describe(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary="AI agents and human teams on WhatsApp",
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for of_fastapi in ("HTTPValidationError", "ValidationError"):
        schemas.pop(of_fastapi, None)  # ours are problems
    schemas.update(_view_schemas())
    components["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "RECADO_API_KEY, or a token from `recado users token`",
        }
    }
    found["security"] = [{"key": []}]
    for operation in _operations(found):
        responses = operation["responses"]
        responses |= {str(status): PROBLEMS[status] for status in (401, 403, 503)}
        if "422" in responses:
            responses["422"] = PROBLEMS[422]
    return found


def _operations(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in description["paths"].values():
        yield from (path[method] for method in _METHODS if method in path)


def _view_schemas() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(VIEWS, ref_template="{name}")
    return {schema_name(name): _finished(name, schema) for name, schema in schemas.items()}


def _finished(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A struct's schema as it is answered: points in time as ISO 8601, references in place."""
    properties = {
        field: _as_moment(inner) if field.endswith("_at") else inner
        for field, inner in schema["properties"].items()
    }
    placed: dict[str, Any] = _with_references({**schema, "properties": properties})
    return {
        **placed,
        "title": schema_name(name),
        "description": cleandoc(schema.get("description", "")),
        # Every field is there in every answer, whether it has a default or not.
        "required": list(properties),
    }


def _as_moment(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        return {**schema, "anyOf": [_as_moment(option) for option in schema["anyOf"]]}
    return {"type": "string", "format": "date-time"} if schema.get("type") == "number" else schema


def _with_references(schema: Any) -> Any:
    if isinstance(schema, dict):
        placed = {name: _with_references(inner) for name, inner in schema.items()}
        if isinstance(target := placed.get("$ref"), str):
            placed["$ref"] = f"#/components/schemas/{schema_name(target)}"
        return placed
    if isinstance(schema, list):
        return [_with_references(inner) for inner in schema]
    return schema
