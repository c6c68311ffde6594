-- The keys of a prompt by the granule, not by four: members of a campaign are spread over the table by account, a few rows in one
-- granule of many, so that of four granules one nearly always has the key. Of a key of 300 accounts on 100 million events half
-- the CPU time is left, of 1,500 two thirds, of 25,000 all, since every granule has it. The index is as large (594 MiB), because most keys are seen once. Parts that were there get it when they
-- are merged, or by ALTER TABLE stillwatch.api_events MATERIALIZE INDEX template_keys (44 s of CPU on that table).
ALTER TABLE stillwatch.api_events
    ADD INDEX IF NOT EXISTS template_keys templates TYPE bloom_filter(0.01) GRANULARITY 1,
    DROP INDEX IF EXISTS templates_seen
