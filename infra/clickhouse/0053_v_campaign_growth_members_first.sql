-- How a campaign grew: SELECT * FROM v_campaign_growth(campaign = 'C-...'). '%' is every campaign.
-- PREWHERE, which FINAL allows on the sorting key and does not choose by itself: other columns are read where members are, not
-- of every row to merge it first.
CREATE OR REPLACE VIEW stillwatch.v_campaign_growth
(
    campaign_id String COMMENT 'The campaign',
    day Date COMMENT 'Day, in event time',
    joined UInt64 COMMENT 'Members whose first exchange on its links was on that day',
    members UInt64 COMMENT 'All who had joined by the end of it',
    accounts UInt64 COMMENT 'Members who were active on that day',
    events UInt64 COMMENT 'Their exchanges',
    all_events UInt64 COMMENT 'Exchanges of members up to the end of that day',
    output_tokens UInt64 COMMENT 'Output tokens of that day',
    per_account Float64 COMMENT 'Exchanges per active member on that day'
)
AS WITH present AS
(
    SELECT campaign_id AS campaign, account_id AS member, toDate(joined_ts, 'UTC') AS joining
    FROM stillwatch.campaign_members FINAL
    WHERE active = 1 AND campaign_id LIKE {campaign:String}
)
SELECT
    g.campaign AS campaign_id,
    g.at AS day,
    sum(g.n_joined) AS joined,
    sum(joined) OVER (PARTITION BY g.campaign ORDER BY g.at) AS members,
    sum(g.n_accounts) AS accounts,
    sum(g.n_events) AS events,
    sum(events) OVER (PARTITION BY g.campaign ORDER BY g.at) AS all_events,
    sum(g.n_output) AS output_tokens,
    events / greatest(accounts, 1) AS per_account
FROM (
    SELECT campaign, joining AS at, count() AS n_joined, 0 AS n_accounts, 0 AS n_events, 0 AS n_output
    FROM present
    GROUP BY campaign, at
    UNION ALL
    SELECT
        p.campaign,
        toDate(w.window_start, 'UTC') AS at,
        0,
        uniqExact(w.account_id),
        sum(w.events),
        sum(w.output_tokens)
    FROM (
        SELECT account_id, window_start, events, output_tokens
        FROM stillwatch.account_windows FINAL
        PREWHERE account_id IN (SELECT member FROM present)
    ) AS w
    INNER JOIN present AS p ON p.member = w.account_id
    GROUP BY p.campaign, at
) AS g
GROUP BY g.campaign, g.at
ORDER BY g.campaign, g.at
COMMENT 'A campaign day by day: v_campaign_growth(campaign = ...)'
