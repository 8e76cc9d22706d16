/** The marker of a run in the store, which keeps a collection of garbage away. It is put up at most once. */
import { expectSystemError } from '../../base/system-error.ts';
import { showLive } from '../store/live-run.ts';
import type { AttemptContext } from './attempt-context.ts';

type MarkerContext = Pick<AttemptContext, 'layout' | 'run' | 'signal' | 'emit'>;

export class LiveMarker {
  private readonly context: MarkerContext;
  private readonly onCollection: () => void;
  private live: Promise<() => void> | undefined;

  /** `onCollection` is called where a collection goes on, and has to be waited for. */
  constructor(context: MarkerContext, onCollection: () => void) {
    this.context = context;
    this.onCollection = onCollection;
  }

  /** Rejects where no marker can be written: the stage that needs it fails with the reason. */
  put(): Promise<unknown> {
    const { layout, run, signal, emit } = this.context;
    this.live ??= showLive(layout, `run ${run}`, signal, (gc) => {
      this.onCollection();
      const by = gc && gc.pid > 0 ? ` (pid ${gc.pid} on ${gc.host})` : '';
      emit({ type: 'warning', message: `waiting for gc${by}, which is clearing the store` });
    });
    return this.live;
  }

  /** The same where the marker is not needed yet: a store that can't be written is reported by its user. */
  async putIfWritable(): Promise<void> {
    await this.put().catch(expectSystemError);
  }

  async remove(): Promise<void> {
    const release = await this.live?.catch(expectSystemError);
    release?.();
  }
}
