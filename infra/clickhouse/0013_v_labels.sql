-- The label that holds, per entity: the latest.
CREATE VIEW IF NOT EXISTS stillwatch.v_labels
(
    entity_type String COMMENT 'account, campaign or link',
    entity_id String COMMENT 'Which one',
    verdict String COMMENT 'distillation, benign or permitted',
    analyst String COMMENT 'Who says so',
    note String COMMENT 'Why',
    at DateTime64(3, 'UTC') COMMENT 'When it was said'
)
AS SELECT
    toString(l.entity_type) AS entity_type,
    l.entity_id AS entity_id,
    toString(l.verdict) AS verdict,
    l.analyst AS analyst,
    l.note AS note,
    l.at AS at
FROM stillwatch.labels AS l
ORDER BY l.at DESC, l.id DESC
LIMIT 1 BY l.entity_type, l.entity_id
COMMENT 'The latest label of each entity'
