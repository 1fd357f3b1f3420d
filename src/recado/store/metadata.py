"""Every table of Recado, gathered for migrations."""

from recado.assistant import model as assistant
from recado.assistant.models import model as models
from recado.assistant.tools import model as tools
from recado.assistant.unanswered import model as unanswered
from recado.conversations import model as conversations
from recado.conversations.facts import model as facts
from recado.conversations.search import model as search
from recado.escalation import model as escalation
from recado.escalation.departments import model as departments
from recado.lines import model as channels
from recado.maintenance import model as maintenance
from recado.media import model as media
from recado.media.reading import model as reading
from recado.queue import model as queue
from recado.security import model as security
from recado.sending import model as sending
from recado.store import schema
from recado.store.base import Base
from recado.subscriptions import model as subscriptions
from recado.templates import model as templates

FEATURES = (
    assistant,
    channels,
    conversations,
    departments,
    escalation,
    facts,
    maintenance,
    media,
    models,
    queue,
    reading,
    schema,
    search,
    security,
    sending,
    subscriptions,
    templates,
    unanswered,
    tools,
)
metadata = Base.metadata
