"""How a notification leaves: one module a channel, behind one port."""
