"""Every setting, its type, its default and what it means. The only place where any of these is written down.

`stillwatch --help`, `docs/settings.md` and the error messages are made from this struct (`catalogue.py`): the
meaning from the docstring's `Attributes`, what is allowed from the types.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from models.policy import Policy
from streams.settings.errors import SettingsError
from streams.settings.secret import MIN_KEY_BYTES, Password, Secret, redact
from streams.settings.sketch_keys import SketchKeys

EMBEDDED = "embedded"

_Servers = Annotated[
    str,
    Meta(
        pattern=r"^(embedded|[^\s,:/]+:\d{1,5}(,[^\s,:/]+:\d{1,5})*)$",
        extra={"allowed": "`embedded`, or host:port[,host:port...]"},
    ),
]
_Dsn = Annotated[
    str,
    Meta(
        pattern=r"^(embedded|[a-z][a-z0-9+]*://\S+)$",
        extra={"allowed": "`embedded`, or a DSN such as clickhouse://user:password@host:8123/stillwatch"},
    ),
]
# Also the Faust application's id, so it becomes part of topic names, which Kafka limits to 249 characters.
_GroupId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        extra={"allowed": "1 to 100 letters, digits, `.`, `_` or `-`, the first a letter or digit"},
    ),
]
_InstanceId = Annotated[
    Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,100}$")] | None,
    Meta(extra={"allowed": "1 to 100 letters, digits, `.`, `_` or `-`", "default": "none"}),
]
# Together with the name of a topic it stays below Kafka's 249 characters.
_TopicPrefix = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._-]{0,100}$",
        extra={"allowed": "up to 100 letters, digits, `.`, `_` or `-`", "default": "none"},
    ),
]
_Key = Annotated[Secret | None, Meta(extra={"allowed": f"at least {MIN_KEY_BYTES} bytes", "default": "none"})]
_Password = Annotated[Password | None, Meta(extra={"allowed": "any text", "default": "none"})]
_File = Annotated[Path | None, Meta(extra={"allowed": "the path of a readable file", "default": "none"})]
_KeyFile = Annotated[Path | None, Meta(extra={"allowed": "the path of a readable file", "default": "none"})]
_DataDir = Annotated[
    Path,
    Meta(extra={"allowed": "a path", "default": "$XDG_STATE_HOME/stillwatch, or ~/.local/state/stillwatch"}),
]
_Port = Annotated[int, Meta(ge=0, le=65_535)]
_StoreEvents = Annotated[bool, Meta(extra={"default": "true where `clickhouse` is `embedded`, false elsewhere"})]
_Cluster = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_.-]{0,100}$",
        extra={"allowed": "up to 100 letters, digits, `_`, `.` or `-`", "default": "none"},
    ),
]
_Days = Annotated[int, Meta(ge=1, le=36_500)]
_Host = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9:._-]{1,253}$", extra={"allowed": "an address or name of this machine"})
]
_Token = Annotated[Secret | None, Meta(extra={"allowed": f"at least {MIN_KEY_BYTES} bytes", "default": "none"})]


def state_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the per-user directory for state, after the XDG base directory specification."""
    return Path(environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "stillwatch"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a user can set, checked. Made by `load_settings`; tests may construct it directly.

    Attributes:
        kafka: Bootstrap servers of Kafka; `embedded` starts a broker for this machine that keeps nothing.
        kafka_protocol: How to connect to Kafka: `plaintext`, or `tls`, which verifies the names of the brokers.
        kafka_ca_file: Certificates of the authorities to trust, PEM; without it, those of the system.
        kafka_certificate_file: Certificate of this client, PEM, where brokers ask for one.
        kafka_key_file: Its private key, PEM, not encrypted; nobody else may be able to read the file.
        kafka_mechanism: How to say who this is (SASL); `PLAIN` sends the password, so only with `tls`.
        kafka_user: Name for SASL.
        kafka_password: Password for SASL. Accepted from the environment only; use `kafka_password_file` elsewhere.
        kafka_password_file: File that holds the password; `kafka_password` has precedence.
        clickhouse: DSN of ClickHouse; `embedded` runs the engine in the process, on `data_dir`. `clickhouses://` is
            TLS; `?ca_cert=/path`, `client_cert` and `client_cert_key` name its files.
        clickhouse_password_file: File that holds the password of ClickHouse, in place of one in the DSN.
        sketch_key: Key of every hash that a sketch makes. Accepted from the environment only, never from the
            file, which tends to be shared; use `sketch_key_file` there.
        sketch_key_file: File that holds the sketch key; `sketch_key` has precedence.
        sketch_key_previous: The sketch key before that, for as long as both are valid: prompts are sketched under both,
            so that campaigns are recognised while the key changes (docs/sketch.md). From the environment only.
        sketch_key_previous_file: File that holds the same; `sketch_key_previous` has precedence.
        partitions: Partitions of each topic keyed by account or link: the most workers that can share the
            work. Fixed when the topics are created.
        data_dir: Directory of the embedded ClickHouse and of a worker's tables.
        http_host: Address on which `up` answers ClickHouse's HTTP protocol and shows the console. One that other
            machines can reach needs `http_token`.
        http_port: Port of the same; 0 takes any free one.
        http_token: What callers of the same have to carry: the password of ClickHouse's protocol, and of the console.
            From the environment only; `http_token_file` elsewhere.
        http_token_file: File that holds the token; `http_token` has precedence.
        http_certificate_file: Certificate with which `up` answers over TLS, PEM. Without it the token can be read on
            the way: put something that does TLS before an address that other machines reach.
        http_key_file: Its private key, PEM, not encrypted; nobody else may be able to read the file.
        group_id: Kafka consumer group, and prefix of the changelog topics. Another one starts from nothing.
        topic_prefix: What the name of every topic begins with, such as `staging.`, so that several deployments share
            a cluster. Topics of `detect` begin with it and a name of the run, and are deleted when it ends.
        fetch_events: Events of one partition that are processed as one chunk, at most.
        insert_rows: Rows of one table that are collected before they are inserted, at most.
        insert_seconds: Seconds that a row waits for others before it is inserted, at most.
        label_seconds: Seconds between two looks at the table `labels`: within about that, what an analyst inserts there
            takes effect.
        store_patience_seconds: Seconds for which ClickHouse may be away before a worker gives up and stops. Meanwhile
            it reads no further than its bounded queues hold, and catches up afterwards.
        instance_id: Name of this worker within its group, for restarts without a rebalance (Kafka's static membership):
            the same after each restart, and no other worker's. None: every start is a new member.
        metrics_port: Port on this machine's loopback where a worker shows its metrics to Prometheus (`/metrics`) and
            whether it makes progress (`/healthz`); 0 takes any free one. None: nowhere.
        accounts_in_memory: Accounts of one partition that a worker keeps in memory, at 1.7 KB each; beyond, those that
            were not active for longest are on its disk (`data_dir`), with all that is known of them. At most twice as
            many are in memory for as long as it takes to save what they did.
        lateness_seconds: Seconds by which an event may be behind the newest of its partition and still count
            in its window; later ones count in totals only.
        window_seconds: Length of an account's window, in seconds of event time.
        clickhouse_cluster: Name of the ClickHouse cluster (`remote_servers`) whose nodes `init` makes tables on,
            replicated and sharded; empty for one server.
        retain_events_days: Days for which `api_events` keeps a row, from when it was written.
        retain_windows_days: The same of `account_windows` and `link_windows`.
        retain_letters_days: The same of `dead_letters`, which may hold what a sender should not have sent.
        store_events: Whether workers write every event to `api_events`. Switch it off where ClickHouse reads
            the topic by itself.
        detection: What counts as a campaign, see the section `detection`.
    """

    kafka: _Servers = EMBEDDED
    kafka_protocol: Literal["plaintext", "tls"] = "plaintext"
    kafka_ca_file: _File = None
    kafka_certificate_file: _File = None
    kafka_key_file: _File = None
    kafka_mechanism: Literal["none", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "none"
    kafka_user: Annotated[str, Meta(extra={"allowed": "any text", "default": "none"})] = ""
    kafka_password: _Password = None
    kafka_password_file: _File = None
    clickhouse: _Dsn = EMBEDDED
    clickhouse_password_file: _File = None
    sketch_key: _Key = None
    sketch_key_file: _KeyFile = None
    sketch_key_previous: _Key = None
    sketch_key_previous_file: _KeyFile = None
    partitions: Annotated[int, Meta(ge=1, le=10_000)] = 4
    data_dir: _DataDir = msgspec.field(default_factory=state_dir)
    http_host: _Host = "127.0.0.1"
    http_port: Annotated[int, Meta(ge=0, le=65_535)] = 8123
    http_token: _Token = None
    http_token_file: _File = None
    http_certificate_file: _File = None
    http_key_file: _File = None
    group_id: _GroupId = "stillwatch"
    topic_prefix: _TopicPrefix = ""
    fetch_events: Annotated[int, Meta(ge=1, le=100_000)] = 5_000
    insert_rows: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    insert_seconds: Annotated[float, Meta(gt=0, le=60)] = 1.0
    label_seconds: Annotated[float, Meta(ge=0.1, le=3600)] = 2.0
    store_patience_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 600.0
    instance_id: _InstanceId = None
    metrics_port: Annotated[_Port | None, Meta(extra={"default": "none"})] = None
    accounts_in_memory: Annotated[int, Meta(ge=1_000, le=100_000_000)] = 250_000
    lateness_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 600
    window_seconds: Annotated[int, Meta(ge=60, le=86_400)] = 3_600
    clickhouse_cluster: _Cluster = ""
    retain_events_days: _Days = 90
    retain_windows_days: _Days = 400
    retain_letters_days: _Days = 30
    store_events: _StoreEvents = True
    detection: Policy = Policy()

    @property
    def kafka_embedded(self) -> bool:
        """Whether the broker is the embedded one."""
        return self.kafka == EMBEDDED

    @property
    def clickhouse_embedded(self) -> bool:
        """Whether the store is the embedded one."""
        return self.clickhouse == EMBEDDED

    @property
    def sketch_keys(self) -> SketchKeys | None:
        """The keys of the sketches; None: not set."""
        return None if self.sketch_key is None else SketchKeys(self.sketch_key, self.sketch_key_previous)

    def required_sketch_keys(self) -> SketchKeys:
        """Return the keys of the sketches.

        Raises:
            SettingsError: There is none.
        """
        if self.sketch_keys is None:
            raise SettingsError(
                f"the sketch key is not set: put at least {MIN_KEY_BYTES} bytes in STILLWATCH_SKETCH_KEY,"
                " or in a file and its path in STILLWATCH_SKETCH_KEY_FILE"
            )
        return self.sketch_keys

    def __rich_repr__(self) -> list[tuple[str, object]]:
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return [(name, redact(value) if isinstance(value, str) else value) for name, value in values]

    def __repr__(self) -> str:
        # The generated one would show the password inside the ClickHouse DSN.
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"
