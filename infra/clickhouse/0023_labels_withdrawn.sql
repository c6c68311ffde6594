-- A label can be taken back: a further row of the same entity with withdrawn = true says that none holds any more.
--
-- A row, not a DELETE: what was said stays readable (v_label_history), and whoever may only INSERT may also take back.
ALTER TABLE stillwatch.labels
    ADD COLUMN IF NOT EXISTS withdrawn Bool DEFAULT false
    COMMENT 'Takes back what was said of the entity before; the verdict of such a row has no meaning' AFTER note
