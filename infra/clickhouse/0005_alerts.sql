-- One row per alert. The id is a name-based UUID of entity, detection and window, so a replay writes the same row again.
--
-- ORDER BY the id alone: it is the identity, and alerts are few (one per campaign and detection), so that a scan by time
-- costs nothing. No PARTITION BY, since rows replace each other within a partition only, and no TTL: alerts are the record.
-- Shard: none, replicate everywhere.
CREATE TABLE IF NOT EXISTS stillwatch.alerts
(
    alert_id UUID COMMENT 'Name-based UUID of entity, detection and window: the same in every replay',
    ts DateTime64(3, 'UTC') COMMENT 'Event time at which the evidence sufficed',
    entity_type LowCardinality(String) COMMENT 'What the alert is about: campaign, account or link',
    entity_id String COMMENT 'Which one',
    campaign_id String COMMENT 'Campaign that the entity belongs to; empty where none',
    detection LowCardinality(String) COMMENT 'Id of the detection that fired',
    severity LowCardinality(String) COMMENT 'low, medium, high or critical',
    score Float64 COMMENT 'Score of the detection, in its own unit',
    confidence Float32 COMMENT 'How sure the detection is, 0 to 1',
    evidence String COMMENT 'JSON object: why, what would clear it, and the figures behind it',
    version UInt64 COMMENT 'The row of one alert with the highest version is the one that holds',
    written_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY alert_id
SETTINGS
    non_replicated_deduplication_window = 1000
COMMENT 'Alerts, each with the reasons that a person can read'
