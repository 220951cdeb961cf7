"""Which strategy a training uses, and what of it concerns the data."""

import dataclasses

from fer_tf.data.grouping import GROUP_COLUMNS, OVER, UNDER, Grouping
from fer_tf.errors import InputError

NONE, OVERSAMPLING, UNDERSAMPLING, REWEIGHING = "none", "oversampling", "undersampling", "reweighing"
ADVERSARIAL, CORAL = "adversarial", "coral"
DISCRIMINATIVE, INDEPENDENT = "domain_discriminative", "domain_independent"
STRATEGIES = (NONE, OVERSAMPLING, UNDERSAMPLING, REWEIGHING, ADVERSARIAL, DISCRIMINATIVE, INDEPENDENT, CORAL)
# Those whose loss needs the group, because the network in training has outputs beyond the emotions.
OF_NETWORK = (ADVERSARIAL, DISCRIMINATIVE, INDEPENDENT, CORAL)


@dataclasses.dataclass(frozen=True)
class MitigationOptions:
    """How a training of emotions keeps a model from treating groups differently.

    Attributes:
        mitigation: oversampling or undersampling balance the groups within each emotion by what is shown (strategic
            sampling), reweighing by the weights of the loss; adversarial unlearns what tells groups apart;
            domain_discriminative learns group and emotion together and sums the group out; domain_independent has a
            head for each group; coral aligns the covariances of the groups' features. none changes nothing.
        group_column: what the groups are: gender, skin_tone, skin (light, dark), age_group, disguise, disguised
            (no, yes) or synthetic (real, synthetic).
        mitigation_strength: factor on the adversary's gradient or on coral's loss.
    """

    mitigation: str = NONE
    group_column: str = ""
    mitigation_strength: float = 1.0

    def __post_init__(self):
        if self.mitigation not in STRATEGIES:
            raise InputError(f"mitigation is {self.mitigation!r}: choose one of {', '.join(STRATEGIES)}")
        if (self.mitigation != NONE) != bool(self.group_column):
            raise InputError(
                f"mitigation is {self.mitigation!r} and group_column {self.group_column!r}: a strategy needs a column "
                f"({', '.join(GROUP_COLUMNS)}), and a column a strategy"
            )
        if self.group_column and self.group_column not in GROUP_COLUMNS:
            raise InputError(f"group_column is {self.group_column!r}: choose one of {', '.join(GROUP_COLUMNS)}")
        if not 0 < self.mitigation_strength < float("inf"):
            raise InputError(f"mitigation_strength is {self.mitigation_strength}: it must lie above 0")

    def grouping(self) -> Grouping | None:
        """What the training data must know of groups; None: nothing."""
        if self.mitigation == NONE:
            return None
        sampling = {OVERSAMPLING: OVER, UNDERSAMPLING: UNDER}.get(self.mitigation, "")
        return Grouping(
            self.group_column, sampling, self.mitigation == REWEIGHING, in_targets=self.mitigation in OF_NETWORK
        )
