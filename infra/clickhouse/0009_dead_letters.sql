-- One row per message that did not fit, with the rule it broke.
--
-- ORDER BY the place in Kafka, which is the identity of a message. No PARTITION BY, since ts may differ between two
-- readings of one message. TTL from the time of writing: `raw` may hold what a sender should not have sent, so it does not
-- stay for long.
-- Shard by cityHash64(topic, partition).
CREATE TABLE IF NOT EXISTS stillwatch.dead_letters
(
    topic LowCardinality(String) COMMENT 'Topic of the message',
    partition UInt32 COMMENT 'Partition of the message',
    offset UInt64 COMMENT 'Offset of the message',
    ts DateTime64(3, 'UTC') COMMENT 'Event time where it could be read, otherwise the time the broker gave',
    key String COMMENT 'Key of the message',
    field String COMMENT 'Field that broke the rule; empty where the message is not even an object',
    value String COMMENT 'Its value, shortened',
    rule LowCardinality(String) COMMENT 'Which rule was broken',
    reason String COMMENT 'The same in words, with what to do',
    raw String COMMENT 'Bytes of the message, cut at 4 KiB',
    written_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset)
TTL written_at + INTERVAL 30 DAY
SETTINGS
    non_replicated_deduplication_window = 1000,
    ttl_only_drop_parts = 1
COMMENT 'Messages that could not be read, and why'
