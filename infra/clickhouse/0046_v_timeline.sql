-- What happened to a campaign, in order: SELECT * FROM v_timeline(campaign = 'C-...').
CREATE VIEW IF NOT EXISTS stillwatch.v_timeline
(
    at DateTime64(3, 'UTC') COMMENT 'When: event time, but for labels, which have the clock''s',
    what String COMMENT 'first exchange, joined, first alert, banned, last exchange or label',
    detail String COMMENT 'In words'
)
AS SELECT t.happened AS at, t.sort AS what, t.told AS detail
FROM (
    SELECT first_ts AS happened, 'first exchange' AS sort, '' AS told
    FROM stillwatch.campaigns FINAL WHERE campaign_id = {campaign:String}
    UNION ALL
    SELECT last_ts, 'last exchange', concat(toString(events), ' exchanges so far')
    FROM stillwatch.campaigns FINAL WHERE campaign_id = {campaign:String}
    UNION ALL
    SELECT assumeNotNull(first_alert_ts), 'first alert', concat('after ', toString(events_at_first_alert), ' exchanges')
    FROM stillwatch.campaigns FINAL WHERE campaign_id = {campaign:String} AND first_alert_ts IS NOT NULL
    UNION ALL
    SELECT min(joined_ts), 'joined', concat(toString(count()), ' accounts on ', toString(toDate(joined_ts, 'UTC')))
    FROM stillwatch.campaign_members FINAL
    WHERE campaign_id = {campaign:String} AND active = 1
    GROUP BY toDate(joined_ts, 'UTC')
    UNION ALL
    SELECT toStartOfHour(ts), 'banned', concat(toString(uniqExact(account_id)), ' members')
    FROM stillwatch.account_facts FINAL
    WHERE status = 'banned' AND account_id IN (
        SELECT account_id FROM stillwatch.campaign_members FINAL WHERE campaign_id = {campaign:String} AND active = 1
    )
    GROUP BY toStartOfHour(ts)
    UNION ALL
    SELECT at, 'label', concat(verdict, ' by ', analyst, ': ', note)
    FROM stillwatch.v_label_history
    WHERE entity_type = 'campaign' AND entity_id = {campaign:String}
) AS t
ORDER BY t.happened
COMMENT 'What happened to a campaign, in order: v_timeline(campaign = ...)'
