-- One row per link key and window: who shares it, and how suspicious that is.
--
-- ORDER BY (link, window_start) is the identity of the row and the way it is asked for: a key pasted from an alert.
-- PARTITION BY month and TTL from the time of writing: as for api_events.
-- Shard by cityHash64(link).
CREATE TABLE IF NOT EXISTS stillwatch.link_windows
(
    link FixedString(16) COMMENT 'The link key, 16 hex digits',
    kind LowCardinality(String) COMMENT 'What the link is made of: template, payment, signup, ip, tls, reasoning or shape',
    window_start DateTime64(3, 'UTC') COMMENT 'Start of the window, in event time',
    owners UInt32 COMMENT 'Accounts that share the link, up to the end of the window',
    new_owners UInt32 COMMENT 'Accounts first seen on it in the window',
    events UInt64 COMMENT 'Exchanges on the link, up to the end of the window',
    dedication Float32 COMMENT 'Mean share of its owners'' exchanges that are on this link, 0 to 1',
    evenness Float32 COMMENT 'How evenly its owners use it, 0 to 1',
    one_shot Float32 COMMENT 'Share of its owners'' exchanges that are first turns, 0 to 1',
    age_hours Float32 COMMENT 'Hours of event time since the link was first seen',
    evidence Float32 COMMENT 'Evidence that one operator holds all owners; 0 is none',
    campaign_id String COMMENT 'Campaign that the link belongs to; empty where none',
    version UInt64 COMMENT 'The row of one link and window with the highest version is the one that holds',
    written_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (link, window_start)
TTL written_at + INTERVAL 400 DAY
SETTINGS
    non_replicated_deduplication_window = 1000,
    ttl_only_drop_parts = 1
COMMENT 'What accounts have in common, per window of event time'
