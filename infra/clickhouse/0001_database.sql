-- Everything lives in one database, so that a grant, a backup or a DROP has one name to say.
CREATE DATABASE IF NOT EXISTS stillwatch
COMMENT 'Stillwatch: API events, what was concluded from them, and what analysts found'
