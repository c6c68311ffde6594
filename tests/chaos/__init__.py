"""Breaking things on purpose: workers, broker and store are killed under load, and the outcome is counted."""
