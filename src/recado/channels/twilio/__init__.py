"""The Twilio channel."""

from recado.channels.twilio.channel import TwilioChannel

__all__ = ["TwilioChannel"]
