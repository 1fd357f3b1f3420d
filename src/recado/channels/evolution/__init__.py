"""WhatsApp through Evolution API: a phone's own WhatsApp, linked by QR code."""

from recado.channels.evolution.channel import EvolutionChannel

__all__ = ["EvolutionChannel"]
