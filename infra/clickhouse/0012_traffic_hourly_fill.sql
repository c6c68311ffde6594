-- Fills traffic_hourly as events are inserted.
CREATE MATERIALIZED VIEW IF NOT EXISTS stillwatch.traffic_hourly_fill TO stillwatch.traffic_hourly
(
    hour DateTime('UTC') COMMENT 'Start of the hour, in event time',
    model LowCardinality(String) COMMENT 'Model that was requested',
    endpoint LowCardinality(String) COMMENT 'Kind of call',
    events AggregateFunction(uniqCombined64(14), String) COMMENT 'State: distinct exchanges',
    accounts AggregateFunction(uniqCombined64(14), String) COMMENT 'State: distinct accounts',
    refused AggregateFunction(uniqCombined64If(14), String, Bool) COMMENT 'State: distinct exchanges that were declined'
)
AS SELECT
    toStartOfHour(ts) AS hour,
    model,
    endpoint,
    uniqCombined64State(14)(event_id) AS events,
    uniqCombined64State(14)(account_id) AS accounts,
    uniqCombined64IfState(14)(event_id, refused) AS refused
FROM stillwatch.api_events
GROUP BY hour, model, endpoint
COMMENT 'Fills traffic_hourly from api_events'
