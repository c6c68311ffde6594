-- What each label did when the pipeline took it in: the audit beside the labels themselves.
--
-- Written by the worker that holds the campaigns, once per label and campaign that it changed; a label that changed none
-- has one row without a campaign, so that it is seen to have been read.
-- ORDER BY the label: the question is what became of this one. ReplacingMergeTree without a version, because a worker that
-- dies between writing and remembering writes the same again. No TTL: labels have none.
-- Shard: none, replicate everywhere.
CREATE TABLE IF NOT EXISTS stillwatch.label_effects
(
    label_id UUID COMMENT 'The label',
    campaign_id String COMMENT 'Campaign that it changed; empty where it changed none',
    entity_type LowCardinality(String) COMMENT 'What the label is about: account, campaign or link',
    entity_id String COMMENT 'Which one',
    verdict LowCardinality(String) COMMENT 'The verdict that holds from then on; empty where the label took one back',
    analyst String COMMENT 'Who said so',
    status_before LowCardinality(String) COMMENT 'Status of the campaign before: watch, alert or cleared; empty where there is none',
    status_after LowCardinality(String) COMMENT 'Status of the campaign after',
    members_before UInt32 COMMENT 'Its members before',
    members_after UInt32 COMMENT 'Its members after',
    applied_at DateTime64(3, 'UTC') COMMENT 'When the label took effect, by the clock'
)
ENGINE = ReplacingMergeTree
ORDER BY (label_id, campaign_id)
SETTINGS
    non_replicated_deduplication_window = 1000
COMMENT 'What each label changed, and when'
