"""The variables of each group of a result: of what kind they are, and along which dimensions.

A line has a kind, the dimensions in order, and names. What has `!` must be there if its dimensions are. The
error of a variable, `NAME_error`, has its dimensions and need not be written here. `sensa.results` says what
the numbers are.

Kinds: `known` (a probability), `chance` (a probability, or undefined), `spread` (0 or more, or undefined),
`number` (finite, or undefined), `any` (a number, perhaps infinite, or undefined), `truth`, `text`, `kind` (of
an outcome).
"""

from dataclasses import dataclass
from functools import cache
from typing import Final


@dataclass(frozen=True)
class Shape:
    """What a variable must be."""

    kind: str
    dims: tuple[str, ...]
    required: bool = False


@cache
def shapes(group: str) -> dict[str, Shape]:
    """The variables of a group by name; none if it is not known."""
    found = {}
    for line in GROUPS.get(group, "").strip().splitlines():
        head, names = line.split(": ")
        kind, dims = head.strip().rstrip(")").split(" (")
        for name in names.split():
            shape = Shape(kind, tuple(dims.split()), required=name.endswith("!"))
            found[name.rstrip("!")] = shape
    errors = {f"{name}_error": Shape("spread", shape.dims) for name, shape in found.items()}
    return errors | found


# Dimensions without which a group says nothing.
NEEDED: Final = {"outcomes": ("outcome", "step", "quantile"), "kinds": ("kind", "quantile")}
GROUPS: Final = {
    "outcomes": """
        known (outcome): mean!
        chance (outcome): low high
        spread (outcome): error! sd!
        truth (outcome): refined
        chance (outcome quantile): quantiles!
        known (outcome step): by_step!
        number (): loss
        spread (): loss_sd
        number (quantile): loss_quantiles
        kind (outcome): kind!
        text (step): phase!
    """,
    "kinds": """
        known (kind): mean!
        chance (kind): low high
        spread (kind): error! sd!
        chance (kind quantile): quantiles!
        known (kind step): by_step cumulative
        text (step): phase
    """,
    "failing_safely": """
        chance (): fail_safe_given_failure!
        spread (): error! sd!
        chance (quantile): quantiles!
    """,
    "carried_by": """
        number (mode): mode_share!
        spread (mode): mode_share_error!
        number (): rest!
        spread (): rest_error!
        number (event): share!
        spread (event): share_error!
        text (mode): members!
        text (event): of
    """,
    "violations": """
        chance (assumption outcome): do_violated do_holds observed_violated violated_given
        number (assumption outcome): change
        number (assumption): risk_change failing_change
        chance (assumption): violated!
        chance (outcome): all_violated all_hold
    """,
    "pairs": """
        chance (assumption other outcome): do_both_violated!
        number (assumption other outcome): change joint_change
        spread (assumption other outcome): error
    """,
    "criteria": """
        chance (criterion): mean!
        spread (criterion): error! sd!
        chance (criterion quantile): quantiles!
    """,
    "sobol_credence": """
        number (factor outcome): first! total!
        spread (factor outcome): first_error! total_error!
        number (factor kind): kind_first! kind_total!
        spread (factor kind): kind_first_error! kind_total_error!
        number (factor): loss_first loss_total conditional_first conditional_total
        text (factor): members!
        truth (factor): placeholder
    """,
    "specification_audit": """
        number (): failing!
        chance (option): probability!
        spread (option): error!
        number (option): modelled!
        truth (option): fails!
        text (option): shortest! of
    """,
    "minimal_sets": """
        number (output way): count!
        number (output way size): by_size
        chance (output way set): chance!
        truth (output way set assumption): members!
        text (output way set): sets
        truth (output way assumption): single!
    """,
    "tipping_points": """
        chance (assumption limit): credence!
        any (assumption limit): move
        chance (assumption): now! risk_violated risk_holds
        chance (): risk!
        truth (limit): own
    """,
    "meeting": """
        chance (): risk all_hold
        any (limit assumption): move!
        chance (limit assumption): credence!
        chance (assumption): now!
        number (limit): distance! residual stationarity curvature
        text (limit): properties!
    """,
    "expectations": """
        number (measure): value! stated! within!
        spread (measure): error!
        truth (measure): met! decided
    """,
    "cut_sets": """
        number (output): count
        number (output size): by_size
        chance (output set): chance
        text (output set): sets
        truth (output): coherent
    """,
    "nearest_move": """
        any (limit assumption): move
        chance (limit assumption): credence
        chance (assumption): now
        number (limit): distance residual stationarity curvature
        chance (): risk
    """,
    "importance": """
        chance (node): violated
        number (node output): birnbaum criticality raw fussell_vesely differential
        any (node output): rrw
        text (node): kind
    """,
    "nodes": """
        chance (node): chance
        chance (node outcome): seen always never
        text (node): of kind
    """,
    "numbers": """
        text (number): claimed
        number (number): mean
        number (number quantile): quantiles
    """,
    "distributions": """
        chance (outcome level): outcomes!
        chance (kind level): kinds!
        number (level): loss
    """,
    "capabilities": """
        chance (): risk!
        number (behaviour capability): gated
        number (capability): gated_in_all!
        chance (capability): chance! absent! present! missed!
        chance (capability limit): present_at missed_at
        any (capability limit): trials!
        text (capability): claimed_absent_by unseen_by
        text (capability other): shared
        chance (capability other): missed_both
        chance (behaviour): route!
        chance (behaviour limit): leak_at
        truth (limit): own!
        truth (capability): required
        chance (capability step): opens
        chance (behaviour step): happens
    """,
    "model_space": """
        number (): choices
        chance (option): posterior prior catastrophic
        number (option): alike_off_goal
        truth (option): conforms
        text (option): alike of
        chance (choice): on_goal
        number (choice): entropy effective expected_miss
        number (rule): bits bits_in_order divergence without_miss
        chance (rule outcome): without
        chance (rule): without_on_goal
        number (choice assumption): miss_change
        number (factor choice): miss_first miss_total
    """,
    "modes": """
        chance (outcome mode): flow!
        chance (kind mode): kind_flow!
        chance (outcome): tied criterion_tied
        chance (outcome criterion): criterion_flow!
        chance (kind criterion): kind_criterion_flow!
        number (outcome mode): shapley
    """,
    "sobol_truth": """
        number (factor outcome): first! total!
        number (factor kind): kind_first! kind_total!
        number (factor): loss_first loss_total
        text (factor): node! members!
        number (factor outcome step): first_by_step total_by_step
    """,
    "groups": """
        number (group outcome): credence_closed credence_total truth_closed truth_total
        number (group kind): kind_credence_closed kind_credence_total kind_truth_closed kind_truth_total
        number (group): loss_credence_closed loss_credence_total loss_truth_closed loss_truth_total
        number (group): parameters draws
        text (group): by name
    """,
    "second_order": """
        number (parameter other outcome): credence
        number (parameter other kind): kind_credence
        number (parameter other): loss_credence
        number (node other_node outcome): truth
        number (node other_node kind): kind_truth
        number (node other_node): loss_truth
    """,
    "shapley": """
        number (parameter outcome): credence
        number (parameter kind): kind_credence
        number (parameter): loss_credence
        number (node outcome): truth
        number (node kind): kind_truth
        number (node): loss_truth
    """,
    "exceedance": """
        chance (size): chance!
        spread (size): error!
        chance (size quantile): quantiles!
    """,
    "convergence": """
        chance (count output): mean! low! high!
        spread (count output): error!
        chance (count output quantile): quantiles!
    """,
    "bounds": """
        number (output): lower lower_found upper upper_found
        truth (output): lower_proven upper_proven
        text (output): of
    """,
    "value_of_information": """
        number (): loss
        number (stop): cost evpi parameters
        number (factor stop): evppi
        truth (factor): exact
        number (group stop): evppi_group
    """,
    "value_of_trials": """
        number (number): a b
        spread (number): sd_now
        spread (number count): sd_after
        number (number count limit): changes
        any (number limit): good_trials
        truth (number): exact
        number (number count stop): worth
        number (number stop): perfect
    """,
    "value_of_facts": """
        number (stop): cost
        number (fact stop): value
        chance (fact): chance
        text (fact): kind
    """,
    "settling_facts": """
        number (fact question): bits share
        number (question): entropy
        chance (fact): chance
        number (number question): number_bits number_share
        text (fact): kind
    """,
    "frechet": """
        chance (output): lower upper independent stated
        chance (assumption other output): pair_lower pair_upper
        chance (assumption): violated
        chance (output case): lower_chance upper_chance
        truth (output case assumption): lower_violated upper_violated
    """,
    "dependence": """
        number (rank_correlation output): mean change
        spread (rank_correlation output): error sd
        number (rank_correlation output quantile): quantiles
        text (output): of
    """,
    "experts": """
        number (output): mean disagreement_together
        spread (output): sd
        number (pool output): pooled
        spread (pool output): pooled_sd
        text (output): of
    """,
    "paths": """
        text (outcome step): path unseen_path
        chance (outcome): path_chance path_share path_bound
        spread (outcome): path_error
        chance (outcome step): looks_wanted end_if_so set_by
        number (outcome): unseen unseen_chance departs told_apart set_once
        chance (value step): occurred first
        number (value): mean_step
        number (perturbation): moved at
        number (perturbation outcome): change
        number (kind): kind_set_once
        number (kind step): kind_set_by
        text (step): phase
        text (value): value_kind
        text (perturbation): perturbation_kind
        chance (state next): transition
        chance (state): long_run
        number (state): closed steps_until_closed
    """,
    "axes": """
        truth (step): training!
        number (step): danger! shifts updated_first overseen_first
        number (): danger_in_training
        number (axis step): value
        chance (outcome): as_stated like_training
        chance (axis): alone_risk return_risk
        number (axis outcome): effect
        number (axis): risk_effect
        text (step): phase
    """,
    "extrapolation": """
        number (number): mean decades held trials tests covered law_p
        number (number quantile): quantiles
        number (number source): share
        truth (number): breaks
        text (test): test_number test_family
        number (test): test_scale test_trials test_held test_mean test_low test_high test_p
        text (experiment): experiment_number
        number (experiment): experiment_scale worth perfect
        spread (experiment): sd_now sd_after
        number (): experiment_trials unseen unseen_low unseen_high next_is_new red_team_trials
        number (experiment limit): changes
        number (mode): found
    """,
    "given": """
        number (output): mean before
        spread (output): error
        chance (): probability fail_safe_given_failure
        text (output): of
    """,
    "stated": """
        number (measure): value stated difference ratio distance
        spread (measure): error
        any (measure assumption): single_move joint_move
        chance (measure assumption): single_credence joint_credence now
        text (measure): source
    """,
    "counted_evidence": """
        number (entry): held trials unscored
        text (entry): source scorer task model revision date subset sha256 node
        number (number): mean
        number (number quantile): quantiles
    """,
    "sign_offs": """
        text (entry): state by date rests_on
    """,
}
