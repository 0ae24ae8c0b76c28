"""The configuration → the settings that the kernel reads."""

from w2v.config import TrainConfig
from w2v.kernel.layout import SHARINGS, Settings


def kernel_settings(config: TrainConfig) -> Settings:
    """The hyper-parameters as the kernel wants them."""
    objective, n_negatives = config.objective, config.n_negatives
    return Settings(
        model=config.input_model.code,
        objective=objective.code,
        is_softmax=objective.is_softmax,
        sharing=SHARINGS[config.sharing],
        window=config.window,
        shrink_windows=config.shrink_windows,
        n_negatives=n_negatives,
        negative_weight=config.negative / max(n_negatives, 1),
        first_prefetched=objective.first_prefetched,
        cbow_mean=config.cbow_mean,
        cbow_corrected=config.cbow_update == "corrected",
    )
