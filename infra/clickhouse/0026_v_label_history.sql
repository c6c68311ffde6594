-- Everything that was ever said, each with what held before and what it did: the audit of labels in one place.
CREATE VIEW IF NOT EXISTS stillwatch.v_label_history
(
    at DateTime64(3, 'UTC') COMMENT 'When it was said',
    entity_type String COMMENT 'account, campaign or link',
    entity_id String COMMENT 'Which one',
    verdict String COMMENT 'What was said; withdrawn where it took back what was said before',
    verdict_before String COMMENT 'What held until then; empty where nothing did',
    analyst String COMMENT 'Who said so',
    note String COMMENT 'Why',
    applied_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the pipeline took it in; null while it has not',
    seconds Nullable(Float64) COMMENT 'Seconds between the two',
    campaigns Array(String) COMMENT 'Campaigns that it changed',
    status_before Array(String) COMMENT 'Their status before',
    status_after Array(String) COMMENT 'Their status after',
    label_id UUID COMMENT 'The label'
)
AS SELECT
    l.said_at AS at,
    l.kind AS entity_type,
    l.which AS entity_id,
    l.said AS verdict,
    if(l.before = 'withdrawn', '', l.before) AS verdict_before,
    l.who AS analyst,
    l.why AS note,
    if(empty(e.first_applied), NULL, e.first_applied[1]) AS applied_at,
    dateDiff('millisecond', l.said_at, applied_at) / 1000 AS seconds,
    e.changed AS campaigns,
    e.status_then AS status_before,
    e.status_now AS status_after,
    l.label AS label_id
FROM (
    SELECT
        at AS said_at,
        toString(entity_type) AS kind,
        entity_id AS which,
        if(withdrawn, 'withdrawn', toString(verdict)) AS said,
        lagInFrame(said) OVER (
            PARTITION BY entity_type, entity_id ORDER BY at, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS before,
        analyst AS who,
        note AS why,
        id AS label
    FROM stillwatch.labels
) AS l
LEFT JOIN (
    SELECT
        label_id AS effect_of,
        [min(applied_at)] AS first_applied,
        groupArrayIf(campaign_id, campaign_id != '') AS changed,
        groupArrayIf(toString(status_before), campaign_id != '') AS status_then,
        groupArrayIf(toString(status_after), campaign_id != '') AS status_now
    FROM stillwatch.label_effects FINAL
    GROUP BY effect_of
) AS e ON e.effect_of = l.label
COMMENT 'All labels with who, when, what before and what after'
