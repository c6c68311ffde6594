-- The topic `api-events` as ClickHouse reads it by itself, where workers do not write events (`store_events` is off).
--
-- Every field as the contract has it, optional ones Nullable, so that api_events_ingest can tell absent from 0.
-- handle_error_mode stream: a message that is not JSON gives a row with _error, which the view below leaves out; it would
-- stop the consumer otherwise. Workers write the dead letter.
-- The group is ClickHouse's own: it commits after the insert, so a block may come twice, and ReplacingMergeTree keeps one.
CREATE TABLE IF NOT EXISTS stillwatch.api_events_queue
(
    event_id String COMMENT 'As api_events',
    ts Int64 COMMENT 'Epoch milliseconds',
    account_id String COMMENT 'As api_events',
    model String COMMENT 'As api_events',
    input_tokens UInt64 COMMENT 'As api_events',
    output_tokens UInt64 COMMENT 'As api_events',
    org_id Nullable(String) COMMENT 'As api_events',
    key_id String COMMENT 'As api_events',
    session_id String COMMENT 'As api_events',
    end_user_id String COMMENT 'As api_events',
    endpoint Nullable(String) COMMENT 'As api_events',
    status Nullable(UInt16) COMMENT 'As api_events',
    refused Bool COMMENT 'As api_events',
    stop_reason String COMMENT 'As api_events',
    cached_tokens UInt64 COMMENT 'As api_events',
    reasoning_tokens UInt64 COMMENT 'As api_events',
    max_tokens Nullable(UInt64) COMMENT 'As api_events',
    temperature Nullable(Float32) COMMENT 'As api_events',
    samples Nullable(UInt64) COMMENT 'As api_events',
    turn Nullable(UInt64) COMMENT 'As api_events',
    tools UInt64 COMMENT 'As api_events',
    latency_ms Nullable(Float32) COMMENT 'As api_events',
    plan String COMMENT 'As api_events',
    plan_tokens_per_day Nullable(UInt64) COMMENT 'As api_events',
    account_created Nullable(Int64) COMMENT 'Epoch milliseconds',
    client String COMMENT 'As api_events',
    ip String COMMENT 'As api_events',
    asn Nullable(UInt64) COMMENT 'As api_events',
    ip_type String COMMENT 'As api_events',
    tls String COMMENT 'As api_events',
    payment String COMMENT 'As api_events',
    signup String COMMENT 'As api_events',
    templates Array(String) COMMENT 'As api_events',
    content String COMMENT 'Base64',
    signals Array(String) COMMENT 'As api_events',
    capability String COMMENT 'As api_events',
    reasoning_in Array(String) COMMENT 'As api_events',
    reasoning_out String COMMENT 'As api_events'
)
ENGINE = Kafka
SETTINGS
    kafka_broker_list = '{kafka}',
    kafka_topic_list = '{topic}',
    kafka_group_name = '{group}-clickhouse',
    kafka_format = 'JSONEachRow',
    kafka_handle_error_mode = 'stream'
COMMENT 'The topic of API events, read by api_events_ingest'
