/**
 * The lasting lines of a run: plain output consists of them, the live display prints them above its
 * bars.
 */
import { shellQuoted } from '../../base/shell-quoted.ts';
import {
  describeFailure,
  describeReason,
  type Event,
  type RunFinished,
  type StandInCounts,
} from '../../runner/index.ts';
import type { Host } from '../host.ts';
import type { RunView } from './renderer.ts';
import { cut, duration, harmless, listed, paint, visible } from './text.ts';

export class EventLines {
  private readonly view: RunView;
  private readonly host: Host;
  /** How many stages each failed one kept from running: told in one line at the end. */
  private readonly skipped = new Map<string, number>();
  private readonly failed: string[] = [];

  constructor(view: RunView, host: Host) {
    this.view = view;
    this.host = host;
  }

  of(event: Event): readonly string[] {
    if (event.type === 'stage-cached') return [];
    const { view, host } = this;
    const stage = 'stage' in event ? visible(event.stage) : '';
    switch (event.type) {
      case 'run-started': {
        const { run, pending, hit } = event.plan;
        if (run + pending === 0) return hit === 0 ? view.notes : [];
        return [...view.notes, `${run + pending} of ${run + pending + hit} stages to run`];
      }
      case 'stage-started': {
        const [first, ...others] = event.reasons.flatMap(describeReason);
        const more = others.length > 0 ? ` (and ${others.length} more)` : '';
        const why = event.resumed ? 'going on from a checkpoint' : `${first ?? ''}${more}`;
        return [`${paint(host, 'cyan', 'start')}   ${stage}  ${paint(host, 'dim', why)}`];
      }
      case 'stage-finished':
        return [
          `${paint(host, 'green', 'done')}    ${stage}  ${duration(event.seconds)}`,
          ...(event.differs
            ? [`warning ${stage} gave other bytes than its record; the new ones are kept`]
            : []),
        ];
      case 'stage-failed': {
        const [headline, ...details] = describeFailure(event.failure);
        this.failed.push(event.stage);
        return [
          `${paint(host, 'red', 'failed')}  ${stage}: ${visible(headline!)}`,
          ...details.map((line) => `          ${visible(line.trim())}`),
          `          log: pipeline log ${shellQuoted(event.stage)}`,
        ];
      }
      case 'stage-retrying': {
        const [headline] = describeFailure(event.failure);
        const soon = `again in ${duration(event.waitSeconds)}`;
        return [
          `${paint(host, 'yellow', 'retry')}   ${stage}: attempt ${event.attempt} failed, ${soon}: ${visible(headline!)}`,
        ];
      }
      case 'stage-skipped':
        this.skipped.set(event.because, (this.skipped.get(event.because) ?? 0) + 1);
        return [];
      case 'stage-waiting':
        return [
          `${paint(host, 'cyan', 'wait')}    ${stage}  the same result is being made already`,
        ];
      case 'warning':
        return [`${paint(host, 'yellow', 'warning')} ${visible(event.message)}`];
      case 'stage-log':
        return event.message.split('\n').map((line) => `        ${stage}: ${harmless(line)}`);
      case 'run-finished':
        return [...this.failedLines(), ...this.skippedLines(), ...summaryLines(event, view, host)];
      case 'stage-progress':
        return [];
    }
  }

  /** Several are named once more, since other lines came between. */
  private failedLines(): readonly string[] {
    if (this.failed.length < 2) return [];
    return [`${paint(this.host, 'red', 'failed')}  ${listed(this.failed, 10)}`];
  }

  private skippedLines(): readonly string[] {
    const word = paint(this.host, 'yellow', 'skipped');
    return [...this.skipped].map(([because, count]) => {
      const stages = count === 1 ? 'one stage that needs' : `${count} stages that need`;
      return `${word} ${stages} ${because}`;
    });
  }
}

function summaryLines(event: RunFinished, view: RunView, host: Host): readonly string[] {
  const { executed, cached, failed, skipped, remaining, seconds, interrupted } = event;
  const parts = [
    `${executed} executed`,
    `${cached} cached`,
    failed > 0 ? paint(host, 'red', `${failed} failed`) : '',
    skipped > 0 ? `${skipped} skipped` : '',
    remaining > 0 ? `${remaining} not started` : '',
  ];
  const line = `${parts.filter(Boolean).join(', ')} in ${duration(seconds)}`;
  const notes = event.standIns ? standInLines(event.standIns, host) : [];
  if (interrupted) return [line, ...notes, 'stopped; run again to go on from here'];
  if (failed > 0) return [line, ...notes];
  return [line, ...notes, ...resultFolders(view).map((folder) => `results: ${folder}`)];
}

function standInLines(counts: StandInCounts, host: Host): string[] {
  const { locked, lockedOther, unlikeLock, otherEnvironment } = counts;
  const other = lockedOther > 0 ? `, ${lockedOther} of them of other code or another backend` : '';
  const unlike = `${unlikeLock.length} not as in pipeline.lock: ${unlikeLock.join(', ')}`;
  return [
    locked + unlikeLock.length > 0 ? `${locked} taken from pipeline.lock${other}` : '',
    unlikeLock.length > 0 ? paint(host, 'red', cut(unlike, host.columns)) : '',
    otherEnvironment > 0 ? `${otherEnvironment} of the cached were made on another backend` : '',
  ].filter(Boolean);
}

/** What a person ran the pipeline for. */
function resultFolders({ ends, artifacts }: RunView): string[] {
  return ends()
    .slice(0, 3)
    .map((name) => `${artifacts}/latest/${name}/`);
}
