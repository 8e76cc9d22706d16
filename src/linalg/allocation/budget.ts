/**
 * The ranks of all layers that lose least within a budget of parameters or of another unit. This is a multiple-choice
 * knapsack, solved by dynamic programming over the budget (Dudzinski & Walukiewicz, EJOR 28, 1987).
 *
 * The result is exact if the budget is at most UNITS, or if there are at most UNITS choices of all layers. A larger
 * budget is counted in units of u = ceil(budget / UNITS), and each choice is rounded up to full units. The result then
 * never exceeds the budget, and is no worse than the best choice for L u less, where L is the number of layers: 0.14% of
 * the budget for 11 layers. The rest of the budget is then spent, as long as a choice fits and helps.
 */
import { type Allocation, allocation, type Candidate, type LayerChoice } from './layer-choice.ts';

const UNITS = 8192;

/**
 * Minimizes the sum of the squared errors of the layers within `budget`. Each layer gets one choice: a
 * candidate, or the unchanged layer. Undefined if even the smallest choices exceed the budget.
 *
 * Takes O(UNITS) steps per candidate. At most UNITS candidates per layer differ.
 */
export function budgetRanks(
  layers: readonly LayerChoice[],
  budget: number,
): Allocation | undefined {
  const options = layers.map(efficientOptions);
  const smallest = options.map((ofLayer) => ofLayer[0]!);
  if (costOf(smallest) > budget) return undefined;
  const choices = options.reduce((product, ofLayer) => product * ofLayer.length, 1);
  const found = choices <= UNITS ? bestOfAll(options, budget) : bestInUnits(options, budget);
  return allocation(
    layers,
    found.map(({ candidate }) => candidate),
  );
}

/** Compares all choices that fit. */
function bestOfAll(options: readonly (readonly Option[])[], budget: number): readonly Option[] {
  const all = options.reduce<readonly (readonly Option[])[]>(
    (chosen, ofLayer) => chosen.flatMap((one) => ofLayer.map((option) => [...one, option])),
    [[]],
  );
  const lossOf = (choice: readonly Option[]): number =>
    choice.reduce((sum, { squaredError }) => sum + squaredError, 0);
  const fitting = all.filter((choice) => costOf(choice) <= budget);
  return fitting.reduce((best, choice) => (lossOf(choice) < lossOf(best) ? choice : best));
}

function bestInUnits(options: readonly (readonly Option[])[], budget: number): readonly Option[] {
  const unit = Math.max(1, Math.ceil(budget / UNITS));
  // Near the smallest choice, rounding up alone can exceed the budget.
  const smallest = options.map((ofLayer) => ofLayer[0]!);
  const found = solve(options, Math.floor(budget / unit), unit) ?? smallest;
  return spendRest(options, found, budget);
}

interface Option {
  readonly cost: number;
  readonly squaredError: number;
  /** No candidate: the unchanged layer. */
  readonly candidate: Candidate | undefined;
}

/** The options that no smaller or equally large option beats. Costs ascend and errors descend, both strictly. */
function efficientOptions({ whole, candidates }: LayerChoice): readonly Option[] {
  const all: Option[] = candidates.map((candidate) => {
    const { cost, squaredError } = candidate;
    return { cost, squaredError, candidate };
  });
  all.push({ cost: whole, squaredError: 0, candidate: undefined });
  all.sort((a, b) => a.cost - b.cost || a.squaredError - b.squaredError);
  let least = Number.POSITIVE_INFINITY;
  return all.filter(({ squaredError }) => {
    const better = squaredError < least;
    if (better) least = squaredError;
    return better;
  });
}

/** The best choice whose costs, each rounded up to units, sum to at most `units`. */
function solve(
  options: readonly (readonly Option[])[],
  units: number,
  unit: number,
): readonly Option[] | undefined {
  // least[b]: the least error of the layers so far for b units; chosen[layer][b]: the option it takes.
  let least = new Float64Array(units + 1);
  const chosen = options.map((ofLayer) => {
    const next = new Float64Array(units + 1).fill(Number.POSITIVE_INFINITY);
    const taken = new Int32Array(units + 1).fill(-1);
    ofLayer.forEach((option, index) => {
      const cost = Math.ceil(option.cost / unit);
      // The next option costs as many units and loses less.
      const following = ofLayer[index + 1];
      if (following && Math.ceil(following.cost / unit) === cost) return;
      relax(least, next, taken, cost, option.squaredError, index);
    });
    least = next;
    return taken;
  });
  let at = units;
  const found: Option[] = [];
  for (let layer = options.length - 1; layer >= 0; layer--) {
    const option = options[layer]![chosen[layer]![at]!];
    if (option === undefined) return undefined;
    found.unshift(option);
    at -= Math.ceil(option.cost / unit);
  }
  return found;
}

function relax(
  least: Float64Array,
  next: Float64Array,
  taken: Int32Array,
  cost: number,
  squaredError: number,
  index: number,
): void {
  for (let b = cost; b < next.length; b++) {
    const error = least[b - cost]! + squaredError;
    if (error < next[b]!) {
      next[b] = error;
      taken[b] = index;
    }
  }
}

/** Changes the choice of one layer at a time, for the largest gain that still fits. */
function spendRest(
  options: readonly (readonly Option[])[],
  found: readonly Option[],
  budget: number,
): readonly Option[] {
  const current = [...found];
  for (;;) {
    const rest = budget - costOf(current);
    let best: { layer: number; option: Option; gain: number } | undefined;
    options.forEach((ofLayer, layer) => {
      const { cost, squaredError } = current[layer]!;
      // Options ascend, so the last one that fits is the best of its layer.
      const option = ofLayer.findLast((one) => one.cost <= cost + rest)!;
      const gain = squaredError - option.squaredError;
      if (gain > (best?.gain ?? 0)) best = { layer, option, gain };
    });
    if (best === undefined) return current;
    current[best.layer] = best.option;
  }
}

function costOf(options: readonly Option[]): number {
  return options.reduce((sum, { cost }) => sum + cost, 0);
}
