-- One row per account and window of event time, written when the window closes: the history of an account.
--
-- ORDER BY (account_id, window_start) is the identity of a window, so a window that is written again, after a replay or
-- because late events arrived, replaces itself: the highest version stays.
-- PARTITION BY month and TTL from the time of writing: as for api_events, and for the same reasons.
-- Shard by cityHash64(account_id).
CREATE TABLE IF NOT EXISTS stillwatch.account_windows
(
    account_id String COMMENT 'The account',
    org_id String COMMENT 'Its billing organisation',
    window_start DateTime64(3, 'UTC') COMMENT 'Start of the window, in event time',
    window_seconds UInt32 COMMENT 'Length of the window in seconds',
    events UInt64 COMMENT 'Exchanges in the window',
    one_shot UInt64 COMMENT 'Exchanges that were the first turn of a session',
    refused UInt64 COMMENT 'Exchanges that the model or a safety layer declined',
    errors UInt64 COMMENT 'Exchanges answered with an HTTP status of 400 or above',
    input_tokens UInt64 COMMENT 'Input tokens',
    output_tokens UInt64 COMMENT 'Output tokens',
    cached_tokens UInt64 COMMENT 'Input tokens read from the prompt cache',
    reasoning_tokens UInt64 COMMENT 'Output tokens spent on reasoning',
    late UInt32 COMMENT 'Events that came too late for any window since the last one; they count in totals only',
    tools UInt32 COMMENT 'Exchanges with tool definitions',
    signals UInt32 COMMENT 'Exchanges that carried any signal of an ingest classifier',
    templates UInt16 COMMENT 'Distinct template keys that are tracked for the account now',
    top_template String COMMENT 'The most frequent template key, 16 hex digits; empty where there is none',
    top_template_share Float32 COMMENT 'Share of the exchanges that carry it, 0 to 1',
    ips UInt16 COMMENT 'Distinct networks, approximate',
    clients UInt16 COMMENT 'Distinct clients, approximate',
    models UInt16 COMMENT 'Distinct models, approximate',
    log_gap_mean Float32 COMMENT 'Mean of ln(milliseconds between exchanges)',
    log_gap_sd Float32 COMMENT 'Standard deviation of the same; near 0 is a metronome',
    drift Float32 COMMENT 'Evidence that the account changed its habits; 0 is none',
    risk Float32 COMMENT 'Risk of the account alone, 0 to 1',
    total_events UInt64 COMMENT 'Exchanges of the account up to the end of the window',
    version UInt64 COMMENT 'The row of one window with the highest version is the one that holds',
    written_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (account_id, window_start)
TTL written_at + INTERVAL 400 DAY
SETTINGS
    non_replicated_deduplication_window = 1000,
    ttl_only_drop_parts = 1
COMMENT 'What each account did in each window of event time'
