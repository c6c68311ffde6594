-- Totals per account over all of its windows, with what is concluded about it: the worst campaign it is in, or the word of
-- an analyst, which counts for more.
--
-- The inner names differ from the outer ones on purpose: an aggregate whose alias is the name of its own source column
-- fails with ILLEGAL_AGGREGATION as soon as somebody aggregates the view.
CREATE OR REPLACE VIEW stillwatch.v_accounts
(
    account_id String COMMENT 'The account',
    org_id String COMMENT 'Its billing organisation',
    verdict String COMMENT 'campaign, suspect or clear; an analyst''s label counts for more than the models',
    campaign_id String COMMENT 'The campaign that the verdict comes from; empty where none',
    risk Float32 COMMENT 'Risk of that campaign, 0 to 1',
    label String COMMENT 'Latest label of the account itself; empty where there is none',
    fact_status String COMMENT 'active, limited or banned by the latest fact; empty where none was stated',
    events UInt64 COMMENT 'Exchanges, late ones included',
    windows UInt64 COMMENT 'Windows in which it was active',
    one_shot_share Float64 COMMENT 'Share of its exchanges that were first turns',
    refused UInt64 COMMENT 'Exchanges that were declined',
    input_tokens UInt64 COMMENT 'Input tokens',
    output_tokens UInt64 COMMENT 'Output tokens',
    first_window DateTime64(3, 'UTC') COMMENT 'Start of its first window',
    last_window DateTime64(3, 'UTC') COMMENT 'Start of its last window'
)
AS SELECT
    w.account AS account_id,
    w.org AS org_id,
    multiIf(
        l.verdict = 'distillation', 'campaign',
        l.verdict IN ('benign', 'permitted') OR m.standing.1 = '', 'clear',
        m.standing.1 = 'alert', 'campaign',
        m.standing.1 = 'watch' AND m.standing.2 >= 1 / 3, 'suspect',
        'clear'
    ) AS verdict,
    m.standing.3 AS campaign_id,
    m.standing.2 AS risk,
    l.verdict AS label,
    f.fact_status AS fact_status,
    w.all_events AS events,
    w.n_windows AS windows,
    w.first_turns / greatest(w.window_events, 1) AS one_shot_share,
    w.all_refused AS refused,
    w.all_input AS input_tokens,
    w.all_output AS output_tokens,
    w.first_start AS first_window,
    w.last_start AS last_window
FROM (
    SELECT
        account_id AS account,
        argMax(org_id, window_start) AS org,
        max(total_events) AS all_events,
        sum(events) AS window_events,
        count() AS n_windows,
        sum(one_shot) AS first_turns,
        sum(refused) AS all_refused,
        sum(input_tokens) AS all_input,
        sum(output_tokens) AS all_output,
        min(window_start) AS first_start,
        max(window_start) AS last_start
    FROM stillwatch.account_windows FINAL
    GROUP BY account
) AS w
LEFT JOIN (
    SELECT account_id AS member, argMax((status, risk, campaign_id), (status = 'alert', risk)) AS standing
    FROM stillwatch.v_members
    GROUP BY member
) AS m ON m.member = w.account
LEFT JOIN (SELECT * FROM stillwatch.v_labels WHERE entity_type = 'account') AS l ON l.entity_id = w.account
LEFT JOIN (
    SELECT account_id AS fact_account, argMax(status, ts) AS fact_status
    FROM stillwatch.account_facts
    GROUP BY fact_account
) AS f ON f.fact_account = w.account
COMMENT 'Every account: what it did in total, what is concluded, its campaign'
