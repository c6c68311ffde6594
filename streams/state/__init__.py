"""State that outlives a worker: a compacted topic, and topics that are read again."""
