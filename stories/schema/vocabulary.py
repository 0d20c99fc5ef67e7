"""The words and names that a story may use."""

from typing import Literal

FORMAT = "training-story/1"
NAME_PATTERN = "^[a-z][a-z0-9_]*$"
MAX_NAME_LENGTH = 100
GoalClass = Literal[
    "loss-minimizing-model", "fully-aligned-agent", "corrigible-agent", "myopic-agent",
    "simulator", "narrow-agent", "truthful-question-answerer", "other",
]  # fmt: skip
RationaleClass = Literal[
    "capability-limitation", "inductive-bias-analysis", "transparency-and-interpretability",
    "automated-oversight", "ai-cognitive-science", "precursor-checking", "loss-landscape-analysis",
    "game-theoretic-analysis", "other",
]  # fmt: skip
Part = Literal["goal.specification", "goal.desirability", "rationale.constraints", "rationale.nudges"]
Criterion = Literal[
    "goal_alignment", "goal_competitiveness", "rationale_alignment", "rationale_competitiveness"
]
Mode = Literal[
    "objective-misgeneralization", "mesa-optimization", "outer-misalignment", "inner-misalignment",
    "deceptive-alignment", "unmodelled", "other",
]  # fmt: skip
Violable = Literal["assumption", "challenge", "event", "safeguard"]
Kind = Literal["success", "fail_safe", "catastrophic"]
PhaseKind = Literal["training", "deployment"]
