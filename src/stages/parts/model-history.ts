/** How a model came to be, as its file tells it: what evaluation and report know a model by. */
import type { Model } from '../../nn/model/weights.ts';
import type { Allocation, LayerRow } from '../../report/results.ts';

export interface ModelHistory {
  /** As the report shows it: 'VGG-11 w0.125'. */
  readonly title: string;
  readonly dataset: string;
  readonly training: unknown;
  /** Parameters of the model before compression. */
  readonly original: { readonly classifier: number; readonly total: number };
  readonly compression?: {
    readonly method: string;
    readonly label: string;
    readonly family: 'svd' | 'cur';
    /** As it was asked for. */
    readonly rate: number;
    /** The true rate: weights of the factored layers together, without biases, before over after. */
    readonly achieved?: number;
    /** Of the draw; null where nothing is drawn. */
    readonly seed: number | null;
    readonly allocation: Allocation;
    /** Of the convolutions; null where they were left alone. */
    readonly scheme: string | null;
    readonly layers: readonly LayerRow[];
  };
  readonly finetuning?: unknown;
  /** The convolutions are another model's. */
  readonly grafted?: true;
}

/** `nn/model/model-json.ts` checks the parts that every model has when it is read. */
export function historyOf({ history }: Pick<Model, 'history'>): ModelHistory {
  return history as unknown as ModelHistory;
}
