"""What the assistant did not know: kept, put together by likeness, and turned into knowledge."""
