"""What a scenario file may say: populations, their habits, and what happens while they run.

A scenario is TOML. Benign personas and campaigns are written with the same words, so that neither side has a field that
the other lacks: a detector must not win by the handwriting of this simulator. `docs/scenarios.md` explains each knob.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Above0 = Annotated[float, msgspec.Meta(gt=0)]
Natural = Annotated[int, msgspec.Meta(ge=1)]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]*$")]
Weights = dict[str, Above0]

Hours = Literal["flat", "waking", "office", "evening", "night"]
Clock = Literal["poisson", "steady", "hourly", "pool", "waves", "replay"]
Scope = Literal["request", "account", "org", "population", "public"]


CORPUS = "corpus:"  # a prompt body that begins so is the name of a file


class Activity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When an account sends. Rates are exchanges per account and weekday while the account is present.

    Attributes:
        rate: Mean over accounts.
        spread: Sigma of the lognormal by which accounts differ; 0 = all alike.
        hours: Profile of the local day.
        clock: `poisson` (each account by itself), `steady` (a script with regular gaps), `hourly`
            (synchronised at :00), `pool` (one scheduler hands requests round), `waves` (all accounts at
            once), `replay` (gaps of `replay_file`).
        turns: Mean turns per conversation, geometric.
        gap_s: Median seconds between turns of a conversation.
        gap_spread: Sigma of the lognormal of those gaps.
        days_active: Share of days on which an account appears at all.
        weekend: Factor on Saturday and Sunday.
        zones: UTC offsets in hours that accounts draw from; empty = the world's mixture.
        start_day: When the first accounts appear.
        join_days: Over how many days accounts appear, uniformly.
        stay_days: How long each account stays; None = to the end.
        join_by: Whether accounts appear one by one or by organisation.
        warmup_days: Each account ramps linearly to its full rate over this time.
        ramp: `[day, factor]` points, linear between, constant outside.
        even: `pool`: share of requests handed out strictly in turn; `waves`: share of accounts that take part.
        sticky: `pool`: requests in a row that one account takes.
        wave_jitter_s: `waves`: seconds over which one wave spreads.
        failover: Share of requests that fail and are sent again, at once, by another account of the population.
        replay_file: `replay`: NDJSON or CSV of arrival times, below the data folder.
        replay_column: Its column of times, in seconds or as dates.
    """

    rate: Above0 = 5.0
    spread: Amount = 1.0
    hours: Hours = "waking"
    clock: Clock = "poisson"
    turns: Annotated[float, msgspec.Meta(ge=1)] = 1.0
    gap_s: Above0 = 120.0
    gap_spread: Amount = 1.0
    days_active: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    weekend: Amount = 1.0
    zones: tuple[float, ...] = ()
    start_day: Amount = 0.0
    join_days: Amount = 0.0
    stay_days: Above0 | None = None
    join_by: Literal["account", "org"] = "account"
    warmup_days: Amount = 0.0
    ramp: tuple[tuple[float, Amount], ...] = ()
    even: Share = 0.9
    sticky: Natural = 1
    wave_jitter_s: Amount = 20.0
    failover: Share = 0.0
    replay_file: str | None = None
    replay_column: str = "timestamp"


class Prompt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of request of a population; a population mixes several by `share`.

    A prompt is a *body* (what varies) and perhaps a *frame* (what is fixed within `frame_scope`).

    Attributes:
        body: Grammar rule `table.rule`, where `native.` stands for the account's own language; or `corpus:PATH` (NDJSON
            with `prompt`, below the data folder).
        share: Weight among the prompts of the population.
        repertoire: When above 0, bodies come from a fixed list of this length.
        repertoire_scope: Who shares one such list.
        frame: Grammar rule of the fixed text; None = no frame.
        frame_scope: Who shares one text: nobody, the account's own, its organisation, the population, everyone.
        frame_id: Populations that name the same id share the same texts (heirs of a pool); default the population.
        frame_versions: Texts in circulation within the scope.
        frame_settled: Whether an account settles on one or two of them, the first ones most often; otherwise every
            request takes any.
        vary: Share of the frame's slots that are drawn anew for each request (variations of one template).
        place: Where the frame stands: as system prompt, or before, after or around the body.
        follow: Rule of later user turns.
        reply: Rule of the assistant's text in between.
        interests: Whose interests the body is about: `account`, or `queue` when whoever feeds many accounts hands each
            request to any of them, so that no account has interests of its own.
        human: Typing habits (case, typos, missing stops) are applied.
        repeat: Share of openings that send the account's previous opening again.
        context_tokens: Median of input tokens that are not in the text at hand (documents, files), lognormal, sigma 1.
        output_tokens: Median of output tokens.
        output_spread: Sigma of their lognormal.
        reasoning: Share of exchanges that return a reasoning block.
        tools: Tool definitions in the request.
        capability: Capability area that the gateway notes.
        endpoint: `messages`, `batch`, ...
        max_tokens: Request parameter; None = not sent.
        temperature: Request parameter; None = not sent.
        samples: Answers per request.
        refused: Share declined.
    """

    body: str = "native.request"
    share: Above0 = 1.0
    repertoire: Annotated[int, msgspec.Meta(ge=0)] = 0
    repertoire_scope: Literal["account", "org", "population"] = "account"
    frame: str | None = None
    frame_scope: Scope = "population"
    frame_id: str | None = None
    frame_versions: Natural = 1
    frame_settled: bool = True
    vary: Share = 0.0
    place: Literal["system", "head", "tail", "around"] = "system"
    follow: str = "native.follow"
    reply: str = "native.reply"
    interests: Literal["account", "queue"] = "account"
    human: bool = True
    repeat: Share = 0.0
    context_tokens: Amount = 0.0
    output_tokens: Above0 = 300.0
    output_spread: Amount = 0.8
    reasoning: Share = 0.0
    tools: Annotated[int, msgspec.Meta(ge=0)] = 0
    capability: str | None = None
    endpoint: str = "messages"
    max_tokens: Natural | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    samples: Natural = 1
    refused: Share = 0.002


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who the accounts are: networks, clients, money, registration. Group sizes are means of a geometric law.

    Attributes:
        networks: Weights of `home`, `mobile`, `office`, `vpn`, `cloud`, `proxy`; each account draws one.
        roam: Share of conversations sent from another network of the same account (a phone, a second site).
        proxy: Name of the proxy network; populations that name the same one share its exits.
        proxy_exits: Its /24 networks per account of the first population that names it, drawn from those where
            ordinary homes are.
        proxy_sticky: Requests after which a proxied account changes its exit; 0 = never.
        clients: Weights of client names; each account draws one.
        stripped: Share of accounts that send neither client nor TLS fingerprint.
        age_days: Median age at the start.
        age_spread: Sigma of its lognormal.
        born_days: When set, accounts were created within this many days before they first appear.
        accounts_per_payment: Mean number of accounts on one card; 1 = each its own.
        accounts_per_signup: Mean number of accounts on one registration fingerprint.
        accounts_per_org: Mean number of accounts in one organisation, which also shares card and office.
        org_visible: Share of organisations that the provider knows as such; the others look like unrelated accounts
            that share a card.
        paying: Share of accounts with a payment instrument on file.
        keys: API keys per account.
        plans: Weights of plan names.
        verified: Share of accounts whose owner was verified.
        permits: Agreed uses, as account facts.
        reseller: Whether facts say that the accounts serve end users of their own.
        end_users: End users behind each account; 0 = not forwarded.
        bare: Share of accounts whose events carry only what the contract requires; None = the scenario's.
    """

    networks: Weights = msgspec.field(
        default_factory=lambda: {"home": 0.7, "mobile": 0.15, "office": 0.08, "vpn": 0.07}
    )
    roam: Share = 0.15
    proxy: str | None = None
    proxy_exits: Above0 = 4.0
    proxy_sticky: Annotated[int, msgspec.Meta(ge=0)] = 50
    clients: Weights = msgspec.field(default_factory=lambda: {"web": 0.6, "mobile-app": 0.3, "desktop": 0.1})
    stripped: Share = 0.0
    age_days: Above0 = 150.0
    age_spread: Amount = 1.3
    born_days: Above0 | None = None
    accounts_per_payment: Annotated[float, msgspec.Meta(ge=1)] = 1.02
    accounts_per_signup: Annotated[float, msgspec.Meta(ge=1)] = 1.05
    accounts_per_org: Annotated[float, msgspec.Meta(ge=1)] = 1.0
    paying: Share = 0.6
    org_visible: Share = 1.0
    keys: Natural = 1
    plans: Weights = msgspec.field(default_factory=lambda: {"free": 0.5, "pro": 0.4, "max": 0.1})
    verified: Share = 0.2
    permits: tuple[str, ...] = ()
    reseller: bool = False
    end_users: Annotated[int, msgspec.Meta(ge=0)] = 0
    bare: Share | None = None


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How requests look beyond their text.

    Attributes:
        models: Weights of models before any release.
        adopt_hours: Median hours after a release until an account moves to the new model; None = stays.
        sessions: Share of accounts whose client sends a `session_id`.
        cached: Share of the repeated context that is read from the cache.
        errors: Share of requests answered with an HTTP error.
        crossing: Share of later turns that another account of the population takes over (relays), and with it the
            reasoning blocks.
        leak: Share of openings that present a reasoning block first returned to another account (shared transcripts).
        reasoning_back: Share of later turns that present the conversation's last reasoning block.
        verbosity: Sigma of the lognormal by which accounts differ in the length of the answers they ask for.
    """

    models: Weights = msgspec.field(default_factory=lambda: {"atlas-4": 0.7, "atlas-4-mini": 0.3})
    adopt_hours: Above0 | None = 120.0
    sessions: Share = 0.9
    cached: Share = 0.5
    errors: Share = 0.01
    crossing: Share = 0.0
    leak: Share = 0.0
    reasoning_back: Share = 0.8
    verbosity: Amount = 0.6


class Population(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A group of accounts that behave alike.

    Attributes:
        name: Unique in the scenario.
        like: Preset that is overridden: inner tables knob by knob, everything else as a whole.
        campaign: The true campaign; None = benign. Several populations may belong to one.
        persona: What truth calls it; default the preset, or else the name.
        accounts: Number of accounts at scale 1.
        weight: Share of the benign accounts that `benign_ratio` asks for, in place of `accounts`.
        activity: When accounts send.
        prompts: What they send.
        identity: Who they are.
        behaviour: How their requests look.
    """

    name: Name
    like: Name | None = None
    campaign: Name | None = None
    persona: Name | None = None
    accounts: Natural | None = None
    weight: Above0 | None = None
    activity: Activity = Activity()
    prompts: tuple[Prompt, ...] = (Prompt(),)
    identity: Identity = Identity()
    behaviour: Behaviour = Behaviour()

    @property
    def truth_persona(self) -> str:
        """The persona as truth names it: the preset's, unless the scenario says otherwise."""
        return self.persona or self.like or self.name


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="release"):
    """A new model becomes available.

    Attributes:
        day: When.
        model: Its name; accounts move by their `adopt_hours`.
    """

    day: Amount
    model: str


class Ban(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="ban"):
    """Accounts of a population are banned; a fact is written for each, and their requests get a 403.

    Attributes:
        day: When it begins.
        population: Whose accounts.
        share: How many of them.
        hours: Over how long the bans are spread.
    """

    day: Amount
    population: Name
    share: Share = 1.0
    hours: Amount = 1.0


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole scenario.

    Attributes:
        name: As it is called.
        about: What happens, for people.
        start: Date and time of the first event, UTC.
        days: Length.
        benign_ratio: Benign accounts per campaign account; shared out by `weight` among populations without `accounts`.
        bare: Share of accounts whose events carry only what the contract requires.
        duplicates: Share of events delivered twice.
        population: The populations, in tables `[[population]]`.
        crowd: Personas to add with the weights of their presets; `everyone` = all that have one.
        event: What happens meanwhile, in tables `[[event]]` with `kind` `release` or `ban`.
    """

    name: Name
    about: str
    days: Above0
    population: tuple[Population, ...]
    crowd: Literal["everyone"] | tuple[Name, ...] = ()
    start: datetime = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
    benign_ratio: Above0 | None = None
    bare: Share = 0.05
    duplicates: Share = 0.0
    event: tuple[Release | Ban, ...] = ()
