-- The evidence of every campaign, one row per finding, each number with its normal range.
CREATE VIEW IF NOT EXISTS stillwatch.v_why
(
    campaign_id String COMMENT 'The campaign',
    detection String COMMENT 'Id of the detection; docs/detections.md says what it sees',
    kind String COMMENT 'Kind of evidence: content, coordination, account or reasoning',
    words String COMMENT 'What was measured, as a person would say it',
    value Float64 COMMENT 'What was measured',
    normal_low Float64 COMMENT 'Lower end of what is normal: 95 % of accounts or benign groups lie between the two',
    normal_high Float64 COMMENT 'Upper end of what is normal',
    p Float64 COMMENT 'How rarely a benign group measures so high',
    fired Bool COMMENT 'Whether it speaks for a campaign by itself (p below 0.05)',
    cleared_by String COMMENT 'What would take this finding away'
)
AS SELECT
    w.which AS campaign_id,
    w.finding.1 AS detection,
    w.finding.2 AS kind,
    w.finding.3 AS words,
    w.finding.4 AS value,
    w.finding.5[1] AS normal_low,
    w.finding.5[2] AS normal_high,
    w.finding.6 AS p,
    w.finding.6 < 0.05 AS fired,
    w.finding.7 AS cleared_by
FROM (
    SELECT
        campaign_id AS which,
        arrayJoin(JSONExtract(
            evidence,
            'findings',
            'Array(Tuple(detection String, kind String, words String, value Float64, normal Array(Float64), p Float64, cleared_by String))'
        )) AS finding
    FROM stillwatch.campaigns FINAL
    WHERE status != 'merged'
) AS w
COMMENT 'Why each campaign is one, finding by finding, each number with its normal range'
