"""What helps a person who answers: a summary, a draft from the knowledge, their own words reworded
or translated. Nothing of it is stored or sent; who asked for it decides.
"""

from recado.assistant.writing.drafts import Draft, draft_reply
from recado.assistant.writing.rewording import MANNERS, Reworded, reword, translate
from recado.assistant.writing.summaries import extend_summary
from recado.assistant.writing.talk import Talk, keeping_calls, read_talk, speaker_of
from recado.assistant.writing.writers import writers

__all__ = [
    "MANNERS",
    "Draft",
    "Reworded",
    "Talk",
    "draft_reply",
    "extend_summary",
    "keeping_calls",
    "read_talk",
    "reword",
    "speaker_of",
    "translate",
    "writers",
]
