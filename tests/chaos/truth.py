"""What has to be in ClickHouse after a run, computed from the log itself by the plainest code; and what is there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from streams.settings import Settings
from streams.state.changelog import read_partition
from tests.chaos.traffic import valid

Counts = Counter[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Expected:
    """Events by account and hour: all valid ones, and those of the windows that must have closed."""

    events: Counts
    closed: Counts


def expected(bootstrap: str, topic: str, settings: Settings) -> Expected:
    """Read the topic and count: an id counts once, late events in no window, open windows not yet."""
    events: Counts = Counter()
    closed: Counts = Counter()
    length, lateness = 1000 * settings.window_seconds, 1000 * settings.lateness_seconds
    for partition in range(settings.partitions):
        seen: set[str] = set()
        windows: Counts = Counter()
        watermark = 0
        values = (value for _, _, value in read_partition({"bootstrap.servers": bootstrap}, topic, partition))
        for event in valid(values):
            if event.event_id in seen:
                continue
            seen.add(event.event_id)
            window = (event.account_id, event.ts - event.ts % length)
            events[window] += 1
            if event.ts >= watermark - lateness:
                windows[window] += 1
                watermark = max(watermark, event.ts)
        end = watermark - lateness
        closed += Counter({window: n for window, n in windows.items() if window[1] + length <= end})
    return Expected(events, closed)


def found(client: Client) -> Expected:
    """Return what ClickHouse says."""
    events = client.query(
        "SELECT account_id, toUnixTimestamp(toStartOfHour(ts)) * 1000, count() FROM stillwatch.api_events FINAL"
        " GROUP BY 1, 2"
    ).result_rows
    closed = client.query(
        "SELECT account_id, toUnixTimestamp64Milli(window_start), events FROM stillwatch.account_windows FINAL"
    ).result_rows
    return Expected(
        Counter({(account, start): n for account, start, n in events}),
        Counter({(account, start): n for account, start, n in closed}),
    )


def lost_and_doubled(wanted: Expected, have: Expected) -> tuple[int, int]:
    """Return how many events are missing, and how many are too many, over both tables."""
    lost = (wanted.events - have.events).total() + (wanted.closed - have.closed).total()
    doubled = (have.events - wanted.events).total() + (have.closed - wanted.closed).total()
    return lost, doubled


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was concluded.

    Attributes:
        alerts: For each campaign with an alert, every time that was ever written for that alert, and how often it is
            there once duplicates are replaced.
        alerted: Campaigns that alerted, by their own table.
        members: Accounts with the verdict `campaign`.
        accounts: How many accounts there are.
    """

    alerts: dict[str, tuple[set[int], int]]
    alerted: dict[str, int]
    members: set[str]
    accounts: int

    def unsound(self) -> list[str]:
        """Return what is wrong with the alerts: several of one campaign, one that moved, one of no campaign."""
        wrong = [f"{one}: {times}, {n} times" for one, (times, n) in self.alerts.items() if len(times) != 1 or n != 1]
        wrong += [f"{one} has no alert" for one in self.alerted.keys() - self.alerts.keys()]
        return wrong + [f"{one} is no campaign" for one in self.alerts.keys() - self.alerted.keys()]


def verdicts(client: Client) -> Verdicts:
    """Return the conclusions."""
    alerts = client.query(
        "SELECT entity_id, groupUniqArray(toUnixTimestamp64Milli(ts)) FROM stillwatch.alerts GROUP BY entity_id"
    ).result_rows
    rows = client.query("SELECT entity_id, count() FROM stillwatch.alerts FINAL GROUP BY entity_id").result_rows
    final = dict(rows)
    alerted = client.query(
        "SELECT campaign_id, toUnixTimestamp64Milli(assumeNotNull(first_alert_ts)) FROM stillwatch.campaigns FINAL"
        " WHERE first_alert_ts IS NOT NULL"
    ).result_rows
    members = client.query(
        "SELECT DISTINCT account_id FROM stillwatch.campaign_members AS m FINAL"
        " INNER JOIN stillwatch.campaigns AS c FINAL ON c.campaign_id = m.campaign_id"
        " WHERE m.active AND c.status = 'alert'"
    ).result_rows
    accounts = client.query("SELECT uniqExact(account_id) FROM stillwatch.api_events").result_rows[0][0]
    return Verdicts(
        {one: (set(times), final[one]) for one, times in alerts}, dict(alerted), {name for (name,) in members}, accounts
    )
