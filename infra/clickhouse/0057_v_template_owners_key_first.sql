-- Who uses a template key. As before, and PREWHERE: the keys of an event are the same whenever it is written, so rows without the
-- key need not be merged.
CREATE OR REPLACE VIEW stillwatch.v_template_owners
(
    account_id String COMMENT 'The account',
    events UInt64 COMMENT 'Its exchanges with the key',
    first_ts DateTime64(3, 'UTC') COMMENT 'The first of them',
    last_ts DateTime64(3, 'UTC') COMMENT 'The last of them',
    models Array(String) COMMENT 'Models it asked',
    ip_types Array(String) COMMENT 'Kinds of network it came from',
    fact_status String COMMENT 'active, limited or banned by the latest fact; empty where none was stated'
)
AS SELECT
    o.account AS account_id,
    o.n AS events,
    o.first AS first_ts,
    o.last AS last_ts,
    o.asked AS models,
    o.networks AS ip_types,
    f.fact_status AS fact_status
FROM (
    SELECT
        account_id AS account,
        count() AS n,
        min(ts) AS first,
        max(ts) AS last,
        arraySort(groupUniqArray(toString(model))) AS asked,
        arraySort(groupUniqArray(toString(ip_type))) AS networks
    FROM stillwatch.api_events FINAL
    PREWHERE has(templates, {template:String})
    GROUP BY account
) AS o
LEFT JOIN (
    SELECT account_id AS fact_account, argMax(status, ts) AS fact_status
    FROM stillwatch.account_facts
    GROUP BY fact_account
) AS f ON f.fact_account = o.account
ORDER BY o.n DESC
COMMENT 'Who uses a template key: v_template_owners(template = ...)'
