/** The plan as the page shows it: one node per stage, with its instances. */

import {
  type BadInput,
  type Diagnostic,
  formatDiagnostic,
  formatPlace,
  type Prepared,
  pastSeconds,
} from '../../runner/index.ts';
import type { Group, Problem, StageLine } from '../messages.ts';
import type { Board } from './board.ts';

export function viewOf(
  { plan, planContext }: Prepared,
  board: Board,
): { readonly groups: readonly Group[]; readonly stages: readonly StageLine[] } {
  const { pipeline } = plan;
  const places = new Map<string, number>();
  const groups: { name: string; type: string; takes: Set<number> }[] = [];
  const past = pastSeconds(pipeline, planContext);
  const stages = pipeline.stages.map(({ id, name, type, inputs }): StageLine => {
    let group = places.get(name);
    if (group === undefined) {
      group = groups.length;
      places.set(name, group);
      groups.push({ name, type: type.name, takes: new Set() });
    }
    const { takes } = groups[group]!;
    for (const references of inputs.values()) {
      for (const { stage } of references) {
        const taken = places.get(pipeline.byId.get(stage)!.name);
        if (taken !== undefined && taken !== group) takes.add(taken);
      }
    }
    const seconds = past.get(id);
    return { id, group, ...board.cell(id), ...(seconds !== undefined && { seconds }) };
  });
  return { groups: groups.map((group) => ({ ...group, takes: [...group.takes] })), stages };
}

/** The first of thousands of errors show the cause. */
const MOST_PROBLEMS = 50;

export function problemsOf({ diagnostics, sources }: BadInput): readonly Problem[] {
  return diagnostics.slice(0, MOST_PROBLEMS).map((diagnostic: Diagnostic) => {
    const { severity, message, span } = diagnostic;
    const [, ...below] = formatDiagnostic(diagnostic, sources).split('\n');
    const place = span && { place: formatPlace(span) };
    return { severity, message, ...place, excerpt: below.join('\n') };
  });
}
