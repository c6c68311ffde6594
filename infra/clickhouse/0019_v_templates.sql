-- Who uses which template key, straight from the events: the first thing to look at when a key appears in an alert.
-- Reads every event. For the events of one key, ask api_events WHERE has(templates, '...'), which an index answers.
CREATE VIEW IF NOT EXISTS stillwatch.v_templates
(
    template String COMMENT 'Template key, 16 hex digits',
    events UInt64 COMMENT 'Exchanges that carry it',
    accounts UInt64 COMMENT 'Accounts that used it, approximate',
    orgs UInt64 COMMENT 'Organisations that used it, approximate',
    payments UInt64 COMMENT 'Payment instruments behind them, approximate',
    first_ts DateTime64(3, 'UTC') COMMENT 'Event time of its first exchange',
    last_ts DateTime64(3, 'UTC') COMMENT 'Event time of its last exchange'
)
AS SELECT
    toString(t.key) AS template,
    t.n AS events,
    t.n_accounts AS accounts,
    t.n_orgs AS orgs,
    t.n_payments AS payments,
    t.first AS first_ts,
    t.last AS last_ts
FROM (
    SELECT
        arrayJoin(templates) AS key,
        count() AS n,
        uniq(account_id) AS n_accounts,
        uniq(org_id) AS n_orgs,
        uniqIf(payment, payment != '') AS n_payments,
        min(ts) AS first,
        max(ts) AS last
    FROM stillwatch.api_events FINAL
    GROUP BY key
) AS t
COMMENT 'Template keys and how widely they are shared'
