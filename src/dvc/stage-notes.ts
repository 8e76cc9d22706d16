/** Notes on settings of a stage that pipeline.yaml does not have. */
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
    note('DVC runs a stage without dependencies and outputs every time', nameSpan, ONCE);
  }
  for (const command of instance.commands) {
    const sign = /\[\[|<\(|\bpipefail\b|\bsource\b|&>|\bdeclare\b/.exec(command.text)?.[0];
    if (sign === undefined) continue;
    const meaning =
      'here the shell is "sh"; if the command needs Bash, add "shell: bash" to the stage';
    note(
      `DVC runs commands in your login shell, and not every shell supports "${sign}"`,
      command.span,
      meaning,
    );
  }
  for (const dep of instance.deps) noteDep(dep, needs, folder, findings);
  for (const out of instance.outs) noteOut(out, findings);
}

const ONCE = 'here it runs once and is cached; "pipeline run --force" runs it again';

function noteKey(key: string, value: Located, span: Span, note: Note): void {
  const isTrue = toPlain(value) === true;
  if (key === 'frozen' && isTrue) {
    note(
      '"frozen" has no counterpart: DVC does not run this stage',
      span,
      'here it runs if its declared inputs have changed',
    );
  } else if (key === 'always_changed' && isTrue) {
    note('"always_changed" has no counterpart: DVC runs this stage every time', span, ONCE);
  } else if (key === 'meta') note('"meta" is omitted', span, 'it has no effect in DVC either');
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
    const meaning = 'it is omitted, so changes there have no effect; copy it into the project';
    findings.note(`the dependency "${dep.path}" ${reason}`, span, meaning);
    return;
  }
  const [need] = needs.filter((one) => one.dep === dep);
  if (need?.relation === 'inside') {
    const whole = need.product.out.path;
    const meaning = `the stage gets all of "${whole}", so any change in it runs this stage again`;
    findings.note(`"${dep.path}" is part of the output "${whole}"`, span, meaning);
  } else if (need?.relation === 'around') {
    const meaning = 'its files are listed one by one; add new files to the list';
    findings.note(`other stages make parts of the folder "${dep.path}"`, span, meaning);
  }
  if (need || folder.kind(dep.path) !== undefined) return;
  const isTracked = folder.kind(`${dep.path}.dvc`) === 'file';
  const meaning = isTracked
    ? `DVC tracks it (${dep.path}.dvc); get it with "dvc checkout" or "dvc pull" before a run`
    : 'it must exist before a run';
  findings.note(`"${dep.path}" does not exist now`, span, meaning);
}

function noteOut(out: DvcOut, findings: Findings): void {
  const { path, role, flags } = out;
  const { span } = out.text;
  const note = findings.note.bind(findings);
  const reason = outsideReason(path);
  if (reason !== undefined) {
    const meaning =
      "it is omitted, and the command can't write there; choose a path inside the project";
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
    const meaning = `list the files that are written next to it, such as ${path}.json, under "outputs", and under "metrics" if it holds numbers`;
    note(`"live" has no counterpart: "${path}" is an ordinary output`, span, meaning);
  }
  noteLooks(out, note);
}

type Note = Findings['note'];

function noteFlag(flag: string, value: unknown, span: Span, note: Note): void {
  if (flag === 'persist' && value === true) {
    const meaning = 'here each run starts without it; declare the old output as an input';
    note('"persist" has no counterpart: DVC keeps the old output', span, meaning);
  } else if (flag === 'checkpoint' && value === true) {
    const meaning = 'a command can write checkpoints to the folder $PIPELINE_CHECKPOINTS';
    note('"checkpoint" has no counterpart', span, meaning);
  } else if (flag === 'cache' && value === false) {
    const meaning = 'here every output is kept in the store';
    note('"cache: false" has no counterpart', span, meaning);
  } else if (flag === 'remote' || (flag === 'push' && value === false)) {
    note(`"${flag}" has no counterpart`, span, 'outputs stay in the store on this machine');
  }
}

function noteLooks({ text, path, flags, role }: DvcOut, note: Note): void {
  const annotations = givenOf(['desc', 'type', 'labels', 'meta'], flags);
  if (annotations) {
    note(`${annotations.keys} of an output: omitted`, annotations.span, 'no run depends on it');
  }
  if (role !== 'plots') return;
  const drawn = ['template', 'x', 'y', 'x_label', 'y_label', 'title', 'header'];
  const settings = givenOf(drawn, flags);
  if (settings) note(`the plot settings ${settings.keys} are omitted`, settings.span, NO_PLOTS);
  else note(`"${path}" is not plotted`, text.span, NO_PLOTS);
}

/** Those of the keys that are given, quoted, and the place of the first. */
function givenOf(
  keys: readonly string[],
  flags: DvcOut['flags'],
): { readonly keys: string; readonly span: Span } | undefined {
  const given = keys.flatMap((key) => {
    const entry = flags?.entries.get(key);
    return entry ? [{ key, span: entry.keySpan }] : [];
  });
  const [first] = given;
  return first && { keys: given.map(({ key }) => `"${key}"`).join(', '), span: first.span };
}

const NO_PLOTS = 'the file is an ordinary output; this program does not plot it';
