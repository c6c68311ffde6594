-- Accounts between campaigns. Groups that are watched but have no evidence for them (risk 0) no longer count: people behind one
-- network are such a group, and most accounts were "between" two of them.
CREATE OR REPLACE VIEW stillwatch.v_between_campaigns
(
    account_id String COMMENT 'The account',
    campaigns Array(String) COMMENT 'Its campaigns, alerted ones first, then the riskiest; cleared ones and groups without evidence are left out',
    statuses Array(String) COMMENT 'Their status: watch or alert',
    dedications Array(Float64) COMMENT 'Share of its exchanges on the links of each',
    events UInt64 COMMENT 'Its exchanges',
    fact_status String COMMENT 'active, limited or banned by the latest fact; empty where none was stated'
)
AS SELECT
    b.account AS account_id,
    arrayMap(one -> one.3, b.sorted) AS campaigns,
    arrayMap(one -> one.4, b.sorted) AS statuses,
    arrayMap(one -> round(one.5, 3), b.sorted) AS dedications,
    b.n AS events,
    f.fact_status AS fact_status
FROM (
    SELECT
        account_id AS account,
        arrayReverseSort(groupArray((status = 'alert', risk, campaign_id, status, dedication))) AS sorted,
        max(events) AS n
    FROM stillwatch.v_members
    WHERE status = 'alert' OR (status = 'watch' AND risk > 0)
    GROUP BY account
    HAVING count() > 1
) AS b
LEFT JOIN (
    SELECT account_id AS fact_account, argMax(status, ts) AS fact_status
    FROM stillwatch.account_facts
    GROUP BY fact_account
) AS f ON f.fact_account = b.account
COMMENT 'Accounts in several campaigns for which there is evidence'
