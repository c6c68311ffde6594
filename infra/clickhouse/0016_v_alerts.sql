-- Alerts without repetitions, with the analysts' verdict on the campaign.
CREATE VIEW IF NOT EXISTS stillwatch.v_alerts
(
    alert_id UUID COMMENT 'The alert',
    ts DateTime64(3, 'UTC') COMMENT 'Event time at which the evidence sufficed',
    severity String COMMENT 'low, medium, high or critical',
    detection String COMMENT 'Id of the detection that fired',
    entity_type String COMMENT 'campaign, account or link',
    entity_id String COMMENT 'Which one',
    campaign_id String COMMENT 'Campaign that the entity belongs to; empty where none',
    verdict String COMMENT 'Latest label of the campaign; empty where there is none',
    score Float64 COMMENT 'Score of the detection, in its own unit',
    confidence Float32 COMMENT 'How sure the detection is, 0 to 1',
    evidence String COMMENT 'JSON object: why, and what would clear it'
)
AS SELECT
    a.alert_id AS alert_id,
    a.ts AS ts,
    a.severity AS severity,
    a.detection AS detection,
    a.entity_type AS entity_type,
    a.entity_id AS entity_id,
    a.campaign_id AS campaign_id,
    l.verdict AS verdict,
    a.score AS score,
    a.confidence AS confidence,
    a.evidence AS evidence
FROM stillwatch.alerts AS a FINAL
LEFT JOIN (SELECT * FROM stillwatch.v_labels WHERE entity_type = 'campaign') AS l ON l.entity_id = a.campaign_id
COMMENT 'Alerts, each once'
