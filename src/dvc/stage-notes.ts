/** What a stage of dvc.yaml says that pipeline.yaml does not, and what follows from it. */
import { type Located, type Span, toPlain } from '../runner/index.ts';
import type { Findings } from './findings.ts';
import { outsideReason } from './path.ts';
import type { Need } from './producers.ts';
import type { ProjectFolder } from './project-folder.ts';
import type { DvcInstance, DvcOut, DvcPath } from './stage-reader.ts';
import { canBeMetrics } from './written-stage.ts';

export function noteStage(
  instance: DvcInstance,
  needs: readonly Need[],
  folder: ProjectFolder,
  findings: Findings,
): void {
  const { body, nameSpan } = instance.stage;
  const note = findings.note.bind(findings);
  for (const [key, { keySpan, value }] of body.entries) noteKey(key, value, keySpan, note);
  if (instance.deps.length + instance.params.length + instance.outs.length === 0) {
    note('DVC runs a stage without dependencies and outputs each time', nameSpan, ONCE);
  }
  for (const command of instance.commands) {
    const sign = /\[\[|<\(|\bpipefail\b|\bsource\b|&>|\bdeclare\b/.exec(command.text)?.[0];
    if (sign === undefined) continue;
    const meaning = 'here it is "sh": add "shell: bash" to the stage where the command needs Bash';
    note(
      `DVC runs commands in your own shell, and "${sign}" is not for all`,
      command.span,
      meaning,
    );
  }
  for (const dep of instance.deps) noteDep(dep, needs, folder, findings);
  for (const out of instance.outs) noteOut(out, findings);
}

const ONCE = 'here it runs once and is then cached; "pipeline run --force" runs it again';

function noteKey(key: string, value: Located, span: Span, note: Note): void {
  const isTrue = toPlain(value) === true;
  if (key === 'frozen' && isTrue) {
    note(
      '"frozen" has no counterpart: DVC leaves this stage as it is',
      span,
      'here it runs when something that it declares has changed',
    );
  } else if (key === 'always_changed' && isTrue) {
    note('"always_changed" has no counterpart: DVC runs this stage each time', span, ONCE);
  } else if (key === 'meta') note('"meta" is left out', span, 'it has no effect in DVC either');
}

function noteDep(
  dep: DvcPath,
  needs: readonly Need[],
  folder: ProjectFolder,
  findings: Findings,
): void {
  const { span } = dep.text;
  const reason = outsideReason(dep.path);
  if (reason !== undefined) {
    const meaning = 'it is left out, and a change there is not seen: copy it into the project';
    findings.note(`the dependency "${dep.path}" ${reason}`, span, meaning);
    return;
  }
  const [need] = needs.filter((one) => one.dep === dep);
  if (need?.relation === 'inside') {
    const whole = need.product.out.path;
    const meaning = `all of "${whole}" is laid, so a change anywhere in it runs this stage again`;
    findings.note(`"${dep.path}" lies in "${whole}", an output as a whole`, span, meaning);
  } else if (need?.relation === 'around') {
    const meaning = 'these and the other files there are listed one by one: list new ones too';
    findings.note(`other stages make parts of the folder "${dep.path}"`, span, meaning);
  }
  if (need || folder.kind(dep.path) !== undefined) return;
  const isTracked = folder.kind(`${dep.path}.dvc`) === 'file';
  const meaning = isTracked
    ? `DVC keeps it (${dep.path}.dvc): bring it by "dvc checkout" or "dvc pull" before a run`
    : 'it has to be there before a run';
  findings.note(`no file is at "${dep.path}" now`, span, meaning);
}

function noteOut(out: DvcOut, findings: Findings): void {
  const { path, role, flags } = out;
  const { span } = out.text;
  const note = findings.note.bind(findings);
  const reason = outsideReason(path);
  if (reason !== undefined) {
    const meaning =
      'it is left out, and the command has no place to write it to: give it a path inside';
    note(`the output "${path}" ${reason}`, span, meaning);
  }
  if (role === 'metrics' && !canBeMetrics(path)) {
    const meaning = 'it is an output, but "pipeline metrics" does not read it';
    note(`the metrics "${path}" are not YAML or JSON`, span, meaning);
  }
  for (const [flag, { keySpan, value }] of flags?.entries ?? []) {
    noteFlag(flag, toPlain(value), keySpan, note);
  }
  if (role === 'live') {
    const meaning = `list the files that are written beside it, such as ${path}.json, under "outputs", and under "metrics" if it holds numbers`;
    note(`"live" has no counterpart: "${path}" is an output like any other`, span, meaning);
  }
  noteLooks(out, note);
}

type Note = Findings['note'];

function noteFlag(flag: string, value: unknown, span: Span, note: Note): void {
  if (flag === 'persist' && value === true) {
    const meaning = 'here each run begins without it: what it adds to has to be an input';
    note('"persist" has no counterpart: DVC leaves the old output where it is', span, meaning);
  } else if (flag === 'checkpoint' && value === true) {
    const meaning = 'a command can keep unfinished work in the folder $PIPELINE_CHECKPOINTS';
    note('"checkpoint" has no counterpart', span, meaning);
  } else if (flag === 'cache' && value === false) {
    const meaning = 'here each output is kept in the store, this one too';
    note('"cache: false" has no counterpart', span, meaning);
  } else if (flag === 'remote' || (flag === 'push' && value === false)) {
    note(`"${flag}" has no counterpart`, span, 'outputs stay in the store of this machine');
  }
}

function noteLooks({ text, path, flags, role }: DvcOut, note: Note): void {
  const annotations = ['desc', 'type', 'labels', 'meta'].filter((key) => flags?.entries.has(key));
  if (annotations.length > 0) {
    const { keySpan } = flags!.entries.get(annotations[0]!)!;
    note(`${quoted(annotations)} of an output: left out`, keySpan, 'no run depends on it');
  }
  if (role !== 'plots') return;
  const drawn = ['template', 'x', 'y', 'x_label', 'y_label', 'title', 'header'];
  const given = drawn.filter((key) => flags?.entries.has(key));
  if (given.length === 0) {
    note(`"${path}" is not drawn as a plot`, text.span, NO_PLOTS);
    return;
  }
  const { keySpan } = flags!.entries.get(given[0]!)!;
  note(`how a plot looks (${quoted(given)}) is left out`, keySpan, NO_PLOTS);
}

const NO_PLOTS = 'the file is an output like any other; this program draws no plots of it';

function quoted(keys: readonly string[]): string {
  return keys.map((key) => `"${key}"`).join(', ');
}
