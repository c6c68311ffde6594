-- As before, and:
-- Members are counted, in place of what the worker that wrote the campaign knew: a run on the store of an earlier one finds a part
-- of them anew, and those that the earlier one found are still members.
-- What an analyst confirmed is as sure as STIX 2.1 calls high (85 of 100; its appendix A), however little evidence there is: without
-- evidence confidence was 0, and so was what is shared and how sure members are.
CREATE OR REPLACE VIEW stillwatch.v_campaigns
(
    campaign_id String COMMENT 'The campaign',
    status String COMMENT 'watch, alert or cleared',
    verdict String COMMENT 'Latest label of an analyst; empty where there is none',
    risk Float32 COMMENT 'Pooled risk, 0 to 1; alerts have 0.5 or more',
    confidence Float64 COMMENT 'Least share of right ones among alerts on so much evidence, 0 to 1; 0.85 or more where an analyst confirmed it; 0 without an alert',
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
        c.status != 'cleared', toString(c.status),
        c.first_alert_ts IS NULL, 'watch',
        'alert'
    ) AS status,
    l.verdict AS verdict,
    c.risk AS risk,
    greatest(
        multiIf(
            c.first_alert_ts IS NULL, 0.,
            JSONHas(c.evidence, 'confidence'), JSONExtractFloat(c.evidence, 'confidence'),
            wealth / (wealth + threshold)
        ),
        if(l.verdict = 'distillation', 0.85, 0.)
    ) AS confidence,
    JSONExtractFloat(c.evidence, 'wealth') AS wealth,
    JSONExtractFloat(c.evidence, 'threshold') AS threshold,
    -- Between the block of a campaign and that of its members it has none.
    if(m.members_of = '', c.accounts, toUInt32(m.n_members)) AS accounts,
    if(m.members_of = '', c.events, m.n_events) AS events,
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
    SELECT campaign_id AS members_of, countIf(stands) AS n_members, sumIf(events, stands) AS n_events
    FROM (
        SELECT
            campaign_id,
            events,
            active = 1 AND account_id NOT IN (
                SELECT entity_id FROM stillwatch.v_labels WHERE entity_type = 'account' AND verdict IN ('benign', 'permitted')
            ) AS stands
        FROM stillwatch.campaign_members FINAL
    )
    GROUP BY members_of
) AS m ON m.members_of = c.campaign_id
WHERE c.status != 'merged'
COMMENT 'Campaigns as they stand now, with the verdict of an analyst where there is one'
