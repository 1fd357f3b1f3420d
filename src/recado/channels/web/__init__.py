"""The web channel: the simulator and the conversation API; no provider in between."""

from recado.channels.web.channel import WebChannel

__all__ = ["WebChannel"]
