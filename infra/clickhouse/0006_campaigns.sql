-- One row per campaign and version of it; the highest version is its present state.
--
-- ORDER BY the id, no PARTITION BY (rows replace each other within a partition only) and no TTL: campaigns are few, and
-- they are the result.
-- Shard: none, replicate everywhere.
CREATE TABLE IF NOT EXISTS stillwatch.campaigns
(
    campaign_id String COMMENT 'The campaign',
    status LowCardinality(String) COMMENT 'watch, alert, cleared or merged',
    risk Float32 COMMENT 'Pooled risk, 0 to 1',
    first_alert_ts Nullable(DateTime64(3, 'UTC')) COMMENT 'Event time of its first alert; null while there is none',
    first_ts DateTime64(3, 'UTC') COMMENT 'Event time of its first exchange',
    last_ts DateTime64(3, 'UTC') COMMENT 'Event time of its last exchange so far',
    accounts UInt32 COMMENT 'Active members',
    events UInt64 COMMENT 'Exchanges of its members on its links',
    events_at_first_alert Nullable(UInt64) COMMENT 'The same when the first alert was raised: what had passed by then',
    detections Array(LowCardinality(String)) COMMENT 'Ids of the detections that fired',
    links Array(String) COMMENT 'Link keys that join its members, 16 hex digits each',
    evidence String COMMENT 'JSON object: why, what would clear it, and the figures behind it',
    merged_into Nullable(String) COMMENT 'The campaign that took this one over; null where none did',
    version UInt64 COMMENT 'The row of one campaign with the highest version is the one that holds',
    written_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY campaign_id
SETTINGS
    non_replicated_deduplication_window = 1000
COMMENT 'Campaigns: accounts that one operator appears to hold'
