"""Everything on one machine: broker, store and worker, put together."""
