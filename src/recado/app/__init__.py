"""A running Recado: its settings tied together, its services, its command line."""
