-- Which models a campaign used, and how soon after each appeared. As before, and:
-- PREWHERE, which FINAL allows on the sorting key and does not choose by itself: other columns are read where members are, not
-- of every row to merge it first.
CREATE OR REPLACE VIEW stillwatch.v_campaign_models
(
    campaign_id String COMMENT 'The campaign',
    day Date COMMENT 'Day, in event time',
    model String COMMENT 'Model that was requested',
    events UInt64 COMMENT 'Exchanges of members with it on that day',
    share Float64 COMMENT 'Their share of the campaign''s exchanges of that day',
    accounts UInt64 COMMENT 'Members who used it on that day',
    model_first_hour DateTime('UTC') COMMENT 'Hour in which anybody first used the model',
    hours_until_used Int64 COMMENT 'Hours from then to the campaign''s first exchange with it'
)
AS WITH present AS
(
    SELECT campaign_id AS campaign, account_id AS member
    FROM stillwatch.campaign_members FINAL
    WHERE active = 1 AND campaign_id LIKE {campaign:String}
)
SELECT
    u.campaign AS campaign_id,
    u.at AS day,
    u.name AS model,
    u.n AS events,
    u.n / sum(u.n) OVER (PARTITION BY u.campaign, u.at) AS share,
    u.n_accounts AS accounts,
    f.first_hour AS model_first_hour,
    dateDiff('hour', f.first_hour, min(u.first) OVER (PARTITION BY u.campaign, u.name)) AS hours_until_used
FROM (
    SELECT
        p.campaign AS campaign,
        toDate(e.ts, 'UTC') AS at,
        toString(e.model) AS name,
        count() AS n,
        uniqExact(e.account_id) AS n_accounts,
        min(e.ts) AS first
    FROM (
        SELECT account_id, ts, model
        FROM stillwatch.api_events FINAL
        PREWHERE account_id IN (SELECT member FROM present)
    ) AS e
    INNER JOIN present AS p ON p.member = e.account_id
    GROUP BY campaign, at, name
) AS u
LEFT JOIN (
    SELECT toString(model) AS which, min(hour) AS first_hour
    FROM stillwatch.traffic_hourly
    GROUP BY which
) AS f ON f.which = u.name
ORDER BY u.campaign, u.at, u.n DESC
COMMENT 'The models of a campaign day by day: v_campaign_models(campaign = ...)'
