-- The label that holds, per entity: the latest, unless that one took back what was said.
CREATE OR REPLACE VIEW stillwatch.v_labels
(
    entity_type String COMMENT 'account, campaign or link',
    entity_id String COMMENT 'Which one',
    verdict String COMMENT 'distillation, benign or permitted',
    analyst String COMMENT 'Who says so',
    note String COMMENT 'Why',
    at DateTime64(3, 'UTC') COMMENT 'When it was said',
    label_id UUID COMMENT 'The label'
)
AS SELECT
    l.kind AS entity_type,
    l.which AS entity_id,
    l.latest.1 AS verdict,
    l.latest.2 AS analyst,
    l.latest.3 AS note,
    l.latest.4 AS at,
    l.latest.5 AS label_id
FROM (
    SELECT
        toString(entity_type) AS kind,
        entity_id AS which,
        argMax((toString(verdict), analyst, note, at, id, withdrawn), (at, id)) AS latest
    FROM stillwatch.labels
    GROUP BY kind, which
) AS l
WHERE NOT l.latest.6
COMMENT 'The label that holds for each entity'
