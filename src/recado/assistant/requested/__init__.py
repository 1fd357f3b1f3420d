"""Which file of the business's somebody asks for: "me mandás la carta en pdf?"."""

from recado.assistant.requested.choosing import MOST_FILES, requested_files

__all__ = ["MOST_FILES", "requested_files"]
