"""WhatsApp through Meta's Cloud API (the Graph API)."""

from recado.channels.whatsapp.channel import WhatsAppChannel

__all__ = ["WhatsAppChannel"]
