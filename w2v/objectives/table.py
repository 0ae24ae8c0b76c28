"""The objectives and the models, by the names that users give."""

from w2v.objectives.both import Both
from w2v.objectives.cbow import Cbow
from w2v.objectives.full_softmax import FullSoftmax
from w2v.objectives.hierarchical_softmax import HierarchicalSoftmax
from w2v.objectives.model import Model
from w2v.objectives.negative_sampling import NegativeSampling
from w2v.objectives.objective import Objective
from w2v.objectives.sampled_softmax import SampledSoftmax
from w2v.objectives.skip_gram import SkipGram

OBJECTIVES: dict[str, Objective] = {
    one.name: one for one in (NegativeSampling(), HierarchicalSoftmax(), FullSoftmax(), SampledSoftmax(), Both())
}
MODELS: dict[str, Model] = {one.name: one for one in (Cbow(), SkipGram())}


def helps(table: dict[str, Objective] | dict[str, Model]) -> str:
    """The names of a table with what they are, for `--help`."""
    return "; ".join(f"{one.name}: {one.help}" for one in table.values())
