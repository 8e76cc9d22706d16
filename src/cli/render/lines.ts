/** A run as plain lines, for files, pipes and terminals that can't redraw. */
import type { Event, RunFinished } from '../../runner/execution/event.ts';
import { describeFailure } from '../../runner/execution/failure.ts';
import { describeReason } from '../../runner/execution/reason.ts';
import type { Host } from '../host.ts';
import type { Renderer, RunView } from './renderer.ts';
import { duration, paint, progressText } from './text.ts';

/** Progress of one stage is told at most this often. */
const PROGRESS_MS = 10_000;

export class LineRenderer implements Renderer {
  private readonly host: Host;
  private readonly view: RunView;
  private readonly quiet: boolean;
  private readonly toldAt = new Map<string, number>();

  constructor(host: Host, view: RunView, quiet: boolean) {
    this.host = host;
    this.view = view;
    this.quiet = quiet;
  }

  show(event: Event): void {
    if (event.type === 'stage-progress') {
      const { stage, progress } = event;
      const now = this.host.now();
      // The first report of a short stage is worth no line either.
      const told = this.toldAt.get(stage);
      if (told === undefined) this.toldAt.set(stage, now);
      if (told === undefined || now - told < PROGRESS_MS) return;
      this.toldAt.set(stage, now);
      this.say(`        ${stage}  ${progressText(progress)}`);
      return;
    }
    const failure = event.type === 'stage-failed' || event.type === 'stage-skipped';
    for (const line of eventLines(event, this.view, this.host)) {
      if (failure) this.host.stderr.write(`${line}\n`);
      else this.say(line);
    }
  }

  close(): void {}

  private say(line: string): void {
    if (!this.quiet) this.host.stdout.write(`${line}\n`);
  }
}

/** The lasting lines of an event; the live display prints the same ones above its bars. */
export function eventLines(event: Event, view: RunView, host: Host): readonly string[] {
  switch (event.type) {
    case 'run-started': {
      const { run, pending, hit } = event.plan;
      if (run + pending === 0) return [];
      return [...view.notes, `${run + pending} of ${run + pending + hit} stages to run`];
    }
    case 'stage-started': {
      const [first, ...others] = event.reasons.flatMap(describeReason);
      const more = others.length > 0 ? ` (and ${others.length} more)` : '';
      const why = event.resumed ? 'going on from a checkpoint' : `${first ?? ''}${more}`;
      return [`${paint(host, 'cyan', 'start')}   ${event.stage}  ${paint(host, 'dim', why)}`];
    }
    case 'stage-finished':
      return [
        `${paint(host, 'green', 'done')}    ${event.stage}  ${duration(event.seconds)}`,
        ...(event.differs
          ? [`warning ${event.stage} gave other bytes than its record; the new ones are kept`]
          : []),
      ];
    case 'stage-failed': {
      const [headline, ...details] = describeFailure(event.failure);
      return [
        `${paint(host, 'red', 'failed')}  ${event.stage}: ${headline}`,
        ...details.map((line) => `          ${line.trim()}`),
        `          log: ${view.folder}/log.jsonl`,
      ];
    }
    case 'stage-skipped':
      return [`${paint(host, 'yellow', 'skipped')} ${event.stage}  (it needs ${event.because})`];
    case 'stage-log':
      return event.message.split('\n').map((line) => `        ${event.stage}: ${line}`);
    case 'run-finished':
      return summaryLines(event, view, host);
    case 'stage-cached':
    case 'stage-progress':
      return [];
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
  if (interrupted) return [line, 'stopped; run again to go on from here'];
  if (failed > 0) return [line];
  return [line, ...resultFolders(view).map((folder) => `results: ${folder}`)];
}

/** The outputs that nothing else takes: what a person ran the pipeline for. */
function resultFolders({ plan, artifacts }: RunView): string[] {
  const taken = new Set(
    plan.pipeline.stages.flatMap((stage) =>
      [...stage.inputs.values()].flat().map((reference) => reference.stage as string),
    ),
  );
  const ends = plan.pipeline.stages.filter((stage) => !taken.has(stage.id));
  return [...new Set(ends.map((stage) => `${artifacts}/latest/${stage.name}/`))].slice(0, 3);
}
