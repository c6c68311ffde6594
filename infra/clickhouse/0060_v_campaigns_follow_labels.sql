-- As before, with all that labels say taken in at once, since no worker may be running, or none that holds the campaign:
-- distillation alerts, a campaign whose links were all found benign is cleared, and accounts that were found benign are no
-- members. A worker says the same within seconds.
CREATE OR REPLACE VIEW stillwatch.v_campaigns
(
    campaign_id String COMMENT 'The campaign',
    status String COMMENT 'watch, alert or cleared',
    verdict String COMMENT 'Latest label of an analyst; empty where there is none',
    risk Float32 COMMENT 'Pooled risk, 0 to 1; alerts have 0.5 or more',
    confidence Float64 COMMENT 'Least share of right ones among alerts on so much evidence, 0 to 1; 0 without an alert',
    wealth Float64 COMMENT 'All evidence together, as a betting wealth',
    threshold Float64 COMMENT 'The wealth that an alert needs under the false-alarm budget',
    accounts UInt32 COMMENT 'Active members',
    events UInt64 COMMENT 'Exchanges of its members',
    events_at_first_alert Nullable(UInt64) COMMENT 'The same when the first alert was raised',
    first_ts DateTime64(3, 'UTC') COMMENT 'Event time of its first exchange',
    first_alert_ts Nullable(DateTime64(3, 'UTC')) COMMENT 'Event time of its first alert',
    last_ts DateTime64(3, 'UTC') COMMENT 'Event time of its last exchange so far',
    detections Array(String) COMMENT 'Ids of the detections that fired',
    links Array(String) COMMENT 'Link keys that join its members',
    summary String COMMENT 'Why, in one sentence',
    evidence String COMMENT 'JSON object: why, and what would clear it'
)
AS SELECT
    c.campaign_id AS campaign_id,
    multiIf(
        l.verdict IN ('benign', 'permitted'), 'cleared',
        l.verdict = 'distillation', 'alert',
        notEmpty(c.links) AND hasAll(
            (SELECT groupArray(entity_id) FROM stillwatch.v_labels WHERE entity_type = 'link' AND verdict IN ('benign', 'permitted')),
            c.links
        ), 'cleared',
        toString(c.status)
    ) AS status,
    l.verdict AS verdict,
    c.risk AS risk,
    multiIf(
        c.first_alert_ts IS NULL, 0.,
        JSONHas(c.evidence, 'confidence'), JSONExtractFloat(c.evidence, 'confidence'),
        wealth / (wealth + threshold)
    ) AS confidence,
    JSONExtractFloat(c.evidence, 'wealth') AS wealth,
    JSONExtractFloat(c.evidence, 'threshold') AS threshold,
    toUInt32(c.accounts - least(o.n_cleared, c.accounts)) AS accounts,
    c.events AS events,
    c.events_at_first_alert AS events_at_first_alert,
    c.first_ts AS first_ts,
    c.first_alert_ts AS first_alert_ts,
    c.last_ts AS last_ts,
    c.detections AS detections,
    c.links AS links,
    JSONExtractString(c.evidence, 'summary') AS summary,
    c.evidence AS evidence
FROM stillwatch.campaigns AS c FINAL
LEFT JOIN (SELECT * FROM stillwatch.v_labels WHERE entity_type = 'campaign') AS l ON l.entity_id = c.campaign_id
LEFT JOIN (
    SELECT campaign_id AS cleared_of, count() AS n_cleared
    FROM stillwatch.campaign_members FINAL
    WHERE active = 1 AND account_id IN (
        SELECT entity_id FROM stillwatch.v_labels WHERE entity_type = 'account' AND verdict IN ('benign', 'permitted')
    )
    GROUP BY cleared_of
) AS o ON o.cleared_of = c.campaign_id
WHERE c.status != 'merged'
COMMENT 'Campaigns as they stand now, with the verdict of an analyst where there is one'
