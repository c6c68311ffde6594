-- drift and risk were meant for a judgement of the account alone. None is made: no account shows enough, campaigns are
-- judged (docs/architecture.md). Two columns that are always 0 mislead whoever sorts by them.
ALTER TABLE stillwatch.account_windows DROP COLUMN IF EXISTS drift, DROP COLUMN IF EXISTS risk
