/** The part of a pipeline that is selected on the command line: the targets and all their dependencies. */
import { listed } from '../../base/listed.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { didYouMean } from '../document/suggest.ts';
import { byIdOf, dependenciesOf, type Pipeline, type Stage, type StageId } from './pipeline.ts';
import { matches, parseSelector, type Selector } from './selector.ts';

/** The stages that `text` names, at least one. Otherwise a sentence that explains why there is none. */
export function selectStages(pipeline: Pipeline, text: string): Result<readonly Stage[], string> {
  const selector = parseSelector(text);
  if (!selector) return fail(`"${text}" is not a stage; write NAME or NAME[axis=value,...]`);
  const named = pipeline.stages.filter((stage) => stage.name === selector.name);
  if (named.length === 0) {
    const names = new Set(pipeline.stages.map((stage) => stage.name));
    const hint = didYouMean(selector.name, names);
    return fail(`no stage is named "${selector.name}"${hint}; known: ${[...names].join(', ')}`);
  }
  const selected = named.filter((stage) => matches(selector, stage.axes));
  if (selected.length > 0) return ok(selected);
  return fail(whyNone(selector, text, named));
}

/** Names the first axis or value that no instance has. Otherwise all of them exist, but not in combination. */
function whyNone({ name, filter }: Selector, text: string, named: readonly Stage[]): string {
  const valuesOf = (axis: string): Set<string> =>
    new Set(named.flatMap(({ axes }) => (axes.has(axis) ? String(axes.get(axis)) : [])));
  const known = new Set(named.flatMap(({ axes }) => [...axes.keys()]));
  for (const [axis, value] of filter) {
    if (known.size === 0) return `"${name}" has no axes: write ${name}`;
    if (!known.has(axis)) {
      return `"${name}" has no axis "${axis}"${didYouMean(axis, known)}; its axes: ${listed([...known], MOST_LISTED)}`;
    }
    const values = valuesOf(axis);
    if (!values.has(value)) {
      // A number is never a misspelling of another number.
      const hint = Number.isNaN(Number(value)) ? didYouMean(value, values) : '';
      return `"${name}" has no ${axis} "${value}"${hint}; known: ${listed([...values], MOST_LISTED)}`;
    }
  }
  return `no instance of "${name}" matches "${text}"; there is ${named[0]!.id}`;
}

const MOST_LISTED = 12;

/** Without targets, the entire pipeline. */
export function restrict(
  pipeline: Pipeline,
  targets: readonly string[],
): Result<Pipeline, readonly string[]> {
  if (targets.length === 0) return ok(pipeline);
  const failures: string[] = [];
  const needed = new Set<StageId>();
  for (const target of targets) {
    const selected = selectStages(pipeline, target);
    if (selected.ok) for (const stage of selected.value) needed.add(stage.id);
    else failures.push(selected.error);
  }
  if (failures.length > 0) return fail(failures);
  for (const stage of [...pipeline.stages].reverse()) {
    if (needed.has(stage.id)) for (const id of dependenciesOf(stage)) needed.add(id);
  }
  const stages = pipeline.stages.filter((stage) => needed.has(stage.id));
  return ok({ stages, byId: byIdOf(stages) });
}
