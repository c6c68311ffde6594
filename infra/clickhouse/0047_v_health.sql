-- Whether the pipeline is well, from what ClickHouse knows of itself: no scan of any table. Written when: from the parts,
-- since reading the columns of a hundred million events for a maximum would not be quick.
CREATE VIEW IF NOT EXISTS stillwatch.v_health
(
    name String COMMENT 'What was looked at',
    value Float64 COMMENT 'What was seen',
    unit String COMMENT 'Of the value',
    state String COMMENT 'ok, or look where somebody should',
    note String COMMENT 'What it means'
)
AS SELECT h.what AS name, h.seen AS value, h.of AS unit, if(h.well, 'ok', 'look') AS state, h.why AS note
FROM (
    SELECT
        'newest event' AS what,
        dateDiff('second', max(ts), now64(3)) / 1. AS seen,
        'seconds ago' AS of,
        seen < 900 AS well,
        'event time against the clock; old while a log of the past is replayed' AS why
    FROM stillwatch.api_events
    UNION ALL
    SELECT
        concat('last write to ', table),
        dateDiff('second', max(modification_time), now()),
        'seconds ago',
        table NOT IN ('api_events', 'account_windows') OR dateDiff('second', max(modification_time), now()) < 900,
        'nothing arrives, or merges rewrote it'
    FROM system.parts
    WHERE active AND database = 'stillwatch' AND table IN ('api_events', 'account_windows', 'campaigns', 'alerts', 'dead_letters')
    GROUP BY table
    UNION ALL
    SELECT
        concat('rows of ', table),
        sum(rows),
        'rows',
        1,
        concat(formatReadableSize(sum(bytes_on_disk)), ' on disk in ', toString(count()), ' parts')
    FROM system.parts
    WHERE active AND database = 'stillwatch'
    GROUP BY table
    UNION ALL
    SELECT
        'parts of one partition', max(n), 'parts', max(n) < 300, 'inserts too small, or merges that do not keep up'
    FROM (
        SELECT count() AS n FROM system.parts WHERE active AND database = 'stillwatch' GROUP BY table, partition
    )
    UNION ALL
    SELECT
        'labels waiting', countIf(applied_at IS NULL AND at < now64(3) - INTERVAL 1 MINUTE), 'labels', seen = 0,
        'older than a minute and not taken in: no worker runs, or it cannot read them'
    FROM (SELECT *, countIf(applied_at IS NULL AND at < now64(3) - INTERVAL 1 MINUTE) OVER () AS seen FROM stillwatch.v_label_history)
    GROUP BY seen
    UNION ALL
    SELECT 'mutations waiting', count(), 'mutations', count() = 0, 'ALTER statements that still rewrite parts'
    FROM system.mutations
    WHERE database = 'stillwatch' AND NOT is_done
    UNION ALL
    SELECT
        'dead letters of the last day', countIf(written_at > now() - INTERVAL 1 DAY), 'messages',
        countIf(written_at > now() - INTERVAL 1 DAY) = 0, 'v_dead_letters says which rules were broken'
    FROM stillwatch.dead_letters
) AS h
COMMENT 'Whether the pipeline is well'
