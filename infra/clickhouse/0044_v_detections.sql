-- Which detections fire, and how often they are right by what analysts said of the campaigns.
CREATE VIEW IF NOT EXISTS stillwatch.v_detections
(
    detection String COMMENT 'Id of the detection; docs/detections.md says what it sees',
    title String COMMENT 'What it is called',
    kind String COMMENT 'Kind of evidence: content, coordination, account or reasoning',
    measured UInt64 COMMENT 'Campaigns, watched ones included, on which it had something to measure',
    fired UInt64 COMMENT 'Those of them on which it spoke for a campaign (p below 0.05)',
    in_alerts UInt64 COMMENT 'Those of the latter that alerted',
    confirmed UInt64 COMMENT 'Fired on a campaign that an analyst found to be distillation',
    cleared UInt64 COMMENT 'Fired on a campaign that an analyst found benign or permitted',
    precision Nullable(Float64) COMMENT 'Confirmed among confirmed and cleared; null while nobody said anything',
    median_p Float64 COMMENT 'Median p-value over the campaigns it measured'
)
AS SELECT
    d.id AS detection,
    d.called AS title,
    d.sort AS kind,
    d.n AS measured,
    d.n_fired AS fired,
    d.n_alerts AS in_alerts,
    d.n_confirmed AS confirmed,
    d.n_cleared AS cleared,
    if(d.n_confirmed + d.n_cleared = 0, NULL, d.n_confirmed / (d.n_confirmed + d.n_cleared)) AS precision,
    d.middle AS median_p
FROM (
    SELECT
        w.detection AS id,
        any(splitByString(': ', w.words)[1]) AS called,
        any(w.kind) AS sort,
        count() AS n,
        countIf(w.fired) AS n_fired,
        countIf(w.fired AND c.first_alert_ts IS NOT NULL) AS n_alerts,
        countIf(w.fired AND c.verdict = 'distillation') AS n_confirmed,
        countIf(w.fired AND c.verdict IN ('benign', 'permitted')) AS n_cleared,
        median(w.p) AS middle
    FROM stillwatch.v_why AS w
    INNER JOIN stillwatch.v_campaigns AS c ON c.campaign_id = w.campaign_id
    GROUP BY id
) AS d
COMMENT 'Detections: how often they fire, and how often they are right'
