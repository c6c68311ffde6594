-- The latest facts of an account as a dictionary: dictGet('stillwatch.facts_of', 'status', account_id).
--
-- Looked up in memory, where a join would read all facts for every question; half a minute out of date at most. A hashed
-- layout, because the key is text; the facts of a million accounts take about 150 MB. The views join account_facts instead:
-- they must work for every user of a server, and a dictionary reads its source as the server's user `default`.
CREATE DICTIONARY IF NOT EXISTS stillwatch.facts_of
(
    account_id String,
    status String DEFAULT '',
    verified Nullable(Bool),
    reseller Nullable(Bool),
    permits Array(String),
    plan String DEFAULT '',
    since DateTime64(3, 'UTC')
)
PRIMARY KEY account_id
SOURCE(CLICKHOUSE(QUERY '
    SELECT
        account_id,
        latest.1 AS status,
        latest.2 AS verified,
        latest.3 AS reseller,
        latest.4 AS permits,
        latest.5 AS plan,
        latest.6 AS since
    FROM (
        SELECT account_id, argMax((toString(status), verified, reseller, permits, toString(plan), ts), ts) AS latest
        FROM stillwatch.account_facts
        GROUP BY account_id
    )'
))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(MIN 10 MAX 30)
COMMENT 'Latest facts by account: status, verified, reseller, permits, plan, and since when'
