"""What a scenario file may say, and how its mistakes are named."""

import pytest

from streams.sources.simulate.loading import ScenarioError, load_scenario, parse_scenario, presets, shipped_scenarios

HEAD = 'name = "s"\nabout = "a"\ndays = 1\n'
CHAT = '[[population]]\nlike = "chat"\naccounts = 5\n'


@pytest.mark.parametrize("name", shipped_scenarios())
def test_every_shipped_scenario_loads_and_says_what_happens(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert len(scenario.about) > 30
    assert scenario.population


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name = 's'", "missing required field `about`"),
        (HEAD + CHAT + "accouts = 5", "unknown field `accouts`"),
        (HEAD + CHAT + "activity = { rate = -1 }", "$.population[0].activity.rate"),
        (HEAD + CHAT + "activity = { rate = 'fast' }", "Expected `float`, got `str`"),
        (HEAD + CHAT + "activity = { clock = 'cron' }", "$.population[0].activity.clock"),
        (HEAD + CHAT + "prompts = []", "prompts is empty"),
        (HEAD + CHAT + "identity = { plans = { gold = 1.0 } }", "identity.plans: 'gold'"),
        (HEAD + CHAT + "identity = { networks = { moon = 1.0 } }", "identity.networks: 'moon'"),
        (HEAD + CHAT + "identity = { clients = { telex = 1.0 } }", "identity.clients: 'telex'"),
        (HEAD + CHAT + "prompts = [{ body = 'chat.nothing' }]", "no grammar rule 'chat.nothing'"),
        (HEAD + CHAT + "activity = { clock = 'replay' }", "activity.replay_file"),
        (HEAD + CHAT + CHAT, "two populations are named 'chat'"),
        (HEAD + "[[population]]\nlike = 'ghost'\naccounts = 5", "like = 'ghost' is no preset"),
        (HEAD + "[[population]]\nlike = 'fixed-prompt'\nname = 'x'", None),
        (HEAD + "[[population]]\nname = 'x'", "accounts is missing"),
        (HEAD + CHAT + "[[event]]\nkind = 'ban'\nday = 0\npopulation = 'ghost'", "population = 'ghost'"),
        (HEAD + CHAT + "[[event]]\nkind = 'party'\nday = 0", "$.event[0].kind"),
        (HEAD + "crowd = 'nobody'", "$.crowd"),
        (HEAD + "crowd = ['ghost']\nbenign_ratio = 5", "like = 'ghost' is no preset"),
        (HEAD + "population = 3", "population"),
        (HEAD, "no population"),
        ("name = ", "not TOML"),
    ],
)
def test_mistakes_are_named(text: str, named: str | None) -> None:
    if named is None:
        assert parse_scenario(text, source="file.toml")
        return
    with pytest.raises(ScenarioError) as raised:
        parse_scenario(text, source="file.toml")
    assert "file.toml" in str(raised.value)
    assert named in str(raised.value)


def test_a_preset_is_overridden_knob_by_knob() -> None:
    scenario = parse_scenario(HEAD + CHAT + "activity = { rate = 2 }", source="file.toml")
    activity = scenario.population[0].activity
    assert activity.rate == 2
    assert activity.turns == presets()["chat"]["activity"]["turns"]


def test_the_crowd_is_every_persona_with_a_weight_once() -> None:
    text = 'crowd = "everyone"\nbenign_ratio = 50\n' + CHAT + '[[population]]\nlike = "harvest"\n'
    names = [one.name for one in parse_scenario(HEAD + text, source="file.toml").population]
    assert len(names) == len(set(names))
    assert {name for name, preset in presets().items() if "weight" in preset} <= set(names)


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(ScenarioError, match="provider-day"):
        load_scenario("provider-dya")
    with pytest.raises(ScenarioError, match="does not exist"):
        load_scenario("nowhere/scenario.toml")
