/**
 * The marker of a run in the store, which prevents garbage collection. It is written at most once.
 */
import { expectSystemError } from '../../base/system-error.ts';
import type { Layout } from '../store/layout.ts';
import { registerRun } from '../store/live-run.ts';
import type { Emit } from './event.ts';

export interface MarkerContext {
  readonly layout: Layout;
  readonly run: string;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

export class LiveMarker {
  private readonly context: MarkerContext;
  private live: Promise<() => void> | undefined;
  private waited = false;

  constructor(context: MarkerContext) {
    this.context = context;
  }

  /** Whether the run had to wait for a garbage collection, which may have removed results. */
  get waitedForCollection(): boolean {
    return this.waited;
  }

  /** Rejects if no marker can be written: the stage that needs it fails with the reason. */
  put(): Promise<unknown> {
    const { layout, run, signal, emit } = this.context;
    this.live ??= registerRun(layout, `run ${run}`, signal, (gc) => {
      this.waited = true;
      const by = gc && gc.pid > 0 ? ` (pid ${gc.pid} on ${gc.host})` : '';
      emit({ type: 'warning', message: `waiting for gc${by}, which is clearing the store` });
    });
    return this.live;
  }

  /** For a run that may not need the marker: the stages that need it report a store that cannot be written. */
  async putIfWritable(): Promise<void> {
    await this.put().catch(expectSystemError);
  }

  async remove(): Promise<void> {
    const release = await this.live?.catch(expectSystemError);
    release?.();
  }
}
