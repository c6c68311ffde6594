-- List prices, for what a campaign took. Whoever runs this fills it in: INSERT INTO model_prices VALUES (...); a model
-- without a price has no cost rather than a wrong one.
--
-- ORDER BY (model, valid_from): a price holds until the next of its model. No TTL.
-- Shard: none, replicate everywhere.
CREATE TABLE IF NOT EXISTS stillwatch.model_prices
(
    model String COMMENT 'Model, as in api_events',
    valid_from Date COMMENT 'First day of the price, in event time',
    input Float64 COMMENT 'Price of a million input tokens',
    cached Float64 COMMENT 'Price of a million input tokens that were read from the cache',
    output Float64 COMMENT 'Price of a million output tokens, reasoning included',
    currency LowCardinality(String) DEFAULT 'USD' COMMENT 'Of the three'
)
ENGINE = ReplacingMergeTree
ORDER BY (model, valid_from)
COMMENT 'List prices by model, filled in by hand'
