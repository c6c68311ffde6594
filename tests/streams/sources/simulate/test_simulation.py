"""Whole simulations: order, determinism, rates, truth, and nothing that gives a side away."""

from collections import Counter
from itertools import islice, pairwise

import msgspec
import pytest

from models.event import decode_event
from models.facts import decode_facts
from models.sketch import Prompt
from streams.sources.simulate.loading import load_scenario, shipped_scenarios
from streams.sources.simulate.simulation import Simulation, accounts_of
from streams.sources.simulate.sketching import SIMULATION_KEY, prompt_of, sketching
from tests.realdata import corpus
from tests.streams.sources.simulate.tiny import DAY, Drawn, draw, shipped, written

REQUIRED = {"event_id", "ts", "account_id", "model", "input_tokens", "output_tokens"}
# Exchanges per account and day as reported; detection.md has the table.
REPORTED = {"fixed-prompt": 26, "lockstep": 857, "relay": 5.6, "rubric-pool": 13, "cleaner": 282, "low-and-slow": 2}


@pytest.mark.parametrize("name", [name for name in shipped_scenarios() if name != "real-prompts"])
def test_every_shipped_scenario_gives_valid_events_in_order_of_time(name: str) -> None:
    simulation = Simulation(load_scenario(name), scale=0.002)
    drafts = [draft for some in islice(simulation.slices(), 8) for draft in some]
    assert drafts
    assert all(a.ts <= b.ts for a, b in pairwise(drafts))
    for draft in drafts:
        assert decode_event(msgspec.json.encode(draft.event)).ts == draft.ts
        assert draft.messages[-1].role == "user"
    for fact in simulation.facts():
        decode_facts(msgspec.json.encode(fact))


def test_a_whole_simulation_lies_within_its_days_and_truth_names_its_accounts() -> None:
    drawn = shipped("pool-switch", 0.01)
    start = int(drawn.scenario.start.timestamp() * 1000)
    assert all(a.ts <= b.ts for a, b in pairwise(drawn.drafts))
    assert start <= drawn.drafts[0].ts <= drawn.drafts[-1].ts < start + drawn.scenario.days * DAY
    assert len({draft.event["event_id"] for draft in drawn.drafts}) == len(drawn.drafts)
    assert {draft.event["account_id"] for draft in drawn.drafts} == set(drawn.truth)


@pytest.mark.realdata
@pytest.mark.skipif(not corpus.present(), reason="the folder ../shared/data is not beside the checkout")
def test_real_prompts_on_real_arrivals() -> None:
    drawn = draw(load_scenario("real-prompts"), scale=0.02, data=corpus.DATA)
    corpora = {row["corpus"] for row in drawn.truth.values()}
    assert "prompts/alpaca5k.jsonl.gz" in corpora
    asked = Counter(draft.messages[-1].text for draft in drawn.of("harvest"))
    assert asked.most_common(1)[0][1] <= 8  # each prompt is used once before any comes again


def test_the_seed_decides_everything() -> None:
    one, same, other = (draw(load_scenario("demo"), scale=0.01, seed=seed) for seed in (3, 3, 4))
    assert one.drafts == same.drafts
    assert one.truth == same.truth
    assert one.facts == same.facts
    assert not {draft.event["account_id"] for draft in one.drafts} & {
        draft.event["account_id"] for draft in other.drafts
    }


@pytest.mark.parametrize(("name", "rate"), REPORTED.items())
def test_campaigns_keep_their_reported_rate(name: str, rate: float) -> None:
    drawn = written(f'days = 2\n[[population]]\nlike = "{name}"\naccounts = 24\nactivity = {{ join_days = 0 }}')
    ok = [draft for draft in drawn.drafts if draft.event.get("status", 200) < 400]
    assert len(ok) / 24 / 2 == pytest.approx(rate, rel=0.3)


def test_scale_multiplies_accounts_not_rates() -> None:
    scenario = load_scenario("fixed-prompt")
    small, large = accounts_of(scenario, 0.1), accounts_of(scenario, 0.4)
    assert large["fixed-prompt"] == 4 * small["fixed-prompt"]
    assert large["chat"] == pytest.approx(4 * small["chat"], rel=0.01)
    few, many = (
        written(f'[[population]]\nlike = "xy"\naccounts = {n}'.replace("xy", "fixed-prompt")) for n in (20, 80)
    )
    assert len(many.drafts) == pytest.approx(4 * len(few.drafts), rel=0.2)


def test_there_are_fifty_active_benign_accounts_for_each_of_a_campaign() -> None:
    labels = Counter(row["label"] for row in shipped("provider-day", 0.004).truth.values())
    assert labels["benign"] >= 50 * labels["campaign"]


def test_the_demo_is_as_large_as_promised() -> None:
    simulation = Simulation(load_scenario("demo"))
    assert 60_000 < simulation.expected_events < 150_000
    sizes = accounts_of(load_scenario("demo"), 1)
    assert sizes["fixed-prompt"] == 300
    assert 2_700 < sum(sizes.values()) - 300 < 3_500


def test_memory_follows_open_conversations_not_the_stream() -> None:
    simulation = Simulation(load_scenario("demo"), scale=0.2)
    largest = total = 0
    for drafts in simulation.slices():
        total += len(drafts)
        largest = max(largest, len(drafts))
    assert largest < total / 20
    assert simulation.open_conversations < total / 20


def test_no_field_belongs_to_one_side() -> None:
    drawn = shipped("provider-day", 0.004)
    fields: dict[str, Counter[str]] = {"benign": Counter(), "campaign": Counter()}
    for draft in drawn.drafts:
        fields[drawn.truth[draft.event["account_id"]]["label"]].update(list(draft.event))
    # Only resellers name end users; that is what the contract has the field for.
    assert set(fields["benign"]) - {"end_user_id", "key_id", "org_id"} == set(fields["campaign"])


def test_no_name_gives_an_account_away() -> None:
    drawn = shipped("provider-day", 0.004)
    words = {word for row in drawn.truth.values() for word in (row["persona"], row["campaign"]) if word}
    values = {value for draft in drawn.drafts[:20_000] for value in draft.event.values() if isinstance(value, str)}
    assert not words & values
    assert {len(account) for account in drawn.truth} == {16}


def test_both_sides_are_there_from_the_beginning() -> None:
    drawn = shipped("fixed-prompt", 0.01)
    early = Counter(
        drawn.truth[draft.event["account_id"]]["label"] for draft in drawn.drafts[: len(drawn.drafts) // 10]
    )
    assert early["benign"] > 0
    assert early["campaign"] > 0


def test_bare_accounts_send_what_is_required_and_no_more() -> None:
    drawn = written('bare = 1.0\n[[population]]\nlike = "coding-agent"\naccounts = 10')
    for draft in drawn.drafts:
        assert REQUIRED <= set(draft.event) <= REQUIRED | {"status"}


def test_account_creation_precedes_use() -> None:
    for draft in shipped("provider-day", 0.004).drafts:
        assert draft.event.get("account_created", 0) < draft.ts


def test_a_banned_pool_stops_and_its_heirs_take_over_its_prompt() -> None:
    drawn = shipped("pool-switch", 0.01)
    start = int(drawn.scenario.start.timestamp() * 1000)
    bans = {fact["account_id"]: fact["ts"] for fact in drawn.facts if fact.get("status") == "banned"}
    assert len(bans) == 3
    frames: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for draft in drawn.drafts:
        account = draft.event["account_id"]
        if drawn.truth[account]["campaign"] != "switched":
            continue
        if account in bans and draft.ts >= bans[account]:
            assert draft.event["status"] == 403
        if draft.messages[0].role == "system":
            frames[account in bans][draft.messages[0].text] += 1
        if account not in bans:
            assert draft.ts > start + 2 * DAY
    assert [text for text, _ in frames[True].most_common(1)] == [text for text, _ in frames[False].most_common(1)]


def test_a_release_draws_testers_within_hours() -> None:
    drawn = shipped("release-day", 0.02)
    release = int(drawn.scenario.start.timestamp() * 1000) + DAY

    def share(persona: str) -> float:
        later = [draft.event["model"] for draft in drawn.of(persona) if draft.ts > release + DAY]
        return later.count("atlas-5") / len(later)

    assert all(draft.event["model"] != "atlas-5" for draft in drawn.drafts if draft.ts < release)
    assert share("release-day-tester") > 0.9
    assert share("fixed-prompt") > 0.2
    assert share("api-product") < 0.2


def crossings(drawn: Drawn, persona: str) -> int:
    """How often a reasoning block was presented by another account than the one it was returned to."""
    owners = {
        draft.event["reasoning_out"]: draft.event["account_id"]
        for draft in drawn.drafts
        if "reasoning_out" in draft.event
    }
    presented = [
        (block, draft.event["account_id"])
        for draft in drawn.of(persona)
        for block in draft.event.get("reasoning_in", ())
    ]
    return sum(owners.get(block, account) != account for block, account in presented)


def test_reasoning_crosses_owners_in_relays() -> None:
    drawn = shipped("relay", 0.02)
    assert crossings(drawn, "relay") > 10
    assert crossings(drawn, "coding-agent") < 10


def test_a_viral_harness_is_one_text_over_unrelated_owners() -> None:
    drawn = shipped("viral-harness", 0.01)
    viral = drawn.of("viral-harness")
    assert len({draft.messages[0].text for draft in viral}) == 1
    assert len({draft.event["account_id"] for draft in viral}) > 80
    cards = Counter(draft.event["payment"] for draft in viral if "payment" in draft.event)
    assert len(cards) > 50
    first = min(draft.ts for draft in viral) - int(drawn.scenario.start.timestamp() * 1000)
    assert first > 0.99 * DAY


def test_two_campaigns_on_one_proxy_network_share_its_exits() -> None:
    drawn = shipped("shared-proxy", 0.04)
    one, two = (
        {draft.event["ip"] for draft in drawn.of(name) if "ip" in draft.event}
        for name in ("fixed-prompt", "varied-template")
    )
    assert len(one & two) > 0.1 * min(len(one), len(two))
    homes = {draft.event["ip"] for draft in drawn.of("chat") if "ip" in draft.event}
    assert one & homes


def test_most_probes_are_refused_and_few_prompts_scale_up() -> None:
    drawn = shipped("probe-then-scale", 0.01)
    start = int(drawn.scenario.start.timestamp() * 1000)
    ours = [draft for draft in drawn.drafts if drawn.truth[draft.event["account_id"]]["campaign"] == "probed"]
    probes = [draft for draft in ours if draft.ts < start + 1.5 * DAY]
    scaled = [draft for draft in ours if draft.ts >= start + 1.6 * DAY]

    def heads(drafts: list) -> set[str]:
        return {draft.messages[0].text.partition("\n\n")[0] for draft in drafts}

    assert sum(draft.event.get("refused", False) for draft in probes) > 0.6 * len(probes)
    assert len(heads(probes)) > 0.2 * len(probes)
    assert len(heads(scaled)) == 4


def test_conversations_grow_and_use_the_cache() -> None:
    drawn = written('[[population]]\nlike = "coding-agent"\naccounts = 10\nidentity = { bare = 0.0 }')
    sessions: dict[str, list[dict]] = {}
    for draft in drawn.drafts:
        if "session_id" in draft.event and "status" not in draft.event:
            sessions.setdefault(draft.event["session_id"], []).append(draft.event)
    longest = max(sessions.values(), key=len)
    assert [event.get("turn", 1) for event in longest] == list(range(1, len(longest) + 1))
    assert [event["input_tokens"] for event in longest] == sorted(event["input_tokens"] for event in longest)
    assert sum("cached_tokens" in event for event in longest) > 0.7 * len(longest)


def test_failover_hands_a_request_to_another_account() -> None:
    drawn = written(
        '[[population]]\nlike = "lockstep"\naccounts = 20\n'
        "activity = { rate = 100, failover = 0.2 }\nbehaviour = { errors = 0.0 }"
    )
    failed = [draft for draft in drawn.drafts if draft.event.get("status") == 429]
    assert len(failed) / len(drawn.drafts) == pytest.approx(0.2 / 1.2, rel=0.2)
    by_text = {}
    for draft in drawn.drafts:
        by_text.setdefault(draft.messages[-1].text, []).append(draft)
    again = [some for some in by_text.values() if len(some) > 1]
    assert len(again) > 0.8 * len(failed)
    assert sum(some[0].event["account_id"] != some[1].event["account_id"] for some in again) > 0.8 * len(again)


def test_prompts_are_sketched_as_the_sketch_reads_them() -> None:
    for draft in shipped("provider-day", 0.004).drafts[::7]:
        assert prompt_of(draft.messages) == Prompt.of(draft.messages)


def test_unrelated_chats_share_few_template_keys() -> None:
    """Grammars must not make templates of their own: real chat has 3 shared keys in 10,000 pairs of prompts."""
    drawn = written(
        '[[population]]\nlike = "chat"\naccounts = 400\nidentity = { bare = 0.0 }\nprompts = [{ body = "native.request" }]'  # noqa: E501
    )
    encode = sketching(SIMULATION_KEY)
    openings = [draft for draft in drawn.drafts if draft.event.get("turn", 1) == 1 and "status" not in draft.event]
    owners: dict[str, set[str]] = {}
    for event in encode(openings):
        for key in event["templates"]:
            owners.setdefault(key, set()).add(event["account_id"])
    shared = sum(len(some) * (len(some) - 1) / 2 for some in owners.values())
    assert shared / (len(openings) * (len(openings) - 1) / 2) < 5e-4


def test_a_campaign_shares_keys_that_no_benign_account_has() -> None:
    drawn = shipped("fixed-prompt", 0.01)
    owners: dict[str, set[str]] = {}
    for event in sketching(SIMULATION_KEY)(drawn.drafts):
        for key in event["templates"]:
            owners.setdefault(key, set()).add(event["account_id"])
    campaign = set(drawn.accounts("fixed-prompt"))
    assert any(some == campaign for some in owners.values())


def test_some_events_are_delivered_twice() -> None:
    drawn = written('duplicates = 0.1\n[[population]]\nlike = "chat"\naccounts = 300')
    delivered = Counter(draft.event["event_id"] for draft in drawn.drafts)
    assert set(delivered.values()) == {1, 2}
    assert list(delivered.values()).count(2) / len(delivered) == pytest.approx(0.1, rel=0.25)
