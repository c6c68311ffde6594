-- What goes wrong at the gate, by rule: one line per way to be wrong.
CREATE VIEW IF NOT EXISTS stillwatch.v_dead_letters
(
    topic String COMMENT 'Topic of the messages',
    rule String COMMENT 'Which rule was broken',
    field String COMMENT 'Field that broke it',
    messages UInt64 COMMENT 'How many messages',
    first_ts DateTime64(3, 'UTC') COMMENT 'The first of them',
    last_ts DateTime64(3, 'UTC') COMMENT 'The last of them',
    example String COMMENT 'The reason given for the last of them'
)
AS SELECT
    d.letter_topic AS topic,
    d.letter_rule AS rule,
    d.letter_field AS field,
    d.n AS messages,
    d.first AS first_ts,
    d.last AS last_ts,
    d.last_reason AS example
FROM (
    SELECT
        topic AS letter_topic,
        rule AS letter_rule,
        field AS letter_field,
        count() AS n,
        min(ts) AS first,
        max(ts) AS last,
        argMax(reason, ts) AS last_reason
    FROM stillwatch.dead_letters FINAL
    GROUP BY letter_topic, letter_rule, letter_field
) AS d
COMMENT 'Messages that could not be read, counted by what was wrong'
