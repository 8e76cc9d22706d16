/**
 * The log of a run, `runs/<id>/log.jsonl`: which stages ran and how they ended, in the format of pino, for programs
 * that read such logs. The output of a stage is in another file (`logs/`).
 *
 * The only importer of pino. It is loaded when the first stage starts.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger, pino } from 'pino';
import { expectSystemError } from '../../base/system-error.ts';
import { unreachable } from '../../base/unreachable.ts';
import { describeFailure, describeReason, type Event } from '../../runner/index.ts';
import type { Renderer } from './renderer.ts';

type Destination = ReturnType<typeof pino.destination>;

interface OpenLog {
  readonly log: Logger;
  readonly destination: Destination;
}

export class RunLog implements Renderer {
  private readonly folder: string;
  private logger: Promise<OpenLog> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  show(event: Event): void {
    switch (event.type) {
      case 'stage-started': {
        const { stage, key, resumed, attempt, log: said } = event;
        const reasons = event.reasons.flatMap(describeReason);
        this.write((log) =>
          log.info({ stage, key, reasons, resumed, attempt, log: said }, 'started'),
        );
        break;
      }
      case 'stage-retrying': {
        const { stage, attempt, failure } = event;
        const message = describeFailure(failure).join('\n');
        this.write((log) => log.warn({ stage, attempt, failure }, message));
        break;
      }
      case 'stage-finished': {
        const { stage, seconds, outputs } = event;
        this.write((log) => log.info({ stage, seconds, outputs }, 'finished'));
        break;
      }
      case 'stage-failed': {
        const { stage, failure } = event;
        const message = describeFailure(failure).join('\n');
        this.write((log) => log.error({ stage, failure }, message));
        break;
      }
      case 'run-started':
      case 'run-finished':
      case 'warning':
      case 'stage-cached':
      case 'stage-progress':
      case 'stage-log':
      case 'stage-waiting':
      case 'stage-skipped':
        break;
      default:
        unreachable(event);
    }
  }

  /** Resolves when the file is closed, so that its folder can be removed. */
  async close(): Promise<void> {
    const opened = await this.logger?.catch(expectSystemError);
    if (!opened) return;
    await new Promise<void>((resolve) => {
      const { destination } = opened;
      destination.once('close', resolve).once('error', () => resolve());
      try {
        destination.end();
      } catch (problem) {
        if (!isClosed(problem)) throw problem;
        resolve();
      }
    });
  }

  private write(line: (log: Logger) => void): void {
    this.logger ??= this.open();
    // A run does not stop because its log can't be written.
    this.logger.then(({ log }) => line(log)).catch(expectUnwritable);
  }

  private async open(): Promise<OpenLog> {
    const { pino } = await import('./pino.ts');
    mkdirSync(this.folder, { recursive: true });
    // Written at once, so that the log of a killed run is complete.
    const destination = pino.destination({ dest: join(this.folder, 'log.jsonl'), sync: true });
    // A later retry of a write fails outside of any catch. Without a listener, its error would end the process.
    destination.on('error', () => undefined);
    const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
    return { log, destination };
  }
}

/** An earlier error has closed the file. */
function isClosed(problem: unknown): boolean {
  return problem instanceof Error && /destroyed/.test(problem.message);
}

function expectUnwritable(problem: unknown): void {
  if (!isClosed(problem)) expectSystemError(problem);
}
