/**
 * A network without the units that say nothing: what training under weight decay leaves of ReLUs that
 * never fire.
 *
 * A unit is dead where its incoming weights are zero or denormal: its value is a constant, which goes
 * into the bias of the layer that reads it. It is unread where its outgoing weights are. The outputs
 * stay the same but for the order of sums; no data is asked. What stays as it is:
 * - a constant other than 0 that a padded convolution reads (at the border it reads zeros instead), or
 *   a layer without a bias;
 * - units behind which a batch norm or an interpolation comes;
 * - the last unit of a layer, and the classes.
 */
import { type Layer, type ModelDescription, parametersOf } from '../model/description.ts';
import type { Network } from '../model/weights.ts';
import type { ConvolutionLayer, DenseLayer } from './chain.ts';

export interface WithoutDeadUnits {
  readonly model: Network;
  /** How many units went, by the layers whose outputs they were. */
  readonly removed: ReadonlyMap<string, number>;
}

/** Weights that are no larger count as zero: float32's smallest normal number. */
const DENORMAL = 2 ** -126;

export function removeDeadUnits(model: Network): WithoutDeadUnits {
  const removed = new Map<string, number>();
  let current = model;
  // A unit can die, or be unread, once another one is gone.
  for (let changed = true; changed; ) {
    changed = false;
    for (const { name } of chainOf(current.description).filter(isUnits)) {
      const pair = pairFrom(current.description, name);
      const kept = pair && keptUnits(current, pair);
      if (pair === undefined || kept === undefined) continue;
      current = withUnits(current, pair, kept);
      removed.set(name, (removed.get(name) ?? 0) + pair.from.out - kept.units.length);
      changed = true;
    }
  }
  return { model: current, removed };
}

type Units = ConvolutionLayer | DenseLayer;

/** A layer, and the only one that reads it. */
interface Pair {
  readonly from: Units;
  readonly to: Units;
  readonly rectified: boolean;
}

interface Kept {
  readonly units: readonly number[];
  /** What the others add to each output of the layer that read them. */
  readonly shift: Float64Array;
}

function chainOf({ features, classifier }: ModelDescription): readonly Layer[] {
  return [...features, ...classifier];
}

function isUnits(layer: Layer): layer is Units {
  return layer.kind === 'convolution' || layer.kind === 'dense';
}

function pairFrom(description: ModelDescription, name: string): Pair | undefined {
  const layers = chainOf(description);
  const at = layers.findIndex((layer) => 'name' in layer && layer.name === name);
  const next = layers.findIndex((layer, index) => index > at && 'name' in layer);
  const [from, to] = [layers[at]!, layers[next]];
  if (to === undefined || !isUnits(from) || !isUnits(to)) return undefined;
  const rectified = layers.slice(at + 1, next).some(({ kind }) => kind === 'relu');
  return { from, to, rectified };
}

/** Undefined where all stay. */
function keptUnits({ weights }: Pick<Network, 'weights'>, pair: Pair): Kept | undefined {
  const { from, to, rectified } = pair;
  const incoming = weights.get(`${from.name}.weight`)!.data;
  const bias = from.bias ? weights.get(`${from.name}.bias`)!.data : undefined;
  const outgoing = weights.get(`${to.name}.weight`)!.data;
  const width = incoming.length / from.out;
  const padded = to.kind === 'convolution' && to.padding.some((zeros) => zeros > 0);
  const shift = new Float64Array(to.out);
  const units: number[] = [];
  for (let unit = 0; unit < from.out; unit++) {
    const last = unit === from.out - 1 && units.length === 0;
    const value = bias?.[unit] ?? 0;
    const constant = rectified ? Math.max(0, value) : value;
    const readings = () => outgoingOf(outgoing, to.out, from.out, unit);
    const dead = isZero(incoming.subarray(unit * width, (unit + 1) * width));
    const foldable = constant === 0 || (!padded && to.bias);
    if (last || !((dead && foldable) || allZero(readings()))) {
      units.push(unit);
    } else if (constant !== 0) {
      let output = 0;
      for (const values of readings()) shift[output++]! += constant * sumOf(values);
    }
  }
  return units.length === from.out ? undefined : { units, shift };
}

/** The weights by which each output reads a unit. */
function* outgoingOf(
  weight: Float32Array,
  outputs: number,
  units: number,
  unit: number,
): Generator<Float32Array, void> {
  const read = weight.length / outputs / units;
  for (let i = 0; i < outputs; i++) {
    const from = (i * units + unit) * read;
    yield weight.subarray(from, from + read);
  }
}

function allZero(lists: Iterable<Float32Array>): boolean {
  for (const values of lists) if (!isZero(values)) return false;
  return true;
}

function sumOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function isZero(values: Float32Array): boolean {
  return values.every((value) => Math.abs(value) <= DENORMAL);
}

function withUnits(
  { description, weights }: Network,
  { from, to }: Pair,
  { units, shift }: Kept,
): Network {
  const narrowed = { ...from, out: units.length };
  const reading = { ...to, in: (to.in / from.out) * units.length };
  const change = (layer: Layer): Layer =>
    layer === from ? narrowed : layer === to ? reading : layer;
  const values = ({ name }: Units) =>
    ['weight', 'bias'].map((kind) => weights.get(`${name}.${kind}`)?.data ?? new Float32Array(0));
  const changed = new Map(weights);
  const put = (layer: Units, arrays: readonly Float32Array[]) =>
    parametersOf(layer).forEach(({ name, shape }, i) => {
      changed.set(name, { shape, data: arrays[i]! });
    });
  put(
    narrowed,
    values(from).map((data) => blocks(data, 1, from.out, units)),
  );
  const [outgoing, bias] = values(to) as [Float32Array, Float32Array];
  put(reading, [
    blocks(outgoing, to.out, from.out, units),
    bias.map((value, i) => value + shift[i]!),
  ]);
  return {
    description: {
      ...description,
      features: description.features.map(change),
      classifier: description.classifier.map(change),
    },
    weights: changed,
  };
}

/** Of [outer, count, rest] the entries `kept` of the middle axis. */
function blocks(
  data: Float32Array,
  outer: number,
  count: number,
  kept: readonly number[],
): Float32Array {
  const rest = data.length / outer / count;
  const out = new Float32Array(outer * kept.length * rest);
  let to = 0;
  for (let i = 0; i < outer; i++) {
    for (const unit of kept) {
      const from = (i * count + unit) * rest;
      out.set(data.subarray(from, from + rest), to);
      to += rest;
    }
  }
  return out;
}
