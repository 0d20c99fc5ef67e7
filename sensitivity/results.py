"""Names, dimensions and attributes of every result: one `xarray.DataTree` for each run.

Every group's attributes say how its numbers were computed:

- `how`: `exact` (no sampling anywhere), `parameters-sampled` (worlds exact, parameters by scrambled
  Sobol' points), or `worlds-sampled` (worlds sampled too, all or in part);
- `note`: what a reader must know, if anything.

No dimension has size 0: variables without entries are left out, with their dimension.

The root's attributes: `format` (`sensa-result/1`), `story` (title), `file`, `digest` (sha256 of the text),
`engine`, `diagram_nodes`, `circuit_products`, `order`, `asked_analyses` (empty for the usual ones),
`asked_engine`, `asked_points`, `asked_precision` (empty for none), `asked_samples` (0 for no limit), `seed`,
`replicates`, `points` (in total),
`parameters`, `intervals` (parameters with only bounds: expectations take them as uniform), `sensa`, `numpy`.

Groups and their variables; probabilities are in [0, 1], `error` is a standard error from independent
scramblings (0 where exact), and every name is the author's own:

- `outcomes`: dims `outcome`, `step`, `quantile`; coordinates `kind` (outcome), `phase` (step).
  `mean` (outcome), `error` (outcome), `sd` (outcome), `quantiles` and `quantiles_error` (outcome, quantile),
  `by_step` (outcome, step); where losses are stated `loss`, `loss_error`, `loss_sd`,
  `loss_quantiles`, `loss_quantiles_error` (quantile).
- `kinds`: dims `kind`, `quantile`. `mean`, `error`, `sd`, `quantiles`, `quantiles_error`: outcomes of one
  kind together.
- `failing_safely`: `fail_safe_given_failure`, `error`, `sd`, `quantiles` (quantile; both with `…_error`):
  P(fail_safe | not success), as the ratio of the means; `sd` and `quantiles` are of the ratio at each
  parameter value.
- `violations`: dims `assumption`, `outcome`. `do_violated`, `do_holds` (and `…_error`): the outcome
  distribution under the intervention; `change` (and `change_error`): what violating it adds, in the same
  worlds; `risk_change`, `failing_change` (assumption; and `…_error`): of catastrophes and of failures;
  `observed_violated`: P(outcome | assumption violated); `violated_given`: P(assumption violated | outcome);
  `violated` (assumption): P(assumption violated); `all_violated`, `all_hold` (outcome): all of them together.
- `pairs`: dims `assumption`, `other`, `outcome`. `do_both_violated`; the diagonal is one alone.
  `change`, `joint_change` (and `…_error`): what both add, and that beyond what each adds alone.
- `criteria`: dims `criterion`, `quantile`. `mean`, `error`, `sd`, `quantiles`, `quantiles_error`: P(all its
  assumptions hold).
- `sobol_credence`: dims `factor`, `outcome`. `first`, `total`, `first_error`, `total_error`: which unknown
number drives the uncertainty of each outcome's probability; `members` (factor): its parameters. `kind_…`
  (factor, kind), `loss_…` (factor) and `conditional_…` (factor; P(fail_safe | not success)) likewise.
- `sobol_truth`: the same with the story's nodes as factors and how it ends as output, parameters at their
  means; `first_by_step`, `total_by_step` (factor, outcome, step), `node` (factor): the kind of each.
- `shapley`: dims `parameter`, `node`, `outcome`, `kind`. `credence` (parameter, outcome), `truth` (node,
  outcome), `kind_…`, `loss_…`, `…_error`: shares of the variance that add up to 1.
- `capabilities`: dims `behaviour`, `capability`, `other`, `limit`, `step`. `risk`; `gated` (behaviour,
  capability), `gated_in_all`, `chance`, `absent`, `present`, `missed` (capability; and `…_error`),
  `present_at`, `missed_at`, `trials` (capability, limit), `claimed_absent_by`, `unseen_by`; `route`
  (behaviour), `leak_at` (behaviour, limit); `opens`, `happens` (…, step); `shared`, `missed_both`.
- `modes`: dims `outcome`, `kind`, `mode`, `criterion` (with `none`). `flow`, `shapley` (outcome, mode),
  `kind_flow`, `tied` (outcome); `criterion_flow`, `kind_criterion_flow`, `criterion_tied`; and `…_error`.
- `axes`: dims `axis`, `outcome`, `step`. `danger`, `danger_in_training`, `training`; `risk_effect`, `effect`,
  `as_stated`, `like_training`, `alone_risk`, `return_risk`; `value`, `shifts`, `updated_first`,
  `overseen_first`; `decorrelated`, `decorrelated_change`, `risk_sd`, `decorrelated_risk_sd`.
- `extrapolation`: dims `number`, `quantile`, `source`, `test`, `experiment`, `limit`, `mode`. `mean`,
  `quantiles`, `share`, `breaks` (number), `test_…` (test), `sd_after`, `worth` (experiment), `changes`
  (experiment, limit), `unseen`: what smaller models did; docs/results.md has the rest.
- `paths`: dims `outcome`, `step`, `kind`, `value`, `state`, `next`, `perturbation`. `path`, `path_chance`,
  `path_share`, `path_bound`; `occurred`, `first` (value, step), `mean_step`; `transition`, `long_run`,
  `closed`, `steps_until_closed` (state); `moved`, `change` (and `…_error`); `looks_wanted`, `end_if_so`,
  `unseen`, `unseen_path`, `departs`, `told_apart`; `set_by`, `set_once`, `kind_set_by`.
- `second_order`: dims `parameter`, `other`, `node`, `other_node`, `outcome`, `kind`. `credence`, `truth`:
  of pairs; NaN on the diagonal. `groups`: dims `group`, `outcome`, `kind`; `credence_closed`,
  `credence_total`, `truth_closed`, `truth_total`; coordinates `by`, `name`.
- `bounds`: dims `output` (outcomes, kinds, `loss`), `parameter` (intervals). `lower`, `upper`: certified;
  `…_found`, `…_error`, `…_proven`, `…_at` (output, parameter): the values reached, and where.
- `value_of_information`: dims `stop` (`stated`, `break_even`), `factor`, `group`. `evpi`, `parameters`,
  `evppi`, `evppi_group` (and `…_error`): the loss that knowing it saves; `cost` (stop), `loss`,
  `exact` (factor). `value_of_facts`: dims `fact`, `stop`; `value`, `chance` (fact), `cost` (stop).
- `distributions`: dims `outcome`, `kind`, `level`. `outcomes`, `kinds`, `loss` (and `…_error`):
  quantiles at 39 levels.
- `value_of_trials`: dims `number`, `count` (of trials), `limit`, `stop`. `a`, `b`, `sd_now`, `exact`
  (number), `sd_after` (number, count), `changes` (number, count, limit), `good_trials` (number, limit),
  `worth` (number, count, stop), `perfect` (number, stop).
- `settling_facts`: dims `fact`, `question` (`catastrophic`, `failure`), `pair` (of experts). `bits`,
  `bits_error`, `share` (fact, question), `entropy` (question), `chance` (fact); `apart` (pair, question),
  `tells_apart` (pair, fact), `closes` (pair, fact, question); `number_bits`, `number_share` (number,
  question).
- `exceedance`: dims `size`, `quantile`. `chance`, `error`: P(loss >= size); `quantiles`, `quantiles_error`.
- `convergence`: dims `count`, `output` (outcomes, kinds), `quantile`; attribute `counted`. `mean`, `error`,
  `low`, `high`, `quantiles`, `quantiles_error`: as in `outcomes`, from fewer samples.
- `frechet`: dims `assumption`, `other`, `output`, `case`. `lower`, `upper`: P(output) if truths may depend on
  each other; `independent`, `stated`, `violated` (assumption), `…_chance`, `…_violated` (cases that reach
  the ends), `pair_lower`, `pair_upper` (assumption, other, output); all but the cases with `…_error`.
- `dependence`: dims `rank_correlation`, `output`, `quantile`. `mean`, `error`, `sd`, `sd_error`, `change`,
  `change_error`, `quantiles`; coordinate `parameter`: the correlated ones.
- `experts`: dims `expert`, `number`, `pool`, `output`. `without`, `alone`, `pooled` (and `…_sd`), `mean`,
  `sd`, `disagreement` (number, output), `disagreement_together` (output).
- `importance`: dims `assumption`, `output` (outcomes, kinds, `failure`). `violated`, `birnbaum`,
  `criticality`, `raw`, `rrw`, `fussell_vesely`, `differential`.
- `minimal_sets`: dims `output` (failure, kinds, outcomes), `way` (`possible`, `certain`), `set`, `size`,
  `assumption`. `count` and `by_size` (-1 beyond the budget), `chance`, `members`, `sets` (the same by
  name), `single` (enough alone): minimal sets of violated assumptions. `cut_sets`: dims `output`, `set`,
  `size`; `count`, `by_size`, `chance`, `sets`, `coherent`: the same over all draws.
- `tipping_points`: dims `assumption`, `limit`. `credence`, `move`, `now`, `risk_violated`, `risk_holds`
  (and `…_error`), `risk`.
- `nearest_move`: dims `limit`, `assumption`. `move` (log-odds), `credence`, `now` (assumption), `distance`
  (limit), `risk`; the certificate `residual`, `stationarity`, `curvature` (limit).
- `specification_audit`: dims `option`. `probability`, `error`, `modelled`, `fails`, `shortest`, `failing`.
- `model_space`: dims `option`, `choice`, `rule`, `outcome`, `assumption`, `factor`. `posterior`, `prior`,
  `catastrophic`, `conforms`, `alike`, `alike_off_goal` (option); `on_goal`, `entropy`, `effective`,
  `expected_miss` (choice); `bits`, `bits_in_order`, `divergence`, `without_on_goal`, `without_miss` (rule),
  `without` (rule, outcome); `miss_change` (choice, assumption), `miss_first`, `miss_total` (factor, choice);
  and `…_error`.
- `nodes`: dims `node`, `outcome`; coordinates `of`, `kind`. `chance` (node), `seen`, `always`, `never`
  (node, outcome). `numbers`: dims `number`, `quantile`. `claimed`, `mean` (number), `quantiles`.
- `given`: dims `output`; of `sensa run --given`, with the observation as the coordinate `given`. `mean`:
  P(output | observation); `before`: P(output); `probability` of the observation; `fail_safe_given_failure`.
- `stated`: dims `measure`, `assumption`; coordinate `source`. `value`, `error`, `stated`, `difference`,
  `ratio`; what closes the gap: `single_credence`, `joint_credence`, their moves, `now`, `distance`.
- `counted_evidence`: dims `entry`, `number`, `quantile`; coordinate `node` (entry). `held`, `trials`,
  `unscored`, `used`, `source`, `scorer`, `task`, `model`, `revision`, `date`, `subset`, `sha256` (entry);
  `mean`, `quantiles` (number): of the numbers that come from it.
- `sign_offs`: dims `entry`. `state` (`signed`, `edited`, `resting`), `by`, `date`, `rests_on` (entry).
- `expectations`: dims `measure`. `value`, `error`, `stated`, `within`, `met`, `decided`: the values in
  `[expect]`.
"""

from typing import Literal

import xarray as xr

OUTCOMES = "outcomes"
KINDS = "kinds"
FAILING_SAFELY = "failing_safely"
VIOLATIONS = "violations"
PAIRS = "pairs"
CRITERIA = "criteria"
SOBOL_CREDENCE = "sobol_credence"
EXPECTATIONS = "expectations"
BOUNDS = "bounds"
VALUE_OF_INFORMATION = "value_of_information"
VALUE_OF_FACTS = "value_of_facts"
FRECHET = "frechet"
DEPENDENCE = "dependence"
EXPERTS = "experts"

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FORMAT = "sensa-result/1"

How = Literal["exact", "parameters-sampled", "worlds-sampled"]
UNDEFINED = float("nan")


def without_empty(data: xr.Dataset) -> xr.Dataset:
    """The dataset without dimensions of size 0, variables along them, and unused coordinates."""
    empty = [name for name, size in data.sizes.items() if size == 0]
    kept = data.drop_dims(empty)
    used = {name for variable in kept.data_vars.values() for name in variable.dims}
    return kept.drop_dims([name for name in kept.sizes if name not in used])


def described(data: xr.Dataset, *, exact: bool = False, how: How | None = None, note: str = "") -> xr.Dataset:
    """Set the attributes that say how a dataset was computed; `exact` is enough if no `how` is given."""
    how = how or ("exact" if exact else "parameters-sampled")
    return data.assign_attrs({"how": how, **({"note": note} if note else {})})
