/** Collects what a graph of a training step reads and returns, while its layers are built. */
import { OnnxGraphBuilder, type Value } from '../../../onnx/graph-builder.ts';
import type { Weights } from '../../model/weights.ts';
import type { Activation, Building } from './layers/building.ts';
import { columnSums, gathered } from './layers/rows.ts';
import { Positions, sameRows } from './positions.ts';
import { type StoredLayout, vectorLayout } from './stored-layout.ts';

/** An input whose values change at each step. Its array has the elements of `shape`. */
export interface StepInput {
  readonly name: Value;
  readonly shape: readonly [rows: number, columns: number];
}

export interface MaskInput extends StepInput {
  readonly layer: number;
  readonly rate: number;
}

export interface FixedInput {
  readonly name: Value;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface StatisticOutput {
  readonly value: Value;
  readonly length: number;
}

export interface GivenWeights {
  readonly trained: Weights;
  readonly fixed: Weights;
}

export class StepBuilding implements Building {
  readonly graph = new OnnxGraphBuilder();
  readonly samples: number;
  readonly #weights: GivenWeights;
  readonly #shorter = new Map<Value, Activation>();
  readonly masks: MaskInput[] = [];
  /** Of the weights that the graph reads. */
  readonly layouts = new Map<string, StoredLayout>();
  readonly computed: FixedInput[] = [];
  /** The outputs, by the names of the weights and of the running statistics. */
  readonly gradients = new Map<string, Value>();
  readonly statistics = new Map<string, StatisticOutput>();

  constructor(samples: number, weights: GivenWeights) {
    this.samples = samples;
    this.#weights = weights;
  }

  input(name: Value, shape: readonly [number, number]): StepInput {
    this.graph.input(name, shape);
    return { name, shape };
  }

  parameter(name: string, layout: StoredLayout): Value {
    this.layouts.set(name, layout);
    return this.graph.input(name, layout.shape);
  }

  shapeOf(name: string): readonly number[] {
    return this.#weight(name).shape;
  }

  isTrained(name: string): boolean {
    return this.#weights.trained.has(name);
  }

  fixed(name: string, compute: (read: (name: string) => Float32Array) => Float32Array): Value {
    const values = compute((of) => this.#weight(of).data);
    const { shape } = vectorLayout(values.length);
    this.computed.push({ name, shape, values });
    return this.graph.input(name, shape);
  }

  gradient(name: string, value: Value): void {
    this.gradients.set(name, this.graph.output(value, this.layouts.get(name)!.shape));
  }

  columnSums(gradient: Value, like: Activation): Value {
    const shorter = this.#shorter.get(gradient);
    if (shorter) return this.columnSums(shorter.value, shorter);
    return columnSums(this.graph, gradient, like);
  }

  sameSums(gradient: Value, shorter: Value, like: Activation): void {
    this.#shorter.set(gradient, { ...like, value: shorter });
  }

  statistic(name: string, value: Value): void {
    const length = this.shapeOf(name)[0]!;
    this.statistics.set(name, { value: this.graph.output(value, [length]), length });
  }

  mask(dropout: { readonly layer: number; readonly rate: number }, at: Activation): Value {
    const { positions, columns } = at;
    const name = `mask of layer ${dropout.layer}`;
    const ordered =
      positions && new Positions(positions.samples, positions.height, positions.width);
    const rows = ordered?.rows ?? this.samples;
    this.masks.push({ ...dropout, ...this.input(name, [rows, columns]) });
    if (!positions || !ordered || positions.equals(ordered)) return name;
    return gathered(this.graph, name, sameRows(positions, ordered), columns);
  }

  #weight(name: string) {
    const weight = this.#weights.trained.get(name) ?? this.#weights.fixed.get(name);
    if (!weight) throw new Error(`no parameter ${name}`);
    return weight;
  }
}
