-- What would be flagged at another threshold: SELECT * FROM v_at_threshold(factor = 0.1). The factor multiplies the evidence
-- that an alert needs, so 0.1 is ten times the false-alarm budget and 10 a tenth of it.
--
-- As of the latest look at watched campaigns and the strongest at alerted ones; what a lower threshold would have joined to
-- what is not shown.
CREATE VIEW IF NOT EXISTS stillwatch.v_at_threshold
(
    campaign_id String COMMENT 'The campaign',
    accounts UInt32 COMMENT 'Its members',
    status String COMMENT 'Its status now: watch, alert or cleared',
    would_alert Bool COMMENT 'Whether it would alert: evidence enough, and of two kinds',
    change String COMMENT 'more, less, or same as now',
    wealth Float64 COMMENT 'Its evidence',
    needed Float64 COMMENT 'What it would need',
    kinds UInt64 COMMENT 'Kinds of evidence that count for something (wealth of 2 or more)'
)
AS SELECT
    t.which AS campaign_id,
    t.n AS accounts,
    t.present AS status,
    t.had >= t.wanted AND t.strong >= 2 AS would_alert,
    multiIf(would_alert AND t.present = 'watch', 'more', NOT would_alert AND t.present = 'alert', 'less', 'same') AS change,
    t.had AS wealth,
    t.wanted AS needed,
    t.strong AS kinds
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
ORDER BY would_alert DESC, t.had / t.wanted DESC
COMMENT 'What would be flagged at another threshold: v_at_threshold(factor = ...)'
