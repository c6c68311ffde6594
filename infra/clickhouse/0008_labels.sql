-- What analysts say they found. Written by people: INSERT INTO labels (entity_type, entity_id, verdict, analyst, note).
--
-- A plain MergeTree: nothing is ever replaced, a second opinion is a second row, and the latest one holds (v_labels).
-- ORDER BY the entity, since the question is what was said about it, then by time. Enums, because a typing mistake has
-- to be refused where it is made. No TTL.
-- Shard: none, replicate everywhere.
CREATE TABLE IF NOT EXISTS stillwatch.labels
(
    id UUID DEFAULT generateUUIDv4() COMMENT 'The label',
    entity_type Enum8('account' = 1, 'campaign' = 2, 'link' = 3) COMMENT 'What the label is about',
    entity_id String COMMENT 'Which one',
    verdict Enum8('distillation' = 1, 'benign' = 2, 'permitted' = 3) COMMENT 'What the analyst found it to be',
    analyst String COMMENT 'Who says so',
    note String COMMENT 'Why',
    at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was said; the latest label of an entity holds',
    CONSTRAINT entity_id_is_given CHECK entity_id != ''
)
ENGINE = MergeTree
ORDER BY (entity_type, entity_id, at)
COMMENT 'Findings of analysts; the pipeline learns from them'
