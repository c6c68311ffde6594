-- As before, but a group that an alerted campaign explains does not count: accounts of a pool share a network too, and the
-- models keep such groups on watch whatever their evidence.
CREATE OR REPLACE VIEW stillwatch.v_at_threshold
(
    campaign_id String COMMENT 'The campaign',
    accounts UInt32 COMMENT 'Its members',
    status String COMMENT 'Its status now: watch, alert or cleared',
    would_alert Bool COMMENT 'Whether it would alert: evidence enough, of two kinds, and not explained',
    change String COMMENT 'more, less, or same as now',
    wealth Float64 COMMENT 'Its evidence',
    needed Float64 COMMENT 'What it would need',
    kinds UInt64 COMMENT 'Kinds of evidence that count for something (wealth of 2 or more)',
    explained Bool COMMENT 'Whether half of its members or more are in a campaign that alerted'
)
AS WITH alerted AS
(
    SELECT account_id AS suspect
    FROM stillwatch.campaign_members FINAL
    WHERE active = 1 AND campaign_id IN (SELECT campaign_id FROM stillwatch.campaigns FINAL WHERE status = 'alert')
)
SELECT
    t.which AS campaign_id,
    t.n AS accounts,
    t.present AS status,
    t.had >= t.wanted AND t.strong >= 2 AND NOT explained AS would_alert,
    multiIf(would_alert AND t.present = 'watch', 'more', NOT would_alert AND t.present = 'alert', 'less', 'same') AS change,
    t.had AS wealth,
    t.wanted AS needed,
    t.strong AS kinds,
    t.present = 'watch' AND 2 * o.n_suspects >= t.n AS explained
FROM (
    SELECT
        campaign_id AS which,
        accounts AS n,
        status AS present,
        wealth AS had,
        threshold * {factor:Float64} AS wanted,
        arrayCount(one -> one.2 >= 2, JSONExtractKeysAndValues(evidence, 'wealth_by_kind', 'Float64')) AS strong
    FROM stillwatch.v_campaigns
) AS t
LEFT JOIN (
    SELECT campaign_id AS group_id, countIf(account_id IN (SELECT suspect FROM alerted)) AS n_suspects
    FROM stillwatch.campaign_members FINAL
    WHERE active = 1
    GROUP BY group_id
) AS o ON o.group_id = t.which
ORDER BY would_alert DESC, t.had / t.wanted DESC
COMMENT 'What would be flagged at another threshold: v_at_threshold(factor = ...)'
