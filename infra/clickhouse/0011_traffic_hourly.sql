-- Traffic by hour, model and endpoint, small enough to draw a year of it.
--
-- Only states that a repeated event does not change (distinct ids, not sums), because a replay passes through the view that
-- fills this table before ReplacingMergeTree has a chance to drop anything.
-- ORDER BY hour first: dashboards ask for a span of time. No TTL: a year is a few hundred thousand rows.
-- Shard: none of its own, it is filled where the events are.
CREATE TABLE IF NOT EXISTS stillwatch.traffic_hourly
(
    hour DateTime('UTC') COMMENT 'Start of the hour, in event time',
    model LowCardinality(String) COMMENT 'Model that was requested',
    endpoint LowCardinality(String) COMMENT 'Kind of call',
    events AggregateFunction(uniqCombined64(14), String) COMMENT 'State: distinct exchanges, within about 1 %',
    accounts AggregateFunction(uniqCombined64(14), String) COMMENT 'State: distinct accounts, within about 1 %',
    refused AggregateFunction(uniqCombined64If(14), String, Bool) COMMENT 'State: distinct exchanges that were declined'
)
ENGINE = AggregatingMergeTree
ORDER BY (hour, model, endpoint)
COMMENT 'Roll-up of api_events by hour; read it through v_traffic_hourly'
