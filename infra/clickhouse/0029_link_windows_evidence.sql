-- A wealth runs from 0 to beyond what a Float32 holds, so its logarithm is kept.
ALTER TABLE stillwatch.link_windows
    COMMENT COLUMN IF EXISTS evidence 'Decimal logarithm of the evidence on the campaign that the link belongs to; 0 is none'
