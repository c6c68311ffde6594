-- One row per campaign, account and version of the membership; a member that left stays, with active = 0.
--
-- ORDER BY (campaign_id, account_id) is the identity and the usual question. No PARTITION BY, no TTL: see campaigns.
-- The index answers the other question, which campaign an account is in.
-- Shard: none, replicate everywhere.
CREATE TABLE IF NOT EXISTS stillwatch.campaign_members
(
    campaign_id String COMMENT 'The campaign',
    account_id String COMMENT 'The member',
    org_id String COMMENT 'Its billing organisation',
    active UInt8 COMMENT '1 for a member, 0 for one that was taken out again',
    risk Float32 COMMENT 'Risk of the account as a member, 0 to 1',
    joined_ts DateTime64(3, 'UTC') COMMENT 'Event time at which it was joined to the campaign',
    first_ts DateTime64(3, 'UTC') COMMENT 'Event time of its first exchange',
    events UInt64 COMMENT 'Its exchanges',
    link_events UInt64 COMMENT 'Those of them on the links of the campaign',
    via Array(String) COMMENT 'Link keys that join it to the campaign, 16 hex digits each',
    version UInt64 COMMENT 'The row of one member with the highest version is the one that holds',
    written_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock',
    INDEX accounts_seen account_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (campaign_id, account_id)
SETTINGS
    non_replicated_deduplication_window = 1000
COMMENT 'Which accounts belong to which campaign, and through what'
