"""Events to whoever subscribes: signed webhooks, in order, once each, with a log."""
