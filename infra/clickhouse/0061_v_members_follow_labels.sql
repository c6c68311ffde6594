-- As before; an account that was found benign or permitted is no member, whether or not a worker has written that down.
CREATE OR REPLACE VIEW stillwatch.v_members
(
    campaign_id String COMMENT 'The campaign',
    account_id String COMMENT 'The member',
    org_id String COMMENT 'Its billing organisation',
    fact_status String COMMENT 'active, limited or banned by the latest fact; empty where none was stated',
    status String COMMENT 'Status of the campaign: watch, alert or cleared',
    sure Float64 COMMENT 'How sure the membership is, 0 to 1: confidence of the campaign times dedication',
    dedication Float64 COMMENT 'Share of its exchanges that are on the links of the campaign, 0 to 1',
    risk Float32 COMMENT 'Risk of the campaign, 0 to 1',
    events UInt64 COMMENT 'Its exchanges',
    link_events UInt64 COMMENT 'Those of them on the links of the campaign',
    first_ts DateTime64(3, 'UTC') COMMENT 'Event time of its first exchange',
    joined_ts DateTime64(3, 'UTC') COMMENT 'Event time of its first exchange on a link of the campaign',
    via Array(String) COMMENT 'Link keys that join it to the campaign',
    measures Map(String, Float32) COMMENT 'Its own value for each detection that measures accounts'
)
AS SELECT
    m.campaign_id AS campaign_id,
    m.account_id AS account_id,
    m.org_id AS org_id,
    f.fact_status AS fact_status,
    c.status AS status,
    c.confidence * dedication AS sure,
    least(m.link_events / greatest(m.events, 1), 1.) AS dedication,
    m.risk AS risk,
    m.events AS events,
    m.link_events AS link_events,
    m.first_ts AS first_ts,
    m.joined_ts AS joined_ts,
    m.via AS via,
    CAST(m.measures, 'Map(String, Float32)') AS measures
FROM stillwatch.campaign_members AS m FINAL
INNER JOIN stillwatch.v_campaigns AS c ON c.campaign_id = m.campaign_id
LEFT JOIN (
    SELECT account_id AS fact_account, argMax(status, ts) AS fact_status
    FROM stillwatch.account_facts
    GROUP BY fact_account
) AS f ON f.fact_account = m.account_id
WHERE m.active = 1 AND m.account_id NOT IN (
    SELECT entity_id FROM stillwatch.v_labels WHERE entity_type = 'account' AND verdict IN ('benign', 'permitted')
)
COMMENT 'Active members of every campaign, and how sure each is'
