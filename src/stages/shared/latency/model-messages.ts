/** What a stage and the process with one of its models say to each other. */
import type { Feed } from '../../../nn/runtime/feeds.ts';

/** The first argument of the process. */
export const MODEL_PROCESS = 'model-process';

/** One request at a time. Each gets an answer. */
export type Request =
  | { readonly kind: 'open'; readonly model: ModelFile; readonly libraries: string | undefined }
  | { readonly kind: 'warm up'; readonly feeds: readonly Feed[] }
  | { readonly kind: 'time' }
  | { readonly kind: 'usage' };

export interface ModelFile {
  readonly path: string;
  /** For errors. */
  readonly name: string;
  readonly threads: number;
}

export interface Usage {
  /** Milliseconds on processors until now. */
  readonly processor: number;
  /** The most bytes until now, above those before the model was loaded. */
  readonly memory: number;
}

export type Answer = { readonly value: unknown } | { readonly problem: Problem };

export interface Problem {
  readonly message: string;
  readonly advice?: string | undefined;
}
