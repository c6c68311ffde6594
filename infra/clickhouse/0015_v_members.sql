-- Who is in which campaign now, and what the provider says about the account.
CREATE VIEW IF NOT EXISTS stillwatch.v_members
(
    campaign_id String COMMENT 'The campaign',
    account_id String COMMENT 'The member',
    org_id String COMMENT 'Its billing organisation',
    fact_status String COMMENT 'active, limited or banned by the latest fact; empty where none was stated',
    risk Float32 COMMENT 'Risk of the account as a member, 0 to 1',
    events UInt64 COMMENT 'Its exchanges',
    link_events UInt64 COMMENT 'Those of them on the links of the campaign',
    first_ts DateTime64(3, 'UTC') COMMENT 'Event time of its first exchange',
    joined_ts DateTime64(3, 'UTC') COMMENT 'Event time at which it was joined to the campaign',
    via Array(String) COMMENT 'Link keys that join it to the campaign'
)
AS SELECT
    m.campaign_id AS campaign_id,
    m.account_id AS account_id,
    m.org_id AS org_id,
    f.fact_status AS fact_status,
    m.risk AS risk,
    m.events AS events,
    m.link_events AS link_events,
    m.first_ts AS first_ts,
    m.joined_ts AS joined_ts,
    m.via AS via
FROM stillwatch.campaign_members AS m FINAL
LEFT JOIN (
    SELECT account_id AS fact_account, argMax(status, ts) AS fact_status
    FROM stillwatch.account_facts
    GROUP BY fact_account
) AS f ON f.fact_account = m.account_id
WHERE m.active = 1
COMMENT 'Active members of every campaign'
