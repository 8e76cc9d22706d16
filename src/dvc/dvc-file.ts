/**
 * Parses a dvc.yaml and checks its keys and types. It does not resolve `${...}`, so a valid file may still have
 * errors.
 */
import * as v from 'valibot';
import {
  check,
  error,
  type Located,
  type LocatedMap,
  parseYaml,
  type SourceFile,
  type Span,
} from '../runner/index.ts';
import type { Findings } from './findings.ts';

export interface DvcFile {
  readonly stages: readonly DvcStage[];
  readonly vars: readonly Located[];
  readonly root: LocatedMap;
}

/** A stage as declared. With `foreach`, `body` is the map under `do`. */
export interface DvcStage {
  readonly name: string;
  readonly nameSpan: Span;
  readonly body: LocatedMap;
  readonly foreach?: Located;
  readonly matrix?: LocatedMap;
}

const Texts = v.array(v.string());
const Vars = v.array(v.union([v.string(), v.record(v.string(), v.unknown())]));
const notes = {
  desc: v.optional(v.string()),
  type: v.optional(v.string()),
  labels: v.optional(Texts),
  meta: v.optional(v.unknown()),
};
const out = {
  ...notes,
  cache: v.optional(v.boolean()),
  persist: v.optional(v.boolean()),
  checkpoint: v.optional(v.boolean()),
  remote: v.optional(v.string()),
  push: v.optional(v.boolean()),
};
const plot = {
  template: v.optional(v.string()),
  x: v.optional(v.string()),
  y: v.optional(v.string()),
  x_label: v.optional(v.string()),
  y_label: v.optional(v.string()),
  title: v.optional(v.string()),
  header: v.optional(v.boolean()),
};
const Out = v.strictObject(out);
const Live = v.nullable(
  v.strictObject({
    ...out,
    summary: v.optional(v.boolean()),
    html: v.optional(v.boolean()),
    report: v.optional(v.nullable(v.string())),
  }),
);
const PlotOut = v.strictObject({ ...out, ...plot });
const outs = (detail: v.GenericSchema) =>
  v.optional(v.array(v.union([v.string(), v.record(v.string(), detail)])));

const body = {
  cmd: v.union([v.string(), Texts]),
  wdir: v.optional(v.string()),
  deps: v.optional(Texts),
  params: v.optional(v.array(v.union([v.string(), v.record(v.string(), v.nullable(Texts))]))),
  vars: v.optional(Vars),
  frozen: v.optional(v.boolean()),
  meta: v.optional(v.unknown()),
  desc: v.optional(v.string()),
  always_changed: v.optional(v.boolean()),
  outs: outs(Out),
  metrics: outs(Out),
  plots: outs(v.union([PlotOut, v.array(PlotOut)])),
  // Only in DVC 2.
  live: v.optional(v.union([v.string(), v.record(v.string(), Live)])),
};
const PlainStage = v.strictObject({
  ...body,
  matrix: v.optional(v.record(v.string(), v.union([v.string(), v.array(v.unknown())]))),
});
const ForeachStage = v.strictObject({
  foreach: v.union([v.string(), v.array(v.unknown()), v.record(v.string(), v.unknown())]),
  do: v.strictObject(body),
});
const TopPlot = v.nullable(
  v.strictObject({
    x: v.optional(v.union([v.string(), v.record(v.string(), v.string())])),
    y: v.optional(v.union([v.string(), Texts, v.record(v.string(), v.union([v.string(), Texts]))])),
    x_label: v.optional(v.string()),
    y_label: v.optional(v.string()),
    title: v.optional(v.string()),
    template: v.optional(v.string()),
  }),
);
const TopLevel = v.strictObject({
  stages: v.optional(v.record(v.string(), v.unknown())),
  vars: v.optional(Vars),
  params: v.optional(Texts),
  metrics: v.optional(Texts),
  plots: v.optional(
    // DVC's JSON Schema allows the map, but its program only the list.
    v.union([
      v.record(v.string(), TopPlot),
      v.array(v.union([v.string(), v.record(v.string(), TopPlot)])),
    ]),
  ),
  artifacts: v.optional(v.record(v.string(), v.strictObject({ path: v.string(), ...notes }))),
  datasets: v.optional(v.unknown()),
});

export function readDvcFile(source: SourceFile, findings: Findings): DvcFile | undefined {
  const conflict = /^(?:<{7}|={7}|>{7})(?: |$)/m.exec(source.text);
  if (conflict) {
    const place = spanOfLine(source, conflict.index);
    const suggestion = 'choose one of the two sides and remove the conflict markers';
    findings.problem(error('this file has an unresolved merge conflict', place, { suggestion }));
    return undefined;
  }
  const { root, diagnostics } = parseYaml(source);
  for (const one of diagnostics) findings.problem(one);
  if (!root) {
    if (diagnostics.length === 0)
      findings.problem(error('this file is empty', spanOfLine(source, 0)));
    return undefined;
  }
  if (root.kind !== 'map') {
    findings.problem(error(`a dvc.yaml is a map of sections, not a ${root.kind}`, root.span));
    return undefined;
  }
  for (const one of check(TopLevel, root, 'key').diagnostics) findings.problem(one);
  const stages: DvcStage[] = [];
  const declared = root.entries.get('stages')?.value;
  for (const [name, { keySpan, value }] of declared?.kind === 'map' ? declared.entries : []) {
    const stage = readStage(name, keySpan, value, findings);
    if (stage) stages.push(stage);
  }
  const vars = root.entries.get('vars')?.value;
  return { stages, vars: vars?.kind === 'list' ? vars.items : [], root };
}

function readStage(
  name: string,
  nameSpan: Span,
  node: Located,
  findings: Findings,
): DvcStage | undefined {
  if (node.kind !== 'map') {
    const suggestion = 'a stage needs at least a "cmd"';
    findings.problem(error(`the stage "${name}" is not a map of keys`, nameSpan, { suggestion }));
    return undefined;
  }
  const foreach = node.entries.get('foreach');
  const matrix = node.entries.get('matrix');
  if (foreach && matrix) {
    const second = foreach.keySpan.start > matrix.keySpan.start ? foreach : matrix;
    const suggestion = 'write all axes under "matrix", or iterate over one list with "foreach"';
    findings.problem(
      error('a stage can have "foreach" or "matrix", not both', second.keySpan, { suggestion }),
    );
    return undefined;
  }
  const isForeach = foreach !== undefined || node.entries.has('do');
  // A missing key is reported at the name of the stage.
  const named: LocatedMap = { ...node, span: nameSpan };
  const found = check(isForeach ? ForeachStage : PlainStage, named, 'key').diagnostics;
  for (const one of found) findings.problem(one);
  if (found.length > 0) return undefined;
  const body = isForeach ? (node.entries.get('do')!.value as LocatedMap) : node;
  return {
    name,
    nameSpan,
    body,
    ...(foreach && { foreach: foreach.value }),
    ...(matrix && { matrix: matrix.value as LocatedMap }),
  };
}

function spanOfLine(source: SourceFile, start: number): Span {
  const line = source.text.slice(0, start).split('\n').length;
  return { file: source.path, start, end: start + 7, line, column: 1 };
}
