-- The same for the person who comes in every morning.
CREATE VIEW IF NOT EXISTS stillwatch.v_new_since_yesterday
(
    at DateTime64(3, 'UTC') COMMENT 'When it was written, by the clock',
    what String COMMENT 'alert, campaign, members, label, label effect or dead letters',
    campaign_id String COMMENT 'Campaign that it is about; empty where none',
    detail String COMMENT 'What happened, in words'
)
AS SELECT * FROM stillwatch.v_new(since = now() - INTERVAL 1 DAY) ORDER BY at DESC
COMMENT 'What is new in the last 24 hours'
