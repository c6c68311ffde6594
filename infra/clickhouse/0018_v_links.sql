-- The latest state of each link.
CREATE VIEW IF NOT EXISTS stillwatch.v_links
(
    link String COMMENT 'The link key, 16 hex digits',
    kind String COMMENT 'What the link is made of',
    campaign_id String COMMENT 'Campaign that it belongs to; empty where none',
    evidence Float32 COMMENT 'Evidence that one operator holds all owners',
    owners UInt32 COMMENT 'Accounts that share it',
    events UInt64 COMMENT 'Exchanges on it',
    dedication Float32 COMMENT 'Mean share of its owners'' exchanges that are on this link, 0 to 1',
    evenness Float32 COMMENT 'How evenly its owners use it, 0 to 1',
    one_shot Float32 COMMENT 'Share of its owners'' exchanges that are first turns, 0 to 1',
    age_hours Float32 COMMENT 'Hours of event time since it was first seen',
    window_start DateTime64(3, 'UTC') COMMENT 'Start of the window that says so'
)
AS SELECT
    toString(w.link) AS link,
    w.kind AS kind,
    w.campaign_id AS campaign_id,
    w.evidence AS evidence,
    w.owners AS owners,
    w.events AS events,
    w.dedication AS dedication,
    w.evenness AS evenness,
    w.one_shot AS one_shot,
    w.age_hours AS age_hours,
    w.window_start AS window_start
FROM stillwatch.link_windows AS w FINAL
ORDER BY w.window_start DESC
LIMIT 1 BY w.link
COMMENT 'What accounts have in common, as it stands now'
