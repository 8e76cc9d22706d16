/**
 * Edits random DVC pipelines at random. Does this program, after an import of the same file, run the same stages again
 * as `dvc repro`? Are the bytes of the outputs the same?
 *
 *     node bench/dvc/same-runs.mjs <dvc executable> [pipelines] [edits each] [first seed]
 *
 * The pipeline is imported again only if dvc.yaml itself was edited, because values of params.yaml must stay variables.
 */
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { importJson } from './compare-import.mjs';
import { DvcProcess } from './dvc-process.mjs';
import { evaluate } from './evaluate.mjs';
import { lines, randomFrom, randomProject } from './random-pipeline.mjs';
import { makeProject, run } from './real-dvc.mjs';

const [dvc, pipelines = '30', edits = '6', first = '1'] = process.argv.slice(2);
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const server = new DvcProcess(resolve(dvc));
/** Our names to DVC's. */
const names = new Map();
const totals = {
  pipelines: 0,
  runs: 0,
  stagesRun: 0,
  equal: 0,
  dvcMore: 0,
  oursMore: 0,
  outputsDiffer: 0,
  failed: 0,
};

for (let seed = Number(first); seed < Number(first) + Number(pipelines); seed++) {
  await comparePipeline(seed);
}
server.end();
console.log(totals);
process.exitCode = totals.oursMore + totals.outputsDiffer + totals.failed === 0 ? 0 : 1;

async function comparePipeline(seed) {
  const { files } = randomProject(seed);
  const project = makeProject(files);
  const random = randomFrom(seed + 1_000_000);
  totals.pipelines++;
  try {
    await server.call(project.folder, 'init', '-q', '--no-scm');
    importAgain(project.folder);
    const history = [];
    for (let step = 0; step <= Number(edits); step++) {
      const edit = step === 0 ? 'first run' : randomEdit(project.folder, random, history);
      if (edit.startsWith('dvc.yaml')) importAgain(project.folder);
      await compareRun(`seed ${seed}, ${edit}`, project.folder);
    }
  } finally {
    project.remove();
  }
}

async function compareRun(what, folder) {
  const { code, text } = await server.call(folder, 'repro');
  const theirs = new Set([...text.matchAll(/^Running stage '([^']+)'/gm)].map((match) => match[1]));
  readNames(folder);
  const ours = runOurs(folder);
  totals.runs++;
  totals.stagesRun += theirs.size;
  if (code !== 0 || ours.code !== 0) {
    totals.failed++;
    console.log(`${what}: DVC ${code}, ours ${ours.code}\n${code !== 0 ? text : ours.said}`);
    return;
  }
  const more = [...theirs].filter((name) => !ours.names.has(name));
  const fewer = [...ours.names].filter((name) => !theirs.has(name));
  if (more.length + fewer.length === 0) totals.equal++;
  if (more.length > 0) totals.dvcMore++;
  if (fewer.length > 0) totals.oursMore++;
  if (more.length > 0) console.log(`${what}: DVC alone runs ${more.join(', ')}`);
  if (fewer.length > 0) console.log(`${what}: only here runs ${fewer.join(', ')}`);
  for (const path of differentOutputs(folder)) {
    totals.outputsDiffer++;
    console.log(`${what}: ${path} has other bytes`);
  }
}

function importAgain(folder) {
  const { stderr, status } = run(process.execPath, [program, 'import', '--force'], { cwd: folder });
  if (status !== 0) throw new Error(stderr);
}

/** Of the current dvc.yaml and params.yaml, even if they were not imported again. */
function readNames(folder) {
  names.clear();
  for (const { stage, dvc: name } of importJson(folder).stages) names.set(stage, name);
}

function runOurs(folder) {
  const { stdout, stderr, status } = run(process.execPath, [program, 'run', '--json'], {
    cwd: folder,
  });
  const events = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const started = events.filter(({ type }) => type === 'stage-started').map(({ stage }) => stage);
  const faults = events
    .filter(({ type }) => type === 'stage-failed')
    .map((one) => JSON.stringify(one));
  const known = started.map((stage) => names.get(stage) ?? stage);
  return { code: status, names: new Set(known), said: [stderr, ...faults].join('\n') };
}

function randomEdit(folder, random, history) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const kind = pick([
    'file',
    'file',
    'same lines',
    'value',
    'value',
    'comment',
    'cmd',
    'dvc comment',
    'touch',
    'back',
  ]);
  const write = (path, change) => {
    const before = readFileSync(join(folder, path), 'utf8');
    history.push({ path, before });
    writeFileSync(join(folder, path), change(before));
    return path;
  };
  const raw = `data/raw${Math.floor(random() * 3)}.txt`;
  switch (kind) {
    case 'file':
      return `${write(raw, (text) => text + lines(random, 1))} has one more line`;
    case 'same lines':
      return `${write(raw, (text) => text.replace(/\d+\n$/, lines(random, 1)))} has another last line`;
    case 'value':
      return `${write('params.yaml', (text) => text.replace(/^( *(?:seed|rounds|count): )\d+$/m, (_, key) => `${key}${Math.floor(random() * 100)}`))} has another value`;
    case 'comment':
      return `${write('params.yaml', (text) => `# ${random()}\n${text}`)} has a comment`;
    case 'dvc comment':
      return `${write('dvc.yaml', (text) => `# ${random()}\n${text}`)} has a comment`;
    case 'cmd': {
      const stage = Math.floor(random() * 3);
      const changed = (text) => text.replaceAll(`s${stage};`, `s${stage} again;`);
      return `${write('dvc.yaml', changed)} has another command in s${stage}`;
    }
    case 'touch': {
      const later = new Date(statSync(join(folder, raw)).mtimeMs + 5000);
      utimesSync(join(folder, raw), later, later);
      return `${raw} is touched`;
    }
    default: {
      const last = history.pop();
      if (!last) return 'nothing';
      writeFileSync(join(folder, last.path), last.before);
      return `${last.path} is as it was`;
    }
  }
}

/** DVC's outputs are in the project, ours in artifacts/latest. */
function differentOutputs(folder) {
  const stages = evaluate(readFileSync(join(folder, 'pipeline.yaml'), 'utf8'), folder);
  const found = [];
  for (const [id, { name, outputs }] of Object.entries(stages)) {
    if (!names.has(id)) continue;
    const instance = id.slice(name.length + 1, -1);
    for (const path of Object.values(outputs)) {
      const latest = [name, ...(instance ? [instance] : [])];
      const ours = contents(join(folder, 'artifacts', 'latest', ...latest));
      const theirs = contents(join(folder, path));
      if (ours === undefined || stringify(ours) !== stringify(theirs)) found.push(`${id} ${path}`);
    }
  }
  return found;
}

/** The texts in a file or folder, without its name, because a single file is in a folder of its output. */
function contents(path) {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return undefined;
  if (status.isFile()) return [readFileSync(path, 'utf8')];
  const names = readdirSync(path).filter((name) => name !== '.outputs');
  return names.sort().flatMap((name) => contents(join(path, name)));
}
