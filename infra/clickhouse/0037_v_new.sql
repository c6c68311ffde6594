-- What is new since a moment, by the clock: SELECT * FROM v_new(since = now() - INTERVAL 1 DAY) ORDER BY at DESC.
--
-- By when rows were written, not by event time, because a person asks what changed since they last looked.
CREATE VIEW IF NOT EXISTS stillwatch.v_new
(
    at DateTime64(3, 'UTC') COMMENT 'When it was written, by the clock',
    what String COMMENT 'alert, campaign, members, label, label effect or dead letters',
    campaign_id String COMMENT 'Campaign that it is about; empty where none',
    detail String COMMENT 'What happened, in words'
)
AS SELECT n.happened AS at, n.sort AS what, n.which AS campaign_id, n.told AS detail
FROM (
    SELECT
        toDateTime64(written_at, 3, 'UTC') AS happened,
        'alert' AS sort,
        campaign_id AS which,
        concat(toString(severity), ': ', JSONExtractString(evidence, 'summary')) AS told
    FROM stillwatch.alerts FINAL
    WHERE written_at >= {since:DateTime}
    UNION ALL
    SELECT
        toDateTime64(written_at, 3, 'UTC'),
        'campaign',
        campaign_id,
        concat(status, ', ', toString(accounts), ' accounts, ', toString(events), ' exchanges, risk ', toString(round(risk, 2)))
    FROM stillwatch.campaigns FINAL
    WHERE written_at >= {since:DateTime} AND status IN ('alert', 'cleared')
    UNION ALL
    SELECT
        toDateTime64(max(m.written_at), 3, 'UTC'),
        'members',
        m.campaign_id,
        concat(toString(countIf(m.active = 1)), ' present, ', toString(countIf(m.active = 0)), ' left')
    FROM stillwatch.campaign_members AS m FINAL
    WHERE m.written_at >= {since:DateTime}
        AND m.campaign_id IN (SELECT campaign_id FROM stillwatch.campaigns FINAL WHERE status IN ('alert', 'cleared'))
    GROUP BY m.campaign_id
    UNION ALL
    SELECT
        at,
        'label',
        if(entity_type = 'campaign', entity_id, ''),
        concat(toString(entity_type), ' ', entity_id, ': ', if(withdrawn, 'withdrawn', toString(verdict)), ' by ', analyst)
    FROM stillwatch.labels
    WHERE at >= {since:DateTime}
    UNION ALL
    SELECT
        applied_at,
        'label effect',
        campaign_id,
        concat(status_before, ' -> ', status_after, ', members ', toString(members_before), ' -> ', toString(members_after))
    FROM stillwatch.label_effects FINAL
    WHERE applied_at >= {since:DateTime} AND campaign_id != ''
    UNION ALL
    SELECT
        toDateTime64(max(written_at), 3, 'UTC'),
        'dead letters',
        '',
        concat(toString(count()), ' in ', any(topic), ' broke the rule: ', toString(rule))
    FROM stillwatch.dead_letters FINAL
    WHERE written_at >= {since:DateTime}
    GROUP BY topic, rule
) AS n
COMMENT 'What is new since a moment: v_new(since = ...)'
