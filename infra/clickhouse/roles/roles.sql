-- Roles on a ClickHouse server, for whoever may create them; the workers' own user need not. Safe to repeat:
--   clickhouse-client --multiquery < infra/clickhouse/roles/roles.sql
-- Then one user per program and person, such as: CREATE USER ana IDENTIFIED BY '...' DEFAULT ROLE analyst, labeler
-- `stillwatch init` wants a user that may create tables; workers do not.

-- What a worker does: inserts everything that it concludes, reads what analysts and other providers said. It may read all
-- that it writes: roll-ups read the events while they are inserted, and views ask for grants on what they are made of.
CREATE ROLE IF NOT EXISTS writer;
GRANT INSERT ON stillwatch.* TO writer;
REVOKE INSERT ON stillwatch.labels FROM writer;
GRANT SELECT ON stillwatch.* TO writer;
GRANT SHOW COLUMNS ON stillwatch.* TO writer;

-- Reads and nothing else, in bounds: a query that would take the server from the workers ends instead.
-- readonly = 2: reads only, but settings such as a format may be set; the limits below may not.
CREATE SETTINGS PROFILE IF NOT EXISTS analyst SETTINGS
    readonly = 2,
    max_execution_time = 60 CONST,
    max_memory_usage = 8000000000 CONST,
    max_result_bytes = 1000000000 CONST,
    max_threads = 4 CONST,
    priority = 10 CONST;
CREATE ROLE IF NOT EXISTS analyst SETTINGS PROFILE 'analyst';
GRANT SELECT ON stillwatch.* TO analyst;
GRANT dictGet ON stillwatch.* TO analyst;
CREATE QUOTA IF NOT EXISTS analyst KEYED BY user_name
    FOR INTERVAL 1 hour MAX queries = 2000, execution_time = 1800, read_rows = 100000000000
    TO analyst;

-- May say what it found, and not change what others said. A profile of its own: `analyst` reads only, so a person who
-- does both sets the role for the statement, SET ROLE labeler.
CREATE ROLE IF NOT EXISTS labeler;
GRANT INSERT(entity_type, entity_id, verdict, analyst, note, withdrawn) ON stillwatch.labels TO labeler;

-- What else people bring: indicators of other providers (`ingest-indicators`), prices of models. Weak evidence, and money.
CREATE ROLE IF NOT EXISTS curator;
GRANT INSERT ON stillwatch.indicators TO curator;
GRANT INSERT ON stillwatch.model_prices TO curator;
