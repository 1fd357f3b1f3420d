"""What came in takes its place: messages, echoes, calls, hand-overs, the vendor's news."""
