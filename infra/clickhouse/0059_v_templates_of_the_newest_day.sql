-- How widely template keys are shared, in the 24 hours before the newest event. Over all events there are as many groups as keys,
-- more than half of which are seen once: 100 million events have 500 million, which is more than memory holds. A roll-up by key
-- and account would have more rows than there are events, and be written with each of them; who uses one key is answered by
-- v_template_owners, and what holds a campaign together by v_links.
-- The newest time comes from the parts' own minimum and maximum; older parts are left out by the same.
CREATE OR REPLACE VIEW stillwatch.v_templates
(
    template String COMMENT 'Template key, 16 hex digits',
    events UInt64 COMMENT 'Exchanges of the day that carry it',
    accounts UInt64 COMMENT 'Accounts that used it, approximate',
    orgs UInt64 COMMENT 'Organisations that used it, approximate',
    payments UInt64 COMMENT 'Payment instruments behind them, approximate',
    first_ts DateTime64(3, 'UTC') COMMENT 'Event time of its first exchange in that day',
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
    PREWHERE ts > (SELECT max(ts) - INTERVAL 1 DAY FROM stillwatch.api_events)
    GROUP BY key
) AS t
COMMENT 'Template keys of the newest day of events, and how widely they are shared'
