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
import { type InstanceGroup, InstanceGroups, MOST_LISTED } from './instance-groups.ts';
import { LastOutput } from './last-output.ts';
import { reasonsOfMany } from './reasons-of-many.ts';
import type { RunView } from './renderer.ts';
import { cut, cutInside, harmless, paint, visible } from './text.ts';

/** Columns. */
const LEAST_NAME = 10;

export class EventLines {
  private readonly view: RunView;
  private readonly host: Host;
  /** Failed stage -> the number of stages that were skipped because of it. Printed at the end. */
  private readonly skipped = new Map<string, number>();
  private readonly failed: string[] = [];
  /** Stages that have started and not ended. When a run is interrupted, these were stopped. */
  private readonly running = new Set<string>();
  private readonly lastOutput = new LastOutput();
  private fromRemote = 0;
  private known: InstanceGroups | undefined;

  constructor(view: RunView, host: Host) {
    this.view = view;
    this.host = host;
  }

  of(event: Event): readonly string[] {
    this.follow(event);
    const over = this.groups.endedBy(event);
    const lines = this.ofOne(event);
    return over ? [...lines, ...this.doneLines(over)] : lines;
  }

  private ofOne(event: Event): readonly string[] {
    // A run with nothing to do has one of these per stage, and a short name needs the axes of all instances.
    if (event.type === 'stage-cached' || event.type === 'stage-progress') return [];
    const { view, host } = this;
    const group = 'stage' in event ? this.groups.of(event.stage) : undefined;
    const stage = 'stage' in event ? visible(view.names.short(event.stage)) : '';
    switch (event.type) {
      case 'run-started': {
        const { run, pending, hit } = event.plan;
        if (run + pending === 0) return hit === 0 ? view.notes : view.standingNotes;
        return [...view.notes, `${run + pending} of ${run + pending + hit} stages to run`];
      }
      case 'stage-started': {
        if (group && group.started > 1) return [];
        const reasons = group
          ? reasonsOfMany(event.reasons)
          : event.reasons.flatMap(describeReason);
        const [first, ...others] = reasons;
        const more = others.length > 0 ? ` (and ${others.length} more)` : '';
        const why = event.resumed ? 'resuming from a checkpoint' : `${first ?? ''}${more}`;
        const what = group ? `${group.name} (${group.toRun})` : stage;
        return [`${paint(host, 'cyan', 'start')}   ${what}  ${paint(host, 'dim', why)}`];
      }
      case 'stage-finished':
        return [
          ...(group ? [] : [this.doneLine(stage, event.seconds)]),
          ...(event.differs
            ? [`warning ${stage}: the outputs differ from its record; the new ones were kept`]
            : []),
        ];
      case 'stage-failed': {
        const [headline, ...details] = describeFailure(event.failure);
        this.failed.push(event.stage);
        // Otherwise the last log is that of another run.
        const hasLog = this.running.delete(event.stage);
        // Many instances that fail in the same way do not hide the other lines.
        const output = this.lastOutput.take(event.stage);
        const shown = group && group.failed > MOST_LISTED ? [] : output;
        return [
          `${paint(host, 'red', 'failed')}  ${stage}: ${visible(headline)}`,
          ...details.map((line) => `          ${visible(line.trim())}`),
          ...this.outputLines(stage, shown),
          ...(hasLog ? [`          log: pipeline log ${shellQuoted(event.stage)}`] : []),
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
        if (!group) return this.outputLines(stage, event.message.split('\n'));
        this.lastOutput.add(event.stage, event.message);
        return [];
      case 'run-finished':
        return [
          ...this.groups.open().flatMap((one) => this.doneLines(one)),
          ...this.failedLines(),
          ...this.skippedLines(),
          ...this.summaryLines(event),
        ];
    }
  }

  /** `decompose  12 of 61`, at most every `wait` milliseconds. For output without a live display. */
  progressOf(event: Event, wait: number): readonly string[] {
    const group = 'stage' in event ? this.groups.of(event.stage) : undefined;
    if (!group || this.groups.isOver(group)) return [];
    const now = this.host.now();
    if (now - group.printedAt < wait) return [];
    group.printedAt = now;
    return [`        ${group.name}  ${group.finished} of ${group.toRun}`];
  }

  /** Whether the instances of this stage are reported as a whole. */
  isGrouped(stage: string): boolean {
    return this.groups.of(stage) !== undefined;
  }

  /** The stages to run are known when the run starts. */
  private get groups(): InstanceGroups {
    // Asked several times per event.
    if (this.known) return this.known;
    const { long, toRun, names } = this.view;
    this.known = new InstanceGroups(long ? [] : toRun(), names, this.host.now);
    return this.known;
  }

  private outputLines(stage: string, lines: readonly string[]): readonly string[] {
    const name = cutInside(stage, this.host.columns / 2);
    return lines.map((line) => `        ${name}: ${harmless(line)}`);
  }

  private doneLines({ name, finished, toRun, since }: InstanceGroup): readonly string[] {
    if (finished === 0) return [];
    const count = finished < toRun ? `${finished} of ${toRun}` : String(finished);
    const seconds = (this.host.now() - since) / 1000;
    return [this.doneLine(`${name} (${count})`, seconds)];
  }

  private doneLine(what: string, seconds: number): string {
    const took = duration(seconds);
    const name = cutInside(what, Math.max(LEAST_NAME, this.host.columns - took.length - 10));
    return `${paint(this.host, 'green', 'done')}    ${name}  ${took}`;
  }

  private follow(event: Event): void {
    this.groups.follow(event);
    if (event.type === 'stage-started') this.running.add(event.stage);
    else if (event.type === 'stage-finished' || event.type === 'stage-cached') {
      this.running.delete(event.stage);
      if (event.type === 'stage-cached' && event.remote) this.fromRemote++;
    }
    if (event.type === 'stage-finished' || event.type === 'stage-retrying') {
      this.lastOutput.forget(event.stage);
    }
  }

  /** Several failures are listed again at the end. */
  private failedLines(): readonly string[] {
    if (this.failed.length < 2) return [];
    const { names } = this.view;
    const failed = this.failed.map((id) => names.short(id));
    return [`${paint(this.host, 'red', 'failed')}  ${listed(failed, 10)}`];
  }

  private skippedLines(): readonly string[] {
    const word = paint(this.host, 'yellow', 'skipped');
    return [...this.skipped].map(([because, count]) => {
      const stages = count === 1 ? '1 stage that depends on' : `${count} stages that depend on`;
      return `${word} ${stages} ${this.view.names.short(because)}`;
    });
  }

  private summaryLines(event: RunFinished): readonly string[] {
    const { view, host } = this;
    const stopped = this.running.size;
    const { executed, cached, failed, skipped, remaining, seconds, interrupted } = event;
    const parts = [
      `${executed} executed`,
      this.fromRemote === 0
        ? `${cached} cached`
        : `${cached} cached (${this.fromRemote} from the remote cache)`,
      failed > 0 ? paint(host, 'red', `${failed} failed`) : '',
      skipped > 0 ? `${skipped} skipped` : '',
      stopped > 0 ? `${stopped} stopped` : '',
      remaining > stopped ? `${remaining - stopped} not started` : '',
    ];
    const line = `${parts.filter(Boolean).join(', ')} in ${duration(seconds)}`;
    const notes = event.standIns ? substituteLines(event.standIns, host) : [];
    const left = event.notFetched ?? 0;
    if (left > 0) {
      const results = counted(left, 'result was', 'results were');
      notes.push(`${results} left in the remote cache; "pipeline pull" fetches them`);
    }
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
function resultFolders({ ends, latest }: RunView): string[] {
  return ends()
    .slice(0, 3)
    .map((name) => `${latest}/${name}/`);
}
