-- What holds now of what others said, and which campaigns here it touches.
CREATE VIEW IF NOT EXISTS stillwatch.v_indicators
(
    id String COMMENT 'STIX id of the indicator',
    source String COMMENT 'Who says so',
    kind String COMMENT 'What it is a key of: template, payment, signup, ip or tls',
    value String COMMENT 'The key, as api_events has it',
    campaign String COMMENT 'Name of the campaign that it indicates, at the source',
    confidence UInt8 COMMENT 'How sure the source is, 0 to 100',
    valid_until DateTime('UTC') COMMENT 'Until when it holds',
    campaigns Array(String) COMMENT 'Campaigns here, watched ones included, that a template key of it holds together'
)
AS SELECT
    i.id AS id,
    i.source AS source,
    i.kind AS kind,
    i.value AS value,
    i.campaign AS campaign,
    i.confidence AS confidence,
    i.valid_until AS valid_until,
    c.found AS campaigns
FROM stillwatch.indicators AS i FINAL
LEFT JOIN (
    SELECT arrayJoin(links) AS link, groupUniqArray(campaign_id) AS found
    FROM stillwatch.v_campaigns
    GROUP BY link
) AS c ON c.link = i.value
WHERE NOT i.revoked AND i.valid_from <= now() AND i.valid_until > now()
COMMENT 'Indicators of other providers that hold now'
