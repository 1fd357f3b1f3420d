"""The queue: ordered lanes, leases, retries, dead letters; one port, several engines."""

from recado.queue.port import Delivery, NewJob, Queue, QueueSpec

__all__ = ["Delivery", "NewJob", "Queue", "QueueSpec"]
