/** Compares an imported pipeline with the commands, paths and producers that DVC resolves the same file to. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { evaluate, follow } from './evaluate.mjs';
import { run } from './real-dvc.mjs';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The importer's JSON lines, grouped by type. */
export function importJson(folder, ...words) {
  const result = run(process.execPath, [program, 'import', '-o', '-', '--json', ...words], {
    cwd: folder,
  });
  const lines = result.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const last = lines.at(-1);
  return {
    accepted: result.status === 0,
    stages: lines.filter((line) => line.type === 'stage-imported'),
    problems: lines.filter((line) => line.type === 'problem'),
    notes: lines.filter((line) => line.type === 'note'),
    text: last?.text,
    said: result.stderr,
  };
}

/** Differences between DVC's stages and the imported ones, as sentences. */
export function differences(imported, resolved, folder) {
  const found = [];
  const stages = evaluate(imported.text, folder);
  const idOf = new Map(imported.stages.map(({ dvc, stage }) => [dvc, stage]));
  const seen = new Set();
  for (const [name, wanted] of Object.entries(resolved)) {
    const id = idOf.get(name);
    const stage = stages[id];
    if (!stage) {
      found.push(`${name}: no stage ${id} in pipeline.yaml`);
      continue;
    }
    if (seen.has(id)) found.push(`${name}: two stages have the name ${id}`);
    seen.add(id);
    found.push(...compareCommands(name, wanted, stage));
    found.push(...comparePaths(name, wanted, stage, { stages, resolved, idOf }));
  }
  const extra = Object.keys(stages).filter((id) => !seen.has(id));
  for (const id of extra) found.push(`${id}: DVC has no such stage`);
  return found;
}

function compareCommands(name, wanted, stage) {
  const expected = [wanted.cmd].flat();
  const actual = [stage.run].flat();
  if (expected.length !== actual.length) return [`${name}: ${actual.length} commands`];
  return expected.flatMap((cmd, index) => {
    const inner = wanted.wdir === '.' ? actual[index] : unwrapped(actual[index]);
    // To the shell, a quoted text and an unquoted one can be the same word, so the shell decides.
    if (inner === cmd || words(inner) === words(cmd)) return [];
    return [`${name}: runs ${JSON.stringify(actual[index])}, not ${JSON.stringify(cmd)}`];
  });
}

function unwrapped(text) {
  return text.replace(/^(?:mkdir -p '[^']*' && )?cd '[^']*' && \(\n?/, '').replace(/\n?\)\n?$/, '');
}

/** The words that a program would get. 1.0 and 1 are the same number. */
function words(text) {
  const safe = text.replace(/[;|&<>()$`\n]/g, (sign) => `\\${sign}`);
  try {
    const given = execFileSync('sh', ['-c', `printf '%s\\0' ${safe}`], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return given
      .split('\0')
      .map((one) => (/^[-\d.e+]+$/.test(one) ? String(Number(one)) : one))
      .join('\0');
  } catch {
    return text;
  }
}

function comparePaths(name, wanted, stage, { stages, resolved, idOf }) {
  const found = [];
  const outputs = Object.values(stage.outputs ?? {}).sort();
  if (String(outputs) !== String(wanted.outs)) found.push(`${name}: makes ${outputs}`);
  const inputs = Object.entries(stage.inputs ?? {});
  const laid = [...inputs.map(([path]) => path), ...(stage.files ?? [])];
  for (const dep of wanted.deps) {
    const isThere = laid.some((path) => within(dep, path) || within(path, dep));
    if (!isThere) found.push(`${name}: ${dep} is not laid`);
  }
  for (const [path, reference] of inputs) {
    const { ids, port } = follow(reference, stage, stages);
    const makers = Object.entries(resolved).filter(([, { outs }]) => outs.includes(path));
    const expected = makers.map(([maker]) => idOf.get(maker));
    if (ids.length !== 1 || ids[0] !== expected[0]) {
      found.push(`${name}: ${path} is ${reference}, which means ${ids}, not ${expected}`);
    } else {
      const made = stages[ids[0]].outputs;
      const makes = Array.isArray(made) ? made.includes(port) && port : made[port];
      if (makes !== path) found.push(`${name}: ${reference} is ${makes}, not ${path}`);
    }
  }
  for (const [file, keys] of Object.entries(wanted.params)) {
    const whole = laid.some((path) => within(file, path));
    // For DVC, values that a text refers to are parameters too. Here they are in the text.
    const own = stage.params?.[file];
    const declared = own === null ? keys : (own ?? []);
    const missing = whole ? [] : declared.filter((key) => !keys.includes(key));
    if (missing.length > 0) found.push(`${name}: ${file} has no ${missing}`);
  }
  return found;
}

function within(path, folder) {
  return path === folder || path.startsWith(`${folder}/`);
}
