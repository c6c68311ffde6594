-- The course of each campaign: what its members did, hour by hour.
CREATE VIEW IF NOT EXISTS stillwatch.v_campaign_hours
(
    campaign_id String COMMENT 'The campaign',
    hour DateTime('UTC') COMMENT 'Start of the hour, in event time',
    accounts UInt64 COMMENT 'Members active in it',
    events UInt64 COMMENT 'Their exchanges',
    refused UInt64 COMMENT 'Those of them that were declined',
    output_tokens UInt64 COMMENT 'Output tokens they received'
)
AS SELECT
    h.campaign AS campaign_id,
    h.at AS hour,
    h.n_accounts AS accounts,
    h.n_events AS events,
    h.n_refused AS refused,
    h.n_output AS output_tokens
FROM (
    SELECT
        m.campaign_id AS campaign,
        toStartOfHour(toDateTime(w.window_start, 'UTC')) AS at,
        uniqExact(w.account_id) AS n_accounts,
        sum(w.events) AS n_events,
        sum(w.refused) AS n_refused,
        sum(w.output_tokens) AS n_output
    FROM stillwatch.account_windows AS w FINAL
    INNER JOIN (SELECT campaign_id, account_id FROM stillwatch.campaign_members FINAL WHERE active = 1) AS m
        ON m.account_id = w.account_id
    GROUP BY campaign, at
) AS h
COMMENT 'What the members of each campaign did, by the hour'
