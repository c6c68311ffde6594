"""A stand-in for the classifier that a gateway may run on prompts: it sees what is asked for, often, and errs at times.

It looks at the kind of frame, never at whose it is: graders with a permit and people who like to watch a model think
get the same signals as a campaign does.
"""

from __future__ import annotations

from random import Random

from streams.sources.simulate.scenario import Prompt

# What each kind of frame looks like to it, and how often it notices.
_SEEN = {
    "operator.reasoning": ("cot_elicitation", 0.75),
    "operator.agent": ("cot_elicitation", 0.5),
    "operator_other.zh": ("cot_elicitation", 0.5),
    "operator_other.ru": ("cot_elicitation", 0.5),
    "operator_other.es": ("cot_elicitation", 0.6),
    "operator.probe": ("cot_elicitation", 0.6),
    "operator.grading": ("rubric_grading", 0.8),
    "teamwork.evaluation": ("rubric_grading", 0.3),
    "operator.taskgen": ("task_generation", 0.7),
    "operator.cleaner": ("trace_reconstruction", 0.7),
    "operator.rewrite": ("policy_rewrite", 0.6),
}
_ALL = tuple(dict.fromkeys(signal for signal, _ in _SEEN.values()))
_FALSE_ALARMS = 0.004  # of all prompts, whatever they are


def signals_of(prompt: Prompt, random: Random) -> list[str]:
    """Return what the classifier says of one request."""
    chance = random.random()
    if prompt.frame in _SEEN:
        signal, noticed = _SEEN[prompt.frame]
        return [signal] if chance < noticed else []
    return [_ALL[int(chance / _FALSE_ALARMS * len(_ALL))]] if chance < _FALSE_ALARMS else []
