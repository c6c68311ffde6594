-- What other providers said (`stillwatch ingest-indicators`), one row per indicator and reading of it.
--
-- ORDER BY the id of the indicator: a newer edition of it replaces the older. No PARTITION BY, no TTL: they are few, and what
-- has expired stays readable (v_indicators has what holds).
-- Shard: none, replicate everywhere.
CREATE TABLE IF NOT EXISTS stillwatch.indicators
(
    id String COMMENT 'STIX id of the indicator',
    source String COMMENT 'Who says so: the provider that made the bundle',
    kind LowCardinality(String) COMMENT 'What it is a key of: template, payment, signup, ip or tls',
    value String COMMENT 'The key, as api_events has it',
    campaign String COMMENT 'Name of the campaign that it indicates, at the source',
    confidence UInt8 COMMENT 'How sure the source is, 0 to 100',
    valid_from DateTime('UTC') COMMENT 'Since when it holds',
    valid_until DateTime('UTC') COMMENT 'Until when it holds',
    revoked Bool COMMENT 'Whether the source took it back',
    modified DateTime64(3, 'UTC') COMMENT 'Edition of the indicator; the latest holds',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was read, by the clock'
)
ENGINE = ReplacingMergeTree(modified)
ORDER BY id
COMMENT 'Indicators of other providers: keys that pools of theirs shared'
