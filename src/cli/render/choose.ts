/** Chooses the renderer of a run: JSON events, a live display on a terminal, or lines. */
import type { Event } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { LineRenderer } from './lines.ts';
import { LiveRenderer } from './live.ts';
import type { Renderer, RunView } from './renderer.ts';
import { RunLog } from './run-log.ts';

export function chooseRenderer(
  host: Host,
  { json, quiet }: { readonly json?: boolean; readonly quiet?: boolean },
  view: RunView,
): Renderer {
  const shown: Renderer = json
    ? new JsonRenderer(host)
    : host.interactive && !quiet
      ? new LiveRenderer(host, view)
      : new LineRenderer(host, view, quiet ?? false);
  const log = new RunLog(view.folder);
  return {
    show: (event) => {
      log.show(event);
      shown.show(event);
    },
    close: async () => {
      await shown.close();
      await log.close();
    },
  };
}

class JsonRenderer implements Renderer {
  private readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  show(event: Event): void {
    this.host.stdout.write(`${JSON.stringify(event)}\n`);
  }

  close(): void {}
}
