/**
 * The permanent lines of a run: the plain output, and the lines above the bars of the live display.
 */

import { listed } from '../../base/listed.ts';
import { shellQuoted } from '../../base/shell-quoted.ts';
import { counted, duration } from '../../base/units.ts';
import {
  describeFailure,
  describeReason,
  type Event,
  type RunFinished,
  type SubstituteCounts,
} from '../../runner/index.ts';
import type { Host } from '../host.ts';
import type { RunView } from './renderer.ts';
import { cut, harmless, paint, visible } from './text.ts';

export class EventLines {
  private readonly view: RunView;
  private readonly host: Host;
  /** Failed stage -> the number of stages that were skipped because of it. Printed at the end. */
  private readonly skipped = new Map<string, number>();
  private readonly failed: string[] = [];
  /** Stages that have started and not ended. When a run is interrupted, these were stopped. */
  private readonly running = new Set<string>();

  constructor(view: RunView, host: Host) {
    this.view = view;
    this.host = host;
  }

  of(event: Event): readonly string[] {
    this.follow(event);
    if (event.type === 'stage-cached') return [];
    const { view, host } = this;
    const stage = 'stage' in event ? visible(event.stage) : '';
    switch (event.type) {
      case 'run-started': {
        const { run, pending, hit } = event.plan;
        if (run + pending === 0) return hit === 0 ? view.notes : view.standingNotes;
        return [...view.notes, `${run + pending} of ${run + pending + hit} stages to run`];
      }
      case 'stage-started': {
        const [first, ...others] = event.reasons.flatMap(describeReason);
        const more = others.length > 0 ? ` (and ${others.length} more)` : '';
        const why = event.resumed ? 'resuming from a checkpoint' : `${first ?? ''}${more}`;
        return [`${paint(host, 'cyan', 'start')}   ${stage}  ${paint(host, 'dim', why)}`];
      }
      case 'stage-finished':
        return [
          `${paint(host, 'green', 'done')}    ${stage}  ${duration(event.seconds)}`,
          ...(event.differs
            ? [`warning ${stage}: the outputs differ from its record; the new ones were kept`]
            : []),
        ];
      case 'stage-failed': {
        const [headline, ...details] = describeFailure(event.failure);
        this.failed.push(event.stage);
        return [
          `${paint(host, 'red', 'failed')}  ${stage}: ${visible(headline)}`,
          ...details.map((line) => `          ${visible(line.trim())}`),
          `          log: pipeline log ${shellQuoted(event.stage)}`,
        ];
      }
      case 'stage-retrying': {
        const [headline] = describeFailure(event.failure);
        const soon = `retrying in ${duration(event.waitSeconds)}`;
        return [
          `${paint(host, 'yellow', 'retry')}   ${stage}: attempt ${event.attempt} failed, ${soon}: ${visible(headline)}`,
        ];
      }
      case 'stage-skipped':
        this.skipped.set(event.because, (this.skipped.get(event.because) ?? 0) + 1);
        return [];
      case 'stage-waiting':
        return [
          `${paint(host, 'cyan', 'wait')}    ${stage}  ${event.for === undefined ? 'another process is building this result' : `waiting for ${visible(event.for)}`}`,
        ];
      case 'warning':
        return [`${paint(host, 'yellow', 'warning')} ${visible(event.message)}`];
      case 'stage-log':
        return event.message.split('\n').map((line) => `        ${stage}: ${harmless(line)}`);
      case 'run-finished':
        return [...this.failedLines(), ...this.skippedLines(), ...this.summaryLines(event)];
      case 'stage-progress':
        return [];
    }
  }

  private follow(event: Event): void {
    if (event.type === 'stage-started') this.running.add(event.stage);
    else if (
      event.type === 'stage-finished' ||
      event.type === 'stage-failed' ||
      event.type === 'stage-cached'
    ) {
      this.running.delete(event.stage);
    }
  }

  /** Several failures are listed again at the end. */
  private failedLines(): readonly string[] {
    if (this.failed.length < 2) return [];
    return [`${paint(this.host, 'red', 'failed')}  ${listed(this.failed, 10)}`];
  }

  private skippedLines(): readonly string[] {
    const word = paint(this.host, 'yellow', 'skipped');
    return [...this.skipped].map(([because, count]) => {
      const stages = count === 1 ? '1 stage that depends on' : `${count} stages that depend on`;
      return `${word} ${stages} ${because}`;
    });
  }

  private summaryLines(event: RunFinished): readonly string[] {
    const { view, host } = this;
    const stopped = this.running.size;
    const { executed, cached, failed, skipped, remaining, seconds, interrupted } = event;
    const parts = [
      `${executed} executed`,
      `${cached} cached`,
      failed > 0 ? paint(host, 'red', `${failed} failed`) : '',
      skipped > 0 ? `${skipped} skipped` : '',
      stopped > 0 ? `${stopped} stopped` : '',
      remaining > stopped ? `${remaining - stopped} not started` : '',
    ];
    const line = `${parts.filter(Boolean).join(', ')} in ${duration(seconds)}`;
    const notes = event.standIns ? substituteLines(event.standIns, host) : [];
    if (interrupted) return [line, ...notes, 'stopped; run again to continue'];
    if (failed > 0) return [line, ...notes];
    return [line, ...notes, ...resultFolders(view).map((folder) => `results: ${folder}`)];
  }
}

function substituteLines(counts: SubstituteCounts, host: Host): string[] {
  const { locked, lockedOther, unlikeLock, otherEnvironment } = counts;
  const other =
    lockedOther > 0 ? `, ${lockedOther} of them made by other code or on another backend` : '';
  const unlike = `${counted(unlikeLock.length, 'stage differs', 'stages differ')} from pipeline.lock: ${unlikeLock.join(', ')}`;
  return [
    locked + unlikeLock.length > 0
      ? `${counted(locked, 'result', 'results')} from pipeline.lock${other}`
      : '',
    unlikeLock.length > 0 ? paint(host, 'red', cut(unlike, host.columns)) : '',
    otherEnvironment > 0 ? `${otherEnvironment} cached results were made on another backend` : '',
  ].filter(Boolean);
}

/** The folders with the final results. */
function resultFolders({ ends, artifacts }: RunView): string[] {
  return ends()
    .slice(0, 3)
    .map((name) => `${artifacts}/latest/${name}/`);
}
