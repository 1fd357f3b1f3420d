"""Every table of Recado, gathered for migrations."""

from recado.assistant import model as assistant
from recado.assistant.intents import model as intents
from recado.assistant.models import model as models
from recado.assistant.tools import model as tools
from recado.assistant.unanswered import model as unanswered
from recado.conversations import model as conversations
from recado.conversations.facts import model as facts
from recado.conversations.search import model as search
from recado.conversations.summaries import model as summaries
from recado.escalation import model as escalation
from recado.escalation.clocks import model as clocks
from recado.escalation.departments import model as departments
from recado.lines import model as channels
from recado.maintenance import model as maintenance
from recado.media import model as media
from recado.media.reading import model as reading
from recado.notifications import model as notifications
from recado.queue import model as queue
from recado.satisfaction import model as satisfaction
from recado.security import model as security
from recado.sending import model as sending
from recado.store import schema
from recado.store.base import Base
from recado.subscriptions import model as subscriptions
from recado.templates import model as templates

FEATURES = (
    assistant,
    channels,
    clocks,
    conversations,
    departments,
    escalation,
    facts,
    intents,
    maintenance,
    media,
    models,
    notifications,
    queue,
    reading,
    satisfaction,
    schema,
    search,
    security,
    sending,
    subscriptions,
    summaries,
    templates,
    unanswered,
    tools,
)
metadata = Base.metadata
