-- The roll-up with its states merged.
CREATE VIEW IF NOT EXISTS stillwatch.v_traffic_hourly
(
    hour DateTime('UTC') COMMENT 'Start of the hour, in event time',
    model String COMMENT 'Model that was requested',
    endpoint String COMMENT 'Kind of call',
    events UInt64 COMMENT 'Exchanges, within about 1 %',
    accounts UInt64 COMMENT 'Accounts, within about 1 %',
    refused UInt64 COMMENT 'Exchanges that were declined, within about 1 %'
)
AS SELECT
    t.at AS hour,
    t.name AS model,
    t.kind AS endpoint,
    t.n_events AS events,
    t.n_accounts AS accounts,
    t.n_refused AS refused
FROM (
    SELECT
        hour AS at,
        model AS name,
        endpoint AS kind,
        uniqCombined64Merge(14)(events) AS n_events,
        uniqCombined64Merge(14)(accounts) AS n_accounts,
        uniqCombined64IfMerge(14)(refused) AS n_refused
    FROM stillwatch.traffic_hourly
    GROUP BY at, name, kind
) AS t
COMMENT 'Traffic by hour, model and endpoint'
