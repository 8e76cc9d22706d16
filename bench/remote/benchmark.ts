/**
 * How long it takes to copy many small results and one large file through a real server, in how many
 * requests and in how much memory.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Timed, timed } from '../engine/timed.ts';
import { type BenchServer, servers } from './servers.ts';

const program = resolve('dist/main.js');

const usage = `node bench/remote/run.mjs [options]

  --stages 1000        stages with one small file each
  --mebibytes 1024     the size of the large file
  --servers LIST       of ${Object.keys(servers).join(', ')} (nginx,gigabit,versitygw);
                       gigabit is nginx at 1 Gbit/s, s3 is one that runs already
  --limit 600          seconds that a command may take`;

interface Row {
  readonly server: string;
  readonly what: string;
  readonly timed: Timed;
  readonly requests: ReadonlyMap<string, number> | undefined;
}

interface Bench {
  readonly server: BenchServer;
  readonly name: string;
  readonly limit: number;
  readonly rows: Row[];
}

export async function main(words: readonly string[]): Promise<number> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      stages: text('1000'),
      mebibytes: text('1024'),
      servers: text('nginx,gigabit,versitygw'),
      limit: text('600'),
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const rows: Row[] = [];
  const [stages, mebibytes, limit] = [values.stages, values.mebibytes, values.limit].map(Number);
  for (const name of values.servers.split(',')) {
    const server = await servers[name]?.();
    if (!server) throw new Error(`--servers: no server is named ${name}`);
    if (typeof server === 'string') {
      process.stdout.write(`${name} was left out: ${server}\n`);
      continue;
    }
    try {
      const bench = { server, name, limit: limit!, rows };
      await copySmall(bench, stages!);
      await copyLarge(bench, mebibytes!);
    } finally {
      server.close();
    }
  }
  process.stdout.write(`${tableOf(rows)}\n`);
  return rows.every((row) => row.timed.kind === 'done') ? 0 : 1;
}

async function copySmall(bench: Bench, stages: number): Promise<void> {
  const numbers = Array.from({ length: stages }, (_, i) => i).join(', ');
  const pipeline = `
stages:
  small:
    matrix: { i: [${numbers}] }
    run: echo \${matrix.i} > out
    outputs: [out]
`;
  await withProjects(pipeline, async (made, empty) => {
    await run(bench, made, ['run', '--quiet', '--cache', 'off']);
    await run(bench, made, ['push'], `push of ${stages} results`);
    await run(bench, empty, ['plan', '--cache', 'off']);
    await run(bench, empty, ['plan'], `plan of ${stages} results`);
    await run(bench, empty, ['pull'], `pull of ${stages} results`);
    await run(bench, empty, ['run', '--quiet'], 'run afterwards');
    rmSync(join(empty, 'artifacts', 'store'), { recursive: true });
    await run(bench, empty, ['run', '--quiet', '--fetch', 'none'], 'run --fetch none');
  });
}

async function copyLarge(bench: Bench, mebibytes: number): Promise<void> {
  const pipeline = `
stages:
  large:
    run: head -c ${mebibytes}M /dev/urandom > out
    outputs: [out]
`;
  await withProjects(pipeline, async (made, empty) => {
    await run(bench, made, ['run', '--quiet', '--cache', 'off']);
    await run(bench, made, ['push'], `push of ${mebibytes} MiB`);
    // The first plan of a project tries the backends, which takes more memory than a pull.
    await run(bench, empty, ['plan']);
    await run(bench, empty, ['pull'], `pull of ${mebibytes} MiB`);
    const digest = largestObject(join(empty, 'artifacts', 'store', 'objects'));
    const words = bench.server.curl(digest, join(empty, 'file'));
    await measure(bench, { words }, empty, `curl of ${mebibytes} MiB`);
    // As a pull does: the bytes are checked, and are on the disk at the end.
    const checked = ['sh', '-c', '"$@" && sha256sum file && sync file', 'sh', ...words];
    await measure(bench, { words: checked }, empty, `curl, sha256sum, sync of ${mebibytes} MiB`);
  });
}

async function withProjects(
  pipeline: string,
  act: (made: string, empty: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-remote-'));
  const [made, empty] = ['made', 'empty'].map((name) => mkdtempSync(join(folder, name)));
  for (const one of [made!, empty!]) writeFileSync(join(one, 'pipeline.yaml'), pipeline);
  try {
    await act(made!, empty!);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(bench: Bench, folder: string, words: readonly string[], what?: string) {
  const command = [process.execPath, program, ...words];
  return measure(bench, { words: command, environment: bench.server.environment }, folder, what);
}

/** Without `what`, it is only carried out. */
async function measure(
  { server, name, limit, rows }: Bench,
  command: Parameters<typeof timed>[0],
  folder: string,
  what?: string,
): Promise<void> {
  const took = await timed(command, folder, limit);
  const requests = server.requests();
  if (what !== undefined) rows.push({ server: name, what, timed: took, requests });
  else if (took.kind !== 'done') throw new Error(JSON.stringify(took));
}

function largestObject(folder: string): string {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const status = statSync(join(folder, name));
    return { name, size: status.isFile() ? status.size : -1 };
  });
  return paths.sort((a, b) => b.size - a.size)[0]!.name.replaceAll('/', '');
}

function tableOf(rows: readonly Row[]): string {
  const heads = ['server', 'what', 'time', 'peak memory', 'GET', 'HEAD', 'PUT', 'POST', 'other'];
  const lines = rows.map(({ server, what, timed: took, requests }) => {
    const counts = heads.slice(4).map((method) => {
      return requests ? String(requests.get(method) ?? 0) : '-';
    });
    return [server, what, ...amounts(took), ...counts];
  });
  const bar = heads.map(() => '---');
  return [heads, bar, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function amounts(took: Timed): readonly [string, string] {
  if (took.kind === 'late') return [`not finished in ${took.limit} s`, ''];
  if (took.kind === 'failed') return [`failed: ${took.message.replaceAll('\n', ' ')}`, ''];
  const { seconds, megabytes } = took;
  return [`${seconds.toFixed(2)} s`, megabytes === undefined ? '' : `${Math.round(megabytes)} MB`];
}
