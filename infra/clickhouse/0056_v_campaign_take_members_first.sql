-- What a campaign took: everything that its members were answered, since other work may be camouflage; v_campaigns counts what is
-- on the campaign's links. As before, and:
-- PREWHERE, which FINAL allows on the sorting key and does not choose by itself: other columns are read where members are, not
-- of every row to merge it first.
CREATE OR REPLACE VIEW stillwatch.v_campaign_take
(
    campaign_id String COMMENT 'The campaign',
    model String COMMENT 'Model that was requested',
    capability String COMMENT 'Capability area of the prompts; empty where unknown',
    accounts UInt64 COMMENT 'Members who asked',
    events UInt64 COMMENT 'Exchanges that were answered, other work of the members included',
    refused UInt64 COMMENT 'Exchanges that were declined',
    input_tokens UInt64 COMMENT 'Input tokens, cached ones included',
    output_tokens UInt64 COMMENT 'Output tokens, reasoning included',
    reasoning_tokens UInt64 COMMENT 'Output tokens spent on reasoning',
    cost Nullable(Float64) COMMENT 'At list price; null where a day has no price',
    currency String COMMENT 'Of the cost; empty where there is none'
)
AS WITH present AS
(
    SELECT campaign_id AS campaign, account_id AS member
    FROM stillwatch.campaign_members FINAL
    WHERE active = 1 AND campaign_id LIKE {campaign:String}
)
SELECT
    d.campaign AS campaign_id,
    d.name AS model,
    d.area AS capability,
    uniqExactArray(d.who) AS accounts,
    sum(d.n) - sum(d.n_refused) AS events,
    sum(d.n_refused) AS refused,
    sum(d.n_input) AS input_tokens,
    sum(d.n_output) AS output_tokens,
    sum(d.n_reasoning) AS reasoning_tokens,
    if(
        countIf(c.currency = '') > 0,
        NULL,
        sum((d.n_input - d.n_cached) * c.input + d.n_cached * c.cached + d.n_output * c.output) / 1e6
    ) AS cost,
    any(c.currency) AS currency
FROM (
    SELECT
        p.campaign AS campaign,
        toDate(e.ts, 'UTC') AS day,
        toString(e.model) AS name,
        toString(e.capability) AS area,
        groupUniqArray(e.account_id) AS who,
        count() AS n,
        countIf(e.refused) AS n_refused,
        sum(e.input_tokens) AS n_input,
        sum(least(e.cached_tokens, e.input_tokens)) AS n_cached,
        sum(e.output_tokens) AS n_output,
        sum(e.reasoning_tokens) AS n_reasoning
    FROM (
        SELECT account_id, ts, model, capability, refused, input_tokens, cached_tokens, output_tokens, reasoning_tokens
        FROM stillwatch.api_events FINAL
        PREWHERE account_id IN (SELECT member FROM present)
    ) AS e
    INNER JOIN present AS p ON p.member = e.account_id
    GROUP BY campaign, day, name, area
) AS d
ASOF LEFT JOIN (SELECT model, valid_from, input, cached, output, toString(currency) AS currency FROM stillwatch.model_prices FINAL) AS c
    ON c.model = d.name AND d.day >= c.valid_from
GROUP BY d.campaign, d.name, d.area
ORDER BY d.campaign, output_tokens DESC
COMMENT 'What a campaign took, by model and capability: v_campaign_take(campaign = ...)'
