-- Why this account. As before; and of one that an analyst found benign or permitted, why it was flagged until then: whoever
-- reads the label later asks that first.
CREATE OR REPLACE VIEW stillwatch.v_why_account
(
    campaign_id String COMMENT 'Campaign that the account is in',
    status String COMMENT 'Its status: watch, alert or cleared; cleared as well where the account is',
    detection String COMMENT 'Id of the detection',
    words String COMMENT 'What was measured of the campaign, as a person would say it',
    own Nullable(Float64) COMMENT 'The account''s own value; null where the detection measures groups only',
    median Float64 COMMENT 'The campaign''s value',
    normal_low Float64 COMMENT 'Lower end of what is normal: 95 % of accounts or benign groups lie between the two',
    normal_high Float64 COMMENT 'Upper end of what is normal',
    unusual Nullable(Bool) COMMENT 'Whether the account''s own value lies outside what is normal',
    p Float64 COMMENT 'How rarely a benign group measures as high as the campaign',
    dedication Float64 COMMENT 'Share of the account''s exchanges that are on the links of the campaign',
    via Array(String) COMMENT 'Link keys that join it to the campaign',
    cleared_by String COMMENT 'What would take this finding away'
)
AS SELECT
    m.campaign_id AS campaign_id,
    m.status AS status,
    w.detection AS detection,
    w.words AS words,
    if(mapContains(m.measures, w.detection), toFloat64(m.measures[w.detection]), NULL) AS own,
    w.value AS median,
    w.normal_low AS normal_low,
    w.normal_high AS normal_high,
    own < w.normal_low OR own > w.normal_high AS unusual,
    w.p AS p,
    m.dedication AS dedication,
    m.via AS via,
    w.cleared_by AS cleared_by
FROM (
    SELECT
        p.campaign_id AS campaign_id,
        if(l.verdict IN ('benign', 'permitted'), 'cleared', c.status) AS status,
        p.risk AS risk,
        least(p.link_events / greatest(p.events, 1), 1.) AS dedication,
        p.via AS via,
        CAST(p.measures, 'Map(String, Float32)') AS measures
    FROM (SELECT * FROM stillwatch.campaign_members FINAL WHERE account_id = {account:String}) AS p
    INNER JOIN stillwatch.v_campaigns AS c ON c.campaign_id = p.campaign_id
    LEFT JOIN (SELECT * FROM stillwatch.v_labels WHERE entity_type = 'account') AS l ON l.entity_id = p.account_id
    WHERE p.active = 1 OR l.verdict IN ('benign', 'permitted')
) AS m
INNER JOIN stillwatch.v_why AS w ON w.campaign_id = m.campaign_id
ORDER BY m.status = 'alert' DESC, m.risk DESC, w.p
COMMENT 'Why one account is where it is: v_why_account(account = ...)'
