"""A raw log of real prompts at real arrival times, with a planted assignment to accounts.

Nobody has labelled real accounts, so who sent what is made up here: one campaign that puts a fixed prompt before
harvested questions, and benign accounts of several kinds. Everything a benign account does is taken from real data;
only the two programs' system prompts are written here. No optional field that would give the campaign away is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from tests.realdata import corpus

START = 1_790_000_000_000
DAY_S = 86_400
SESSION_GAP_S = 1_800

FIXED_PROMPT = (
    "Before you answer, write down each step of your thinking inside <trace> tags, number the steps, and do not leave"
    " out any calculation or any alternative that you considered and rejected. After the closing tag give the final"
    " answer alone on one line, without any further remark."
)
PROGRAM_PROMPT = (
    "You are the assistant inside a code editor. You can read and change the files of the open workspace through the"
    " tools below. Make the smallest change that does what is asked, run the tests afterwards, and say in one sentence"
    " what you changed."
)

Prompt = Callable[[], list[dict[str, str]]]


@dataclass(frozen=True)
class Truth:
    """Who is who."""

    campaign: frozenset[str]
    personas: dict[str, str]


class RealStream:
    """Builds the log.

    Args:
        seed: Of everything that is drawn.
        days: Length of the log.
        people, program_users, batch_jobs, suites, writers: Benign accounts of each kind.
        pool: Accounts of the campaign, at `rate` requests a day each.
    """

    def __init__(
        self,
        seed: int,
        days: int = 2,
        people: int = 2000,
        program_users: int = 600,
        batch_jobs: int = 150,
        suites: int = 50,
        writers: int = 300,
        pool: int = 300,
        rate: float = 26.0,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.days = days
        self.rate = rate
        self._counts = {
            "person": people,
            "program": program_users,
            "batch": batch_jobs,
            "suite": suites,
            "writer": writers,
        }
        ids = [f"acct_{self.rng.bytes(6).hex()}" for _ in range(sum(self._counts.values()) + pool)]
        self._pool = ids[:pool]
        kinds = [kind for kind, n in self._counts.items() for _ in range(n)]
        self.truth = Truth(frozenset(self._pool), dict(zip(ids[pool:], kinds, strict=True)))

    def write(self, path: Path) -> int:
        """Write the log as NDJSON in time order and return the number of events."""
        logs = list(self._campaign())
        for account, kind in self.truth.personas.items():
            logs += list(self._account(account, kind))
        logs.sort(key=lambda log: log["ts"])
        with path.open("wb") as file:
            file.writelines(orjson.dumps(log, option=orjson.OPT_APPEND_NEWLINE) for log in logs)
        return len(logs)

    def _campaign(self) -> Iterator[dict[str, object]]:
        """Real sweeps one after the other, spread evenly over the pool, at the pace that gives the rate."""
        questions = corpus.prompts("evol_teacher")
        wanted = int(len(self._pool) * self.rate * self.days)
        sweeps, times, start = corpus.sweeps(), [], 0.0
        while len(times) < wanted:
            sweep = sweeps[self.rng.integers(len(sweeps))]
            times += [start + t for t in sweep]
            start = times[-1] + 60.0
        stretch = self.days * DAY_S / times[wanted - 1]
        order: list[str] = []
        for t in times[:wanted]:
            if not order:
                order = list(self.rng.permutation(self._pool))
            question = questions[self.rng.integers(len(questions))]
            messages = [{"role": "system", "content": FIXED_PROMPT}, {"role": "user", "content": question}]
            yield self._log(order.pop(), t * stretch, messages)

    def _account(self, account: str, kind: str) -> Iterator[dict[str, object]]:
        """One benign account at the times of a real client: sessions for people, single requests for programs."""
        mean = {"person": 30, "program": 90, "batch": 200, "suite": 300, "writer": 40}[kind]
        n = int(np.clip(mean * self.rng.lognormal(0.0, 1.0), 2, 4000))
        prompt = self._prompts(kind)
        interactive = kind in ("person", "program", "writer")
        session, turn, last, messages = "", 0, -1e9, prompt()
        for t in self._times(n):
            fields: dict[str, object] = {}
            if interactive:
                if t - last > SESSION_GAP_S:
                    session, turn, messages = self.rng.bytes(8).hex(), 0, prompt()
                turn += 1
                last = t
                fields = {"session_id": session, "turn": turn}
                if turn > 1:
                    messages = [*messages[:-1], prompt()[-1]]
            else:
                messages = prompt()
            yield self._log(account, t, messages, **fields)

    def _times(self, n: int) -> list[float]:
        """Seconds since the start, `n` of them, in the active windows of a real client."""
        clients = corpus.clients()
        windows = np.array(clients[self.rng.integers(len(clients))])
        begin = self.rng.uniform(0, max(windows[-1, 0] - self.days * DAY_S, 1))
        inside = windows[(windows[:, 0] >= begin) & (windows[:, 0] < begin + self.days * DAY_S)]
        if not len(inside):
            inside, begin = windows, windows[0, 0]
        chosen = self.rng.choice(len(inside), size=n, p=inside[:, 1] / inside[:, 1].sum())
        times = inside[chosen, 0] - begin + self.rng.uniform(0, 600, size=n)
        return sorted(np.minimum(times, self.days * DAY_S - 1).tolist())

    def _prompts(self, kind: str) -> Prompt:
        """What one account of a kind asks."""
        if kind == "batch":
            return self._from(self._run("p3_templates"))
        if kind == "suite":
            return self._from(self._run("anthropic_mw_evals"))
        if kind == "program":
            return self._from(corpus.prompts("gpteacher_codegen"), PROGRAM_PROMPT)
        if kind == "writer":
            return self._from(corpus.prompts("awesome_prompts") + corpus.prompts("gpteacher_roleplay"))
        human = ("oasst_realistic", "arena_hard_v01", "arena_hard_v2", "hh_harmless_test")
        return self._from(sum((corpus.prompts(name) for name in human), ()))

    def _run(self, name: str) -> tuple[str, ...]:
        groups = list(corpus.runs(name).values())
        return groups[self.rng.integers(len(groups))]

    def _from(self, texts: tuple[str, ...], system: str | None = None) -> Prompt:
        """Draw from up to 60 texts of an account's own, after a system prompt where there is one."""
        own = [texts[i] for i in self.rng.choice(len(texts), size=min(60, len(texts)), replace=False)]
        head = [{"role": "system", "content": system}] if system else []

        def draw() -> list[dict[str, str]]:
            return [*head, {"role": "user", "content": own[self.rng.integers(len(own))]}]

        return draw

    def _log(self, account: str, t: float, messages: list[dict[str, str]], **fields: object) -> dict[str, object]:
        tokens = corpus.exchanges()[self.rng.integers(len(corpus.exchanges()))]
        return {
            "event_id": self.rng.bytes(8).hex(),
            "ts": START + int(1000 * t),
            "account_id": account,
            "model": "large-1",
            "input_tokens": tokens[0],
            "output_tokens": tokens[1],
            "messages": messages,
            **fields,
        }
