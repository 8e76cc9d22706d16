/** The differences between two runs as lines: the stages with reasons, then the metrics. */
import { listed } from '../../base/listed.ts';
import { stageOfInstance, withoutAxes } from '../../base/stage-name.ts';
import { figure } from '../../base/units.ts';
import type { MetricChange, StageDifference } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { tableLines } from './table.ts';
import { paint, sentenceLines, wrap } from './text.ts';

export function differenceLines(
  differences: readonly StageDifference[],
  before: string,
  after: string,
  host: Host,
): readonly string[] {
  const of = (kind: StageDifference['kind']): readonly StageDifference[] =>
    differences.filter((one) => one.kind === kind);
  const lines = [paint(host, 'bold', `${before} -> ${after}`)];
  const unstable = of('other-outputs');
  if (unstable.length > 0) {
    lines.push(paint(host, 'red', 'NON-DETERMINISTIC: same key, different outputs'));
    for (const { stage, outputs } of unstable) lines.push(`  ${stage}: ${outputs.join(', ')}`);
  }
  for (const [text, ids] of grouped(of('other-key'), host)) {
    lines.push(...wrap(`changed  ${listed(ids)}`, host.columns).split('\n'), ...text);
  }
  for (const side of ['before', 'after'] as const) {
    const stages = of(`only-${side}`).map((one) => one.stage);
    if (stages.length > 0) lines.push(wrap(`only ${side}  ${listed(stages)}`, host.columns));
  }
  lines.push(...metricLines(differences, host));
  const same = of('same').length;
  lines.push(`${same} ${same === 1 ? 'stage is' : 'stages are'} the same`);
  return lines;
}

/** Instances that changed for the same reasons are listed together. */
function grouped(
  differences: readonly StageDifference[],
  host: Host,
): readonly (readonly [readonly string[], readonly string[]])[] {
  const groups = new Map<string, { texts: Set<string>; lines: readonly string[]; ids: string[] }>();
  for (const one of differences) {
    const lines = [
      ...one.sentences.flatMap((sentence) => sentenceLines(sentence, host)),
      ...(one.sameOutputs ? ['    the outputs are the same'] : []),
      ...endings(one),
    ];
    const text = lines.join('\n');
    // The reasons name instances of inputs. Different instances alone do not make different reasons.
    const name = `${stageOfInstance(one.stage)}\n${withoutAxes(text)}`;
    const group = groups.get(name);
    if (group) {
      group.ids.push(one.stage);
      group.texts.add(text);
    } else groups.set(name, { texts: new Set([text]), lines, ids: [one.stage] });
  }
  return [...groups.values()].map(({ texts, lines, ids }) => [
    texts.size > 1 ? lines.map(withoutAxes) : lines,
    ids,
  ]);
}

function endings({ states }: StageDifference): string[] {
  if (states.before === 'failed') return ['    it failed before'];
  return states.after === 'failed' ? ['    it failed after'] : [];
}

function metricLines(differences: readonly StageDifference[], host: Host): string[] {
  const rows = differences.flatMap(({ stage, metrics }) =>
    metrics.map((change) => [stage, change.name, ...values(change)]),
  );
  if (rows.length === 0) return [];
  const right = true;
  const columns = [
    { head: 'stage' },
    { head: 'metric' },
    { head: 'before', right },
    { head: 'after', right },
    { head: 'difference', right },
  ];
  const table = tableLines(columns, rows, host.columns);
  if (table.left.length === 0) {
    const [head, ...lines] = table.lines;
    return [paint(host, 'dim', head), ...lines];
  }
  // If names are too long for a table, the numbers are on the line below the stage.
  const lines = rows.flatMap(([stage, name, before, after, delta]) => [
    `  ${stage}`,
    `    ${name}: ${before} -> ${after}${delta === '' ? '' : ` (${delta})`}`,
  ]);
  return ['metrics', ...lines.filter((line, i) => line !== lines[i - 2])];
}

function values({ before, after, delta }: MetricChange): [string, string, string] {
  const text = (value: MetricChange['before']): string =>
    typeof value === 'number' ? figure(value) : value === null ? '-' : String(value);
  const sign = delta !== undefined && delta > 0 ? '+' : '';
  return [text(before), text(after), delta === undefined ? '' : `${sign}${figure(delta)}`];
}
