-- What the provider's own systems say about an account (contract v1, section 2), one row per message.
--
-- ORDER BY (account_id, ts): the history of an account stays readable, so a ban and what followed it can be told; the
-- latest row holds (v_accounts). A repeated message replaces itself. No PARTITION BY and no TTL: facts are few.
-- Shard by cityHash64(account_id).
CREATE TABLE IF NOT EXISTS stillwatch.account_facts
(
    account_id String COMMENT 'The account',
    ts DateTime64(3, 'UTC') COMMENT 'When the fact was stated',
    status LowCardinality(String) COMMENT 'active, limited or banned; empty where not said',
    verified Nullable(Bool) COMMENT 'Whether the owner was verified',
    permits Array(LowCardinality(String)) COMMENT 'Agreed uses, such as synthetic_data or evaluation',
    reseller Nullable(Bool) COMMENT 'Whether the account resells access',
    plan LowCardinality(String) COMMENT 'Subscription; empty where not said',
    org_id String COMMENT 'Billing organisation; empty where not said',
    payment String COMMENT 'Keyed hash of the payment instrument; empty where not said',
    signup String COMMENT 'Keyed hash of the registration fingerprint; empty where not said',
    created Nullable(DateTime64(3, 'UTC')) COMMENT 'When the account was registered',
    written_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock'
)
ENGINE = ReplacingMergeTree
ORDER BY (account_id, ts)
SETTINGS
    non_replicated_deduplication_window = 1000
COMMENT 'Facts about accounts from the provider''s own systems'
