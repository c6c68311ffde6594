-- One campaign by the hour: SELECT * FROM v_campaign_load(campaign = 'C-...'). '%' is every campaign. What v_campaign_hours says of
-- all, from the windows of its members only: a filter on the campaign does not reach the windows there, so all are read.
-- PREWHERE, which FINAL allows on the sorting key and does not choose by itself.
CREATE VIEW IF NOT EXISTS stillwatch.v_campaign_load
(
    campaign_id String COMMENT 'The campaign',
    hour DateTime('UTC') COMMENT 'Hour, in event time',
    accounts UInt64 COMMENT 'Members who were active in it',
    events UInt64 COMMENT 'Their exchanges',
    refused UInt64 COMMENT 'Those that were declined',
    output_tokens UInt64 COMMENT 'Output tokens'
)
AS WITH present AS
(
    SELECT campaign_id AS campaign, account_id AS member
    FROM stillwatch.campaign_members FINAL
    WHERE active = 1 AND campaign_id LIKE {campaign:String}
)
SELECT
    h.campaign AS campaign_id,
    h.at AS hour,
    h.n_accounts AS accounts,
    h.n_events AS events,
    h.n_refused AS refused,
    h.n_output AS output_tokens
FROM (
    SELECT
        p.campaign AS campaign,
        toStartOfHour(toDateTime(w.window_start, 'UTC')) AS at,
        uniqExact(w.account_id) AS n_accounts,
        sum(w.events) AS n_events,
        sum(w.refused) AS n_refused,
        sum(w.output_tokens) AS n_output
    FROM (
        SELECT account_id, window_start, events, refused, output_tokens
        FROM stillwatch.account_windows FINAL
        PREWHERE account_id IN (SELECT member FROM present)
    ) AS w
    INNER JOIN present AS p ON p.member = w.account_id
    GROUP BY campaign, at
) AS h
ORDER BY h.campaign, h.at
COMMENT 'A campaign hour by hour: v_campaign_load(campaign = ...)'
