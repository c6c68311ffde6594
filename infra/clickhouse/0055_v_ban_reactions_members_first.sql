-- What a campaign did after bans. As before, and:
-- PREWHERE, which FINAL allows on the sorting key and does not choose by itself: other columns are read where members are, not
-- of every row to merge it first.
CREATE OR REPLACE VIEW stillwatch.v_ban_reactions
(
    campaign_id String COMMENT 'The campaign',
    banned_at DateTime('UTC') COMMENT 'Hour of the bans, in event time',
    banned UInt64 COMMENT 'Members banned in it',
    events_before UInt64 COMMENT 'Exchanges of all members in the 24 hours before',
    events_after UInt64 COMMENT 'The same in the 24 hours after',
    newcomers UInt64 COMMENT 'Members whose first exchange came within 24 hours after',
    newcomer_events UInt64 COMMENT 'Exchanges of those within 24 hours after'
)
AS WITH
present AS
(
    SELECT campaign_id AS campaign, account_id AS member, first_ts AS began
    FROM stillwatch.campaign_members FINAL
    WHERE active = 1 AND campaign_id LIKE {campaign:String}
),
bans AS
(
    SELECT p.campaign AS campaign, toStartOfHour(toDateTime(f.ts, 'UTC')) AS hour, uniqExact(f.account_id) AS n
    FROM stillwatch.account_facts AS f FINAL
    INNER JOIN present AS p ON p.member = f.account_id
    WHERE f.status = 'banned'
    GROUP BY campaign, hour
),
hours AS
(
    SELECT p.campaign AS campaign, p.began AS began, toDateTime(w.window_start, 'UTC') AS hour, sum(w.events) AS n
    FROM (
        SELECT account_id, window_start, events
        FROM stillwatch.account_windows FINAL
        PREWHERE account_id IN (SELECT member FROM present)
    ) AS w
    INNER JOIN present AS p ON p.member = w.account_id
    GROUP BY campaign, began, hour
)
SELECT
    b.campaign AS campaign_id,
    b.hour AS banned_at,
    any(b.n) AS banned,
    sumIf(h.n, h.hour >= b.hour - INTERVAL 1 DAY AND h.hour < b.hour) AS events_before,
    sumIf(h.n, h.hour >= b.hour AND h.hour < b.hour + INTERVAL 1 DAY) AS events_after,
    any(k.n) AS newcomers,
    sumIf(h.n, h.hour >= b.hour AND h.hour < b.hour + INTERVAL 1 DAY AND h.began >= b.hour) AS newcomer_events
FROM bans AS b
INNER JOIN hours AS h ON h.campaign = b.campaign
LEFT JOIN (
    SELECT b.campaign AS campaign, b.hour AS hour, countIf(p.began >= b.hour AND p.began < b.hour + INTERVAL 1 DAY) AS n
    FROM bans AS b
    INNER JOIN present AS p ON p.campaign = b.campaign
    GROUP BY campaign, hour
) AS k ON k.campaign = b.campaign AND k.hour = b.hour
GROUP BY b.campaign, b.hour
ORDER BY b.campaign, b.hour
COMMENT 'Bans of members and what followed: v_ban_reactions(campaign = ...)'
