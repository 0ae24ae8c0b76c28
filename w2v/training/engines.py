"""The engines, and which of them a configuration asks for."""

from w2v.config import TrainConfig
from w2v.training.engine import Engine
from w2v.training.hogwild import Hogwild
from w2v.training.rounds import Rounds


def engine_of(config: TrainConfig) -> type[Engine]:
    """The class of engine that trains this configuration."""
    return Rounds if config.deterministic else Hogwild
