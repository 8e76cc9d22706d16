/**
 * Checks and times all code for GPUs, in one call on a machine with a GPU:
 *
 *   node bench/gpu/run.mjs [--out FOLDER] [--quick]
 *
 * Installs both GPU backends and the native one (only into FOLDER/backends), lists with `pipeline doctor` which ones
 * start, compares forward pass, loss, gradients and an epoch with wasm, runs the quick configuration on each GPU
 * backend, and times the networks of bench/nn. After a failure, the other steps still run. FOLDER (default:
 * ./gpu-check) gets a log of each step and summary.json. The exit code is 1 if a check failed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'gpu-check' }, quick: { type: 'boolean' } },
});
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const env = { ...process.env, LOWRANK_BACKENDS: join(out, 'backends'), TF_CPP_MIN_LOG_LEVEL: '2' };
const pipeline = ['dist/main.js'];
const steps = [];

/** Runs one step; its output goes to a log. */
function step(name, command, words, more = {}) {
  const started = performance.now();
  const done = spawnSync(command, words, {
    ...{ encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 1_800_000 },
    ...more,
    env: { ...env, ...more.env },
  });
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const text = `${done.stdout ?? ''}${done.stderr ?? ''}${done.error ?? ''}`;
  writeFileSync(join(out, `${name}.log`), text);
  steps.push({ name, ok: done.status === 0, seconds, end: text.trim().split('\n').slice(-25) });
  console.log(`${done.status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return done.status === 0 ? text : undefined;
}

if (step('build', 'npm', ['run', 'build']) === undefined) process.exit(1);
for (const backend of ['tensorflow-gpu', 'webgpu', 'tensorflow']) {
  step(`install-${backend}`, process.execPath, [...pipeline, 'backend', 'install', backend]);
}
const doctor = step('doctor', process.execPath, [...pipeline, 'doctor', '--json']) ?? '';
const started = doctor
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line))
  .filter(({ status }) => status === 'available');
const onGpu = started.filter(({ device }) => device === 'gpu').map(({ name }) => name);
step('agreement', 'npx', ['vitest', 'run', 'test/nn/agreement.test.ts', 'test/nn/kernels']);
for (const backend of onGpu) {
  const folder = join(out, `run-${backend}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of ['pipeline.yaml', 'configs']) {
    spawnSync('cp', ['-r', file, folder]);
  }
  const main = [resolve('dist/main.js'), 'run', '--backend', backend];
  step(`run-${backend}`, process.execPath, main, { cwd: folder });
}
const names = started.map(({ name }) => name).filter((name) => name !== 'cpu');
const seconds = values.quick ? '1' : '5';
const timing = ['--backends', names.join(','), '--seconds', seconds, '--samples', '1'];
// Exits with 1 if a bound of the CPU backends does not hold, which is not an error here.
step('nn', process.execPath, ['bench/nn/run.mjs', ...timing, '--json', join(out, 'nn.json')]);
writeFileSync(join(out, 'summary.json'), `${JSON.stringify({ started, steps }, null, 2)}\n`);
const checks = steps.filter(({ name }) => name !== 'nn');
process.exitCode = onGpu.length > 0 && checks.every(({ ok }) => ok) ? 0 : 1;
if (onGpu.length === 0) console.log('no backend computes on a GPU here');
