-- Each member's own figures beside those of the campaign: why this account is in it (v_why_account).
ALTER TABLE stillwatch.campaign_members
    ADD COLUMN IF NOT EXISTS measures Map(LowCardinality(String), Float32)
    COMMENT 'The member''s own value for each detection that measures accounts, by the id of the detection' AFTER via
