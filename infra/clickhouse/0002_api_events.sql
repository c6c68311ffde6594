-- One row per exchange with the model API (contract v1, section 1). By far the largest table.
--
-- ORDER BY starts with the account because every question about events begins with some accounts and a span of time;
-- event_id makes the key unique, so ReplacingMergeTree drops a repeated event. All three are the same in a replay.
-- PARTITION BY month of the event: few parts, and a month can be dropped or moved at once.
-- TTL counts from the time of writing, never from the event: a replay of last year's traffic must not vanish on arrival.
-- templates are Array(FixedString(16)): the same 16 hex digits that alerts, links and the topic show, so they can be
-- pasted from one to the other; as UInt64 they would be half the size before compression, but unreadable.
-- content is FixedString(64) without a codec: 64 bytes of a hash do not compress, and base64 would be 88.
-- The EPHEMERAL columns are how the worker hands over what JSON cannot say (see streams/sinks/clickhouse.py).
-- Numbers whose 0 means something are Nullable; an absent string is '', which the contract does not allow as a value.
-- Counts are UInt64 because the contract bounds them by that, and an overflow would stop the stream or lie.
-- Shard by cityHash64(account_id).
CREATE TABLE IF NOT EXISTS stillwatch.api_events
(
    event_id String COMMENT 'Unique per exchange; a repeated id counts once',
    ts_ms Int64 EPHEMERAL COMMENT 'Write-only: ts as epoch milliseconds, as the topic has it',
    ts DateTime64(3, 'UTC') DEFAULT fromUnixTimestamp64Milli(ts_ms, 'UTC') CODEC(Delta(8), LZ4) COMMENT 'Time of the request',
    account_id String COMMENT 'Owner of the credential',
    model LowCardinality(String) COMMENT 'Model that was requested',
    input_tokens UInt64 COMMENT 'Tokens of the request',
    output_tokens UInt64 COMMENT 'Tokens of the answer',
    org_id_or_null Nullable(String) EPHEMERAL COMMENT 'Write-only: org_id, null where it was not given',
    org_id String DEFAULT coalesce(org_id_or_null, account_id) COMMENT 'Billing organisation; the account itself where none was given',
    key_id String COMMENT 'API key; empty where unknown',
    session_id String COMMENT 'Conversation; empty where unknown',
    end_user_id String COMMENT 'End user forwarded by a reseller; empty where unknown',
    endpoint LowCardinality(String) DEFAULT 'messages' COMMENT 'Kind of call: messages, batch, ...',
    status UInt16 DEFAULT 200 COMMENT 'HTTP status of the answer',
    refused Bool COMMENT 'The model or a safety layer declined',
    stop_reason LowCardinality(String) COMMENT 'Why the answer ended; empty where unknown',
    cached_tokens UInt64 COMMENT 'Input tokens read from the prompt cache',
    reasoning_tokens UInt64 COMMENT 'Output tokens spent on reasoning',
    max_tokens Nullable(UInt64) COMMENT 'Request parameter: most output tokens',
    temperature Nullable(Float32) COMMENT 'Request parameter: sampling temperature',
    samples UInt64 DEFAULT 1 COMMENT 'Request parameter: answers per request',
    turn UInt64 DEFAULT 1 COMMENT '1-based turn in the session',
    tools UInt64 COMMENT 'Number of tool definitions in the request',
    latency_ms Nullable(Float32) COMMENT 'Milliseconds from request to end of answer',
    plan LowCardinality(String) COMMENT 'Subscription; empty where unknown',
    plan_tokens_per_day Nullable(UInt64) COMMENT 'Tokens a day that the plan entitles to',
    account_created_ms Nullable(Int64) EPHEMERAL COMMENT 'Write-only: account_created as epoch milliseconds',
    account_created Nullable(DateTime64(3, 'UTC')) DEFAULT fromUnixTimestamp64Milli(account_created_ms, 'UTC') COMMENT 'When the account was registered',
    client LowCardinality(String) COMMENT 'Harness or user agent: keyed hash or public name; empty where unknown',
    ip String COMMENT 'Keyed hash of the /24 or /48 network; empty where unknown',
    asn Nullable(UInt64) COMMENT 'Number of the autonomous system',
    ip_type LowCardinality(String) COMMENT 'residential, datacenter, vpn, mobile or unknown; empty where absent',
    tls String COMMENT 'Keyed hash of the TLS and HTTP/2 fingerprint; empty where unknown',
    payment String COMMENT 'Keyed hash of the payment instrument; empty where unknown',
    signup String COMMENT 'Keyed hash of the registration fingerprint; empty where unknown',
    templates Array(FixedString(16)) COMMENT 'Template keys of the prompt, 16 hex digits each',
    content_base64 String EPHEMERAL COMMENT 'Write-only: content in base64, as the topic has it',
    content FixedString(64) DEFAULT substring(tryBase64Decode(content_base64), 1, 64) CODEC(NONE) COMMENT 'Content vector: 64 signed bytes; all zero where absent',
    signals Array(LowCardinality(String)) COMMENT 'What an ingest classifier saw, such as rubric_grading',
    capability LowCardinality(String) COMMENT 'Capability area of the prompt; empty where unknown',
    reasoning_in Array(String) COMMENT 'Keyed hashes of the reasoning blocks presented in the request',
    reasoning_out String COMMENT 'Keyed hash of the reasoning block returned; empty where none',
    written_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock; the only column that a replay renews',
    INDEX templates_seen templates TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (account_id, ts, event_id)
TTL written_at + INTERVAL 90 DAY
SETTINGS
    -- A block that was sent twice under one token, because the first acknowledgement was lost, is stored once.
    non_replicated_deduplication_window = 1000,
    -- Expired rows leave by the part, which costs a rename; rewriting parts would cost their size.
    ttl_only_drop_parts = 1,
    -- A fresh block in one file instead of one per column: an insert of 10,000 rows takes 10 us a row instead of 15, and
    -- merges make wide parts anyway.
    min_bytes_for_wide_part = 268435456
COMMENT 'Exchanges with the model API as they arrived, one row each; sketches only, never text'
