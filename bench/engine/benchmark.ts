/** Runs each tool on each size, the engine as a library, and a large file. Then writes the table. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { installProgram } from '../installed.ts';
import { boundsOf } from './bounds.ts';
import { dagOf } from './dag.ts';
import { leastOfDisk } from './disk.ts';
import type { LargeFile } from './large-file.ts';
import type { LibraryRun } from './library.ts';
import { describeMachine } from './machine.ts';
import { type Measured, measure } from './measure.ts';
import { type Options, parseOptions, usage } from './options.ts';
import type { Results, ToolResult } from './results.ts';
import { measureScale, type Scale } from './scale.ts';
import { toMarkdown } from './table.ts';
import { toolsByName } from './tools/index.ts';
import type { Tool } from './tools/tool.ts';

/** Programs of this folder, as files that node runs. */
export interface Programs {
  readonly library: string;
  readonly largeFile: string;
}

/** The exit code: 1 if a bound does not hold. */
export async function benchmark(words: readonly string[], programs: Programs): Promise<number> {
  const options = parseOptions(words);
  if (!options) {
    console.log(usage);
    return 0;
  }
  const machine = describeMachine(options.root);
  const { jobs, samples, venv, wireit } = options;
  const installed = mkdtempSync(join(options.root, 'bench-program-'));
  const program = installProgram(installed);
  // This comes first, because a disk is slow after trees of ten thousands of files were deleted.
  const alone = {
    leastOfDisk: leastOfDisk(options.root),
    library: bestLibraryRun(options.root, programs.library),
    libraryInMemory: existsSync(MEMORY) ? bestLibraryRun(MEMORY, programs.library) : undefined,
  };
  const tools: ToolResult[] = [];
  for (const id of options.tools) {
    const tool = toolsByName[id]!({ program, venv, wireit, jobs });
    tools.push(await measureTool(id, tool, options));
  }
  const scale = await scaleOf(program, options);
  rmSync(installed, { recursive: true, force: true });
  const results: Results = {
    time: new Date().toISOString(),
    machine,
    jobs,
    samples,
    tools,
    ...alone,
    largeFile: largeFile(options, programs.largeFile),
    scale,
  };
  writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  const table = toMarkdown(results);
  console.log(`\n${table}\n\nall numbers: ${options.json}`);
  if (options.write) writeBetweenMarkers('bench/README.md', table);
  return boundsOf(results).some(({ holds }) => holds === false) ? 1 : 0;
}

async function measureTool(id: string, tool: Tool, options: Options): Promise<ToolResult> {
  const version = tool.version();
  const sizes: Record<string, Measured> = {};
  for (const size of version === undefined ? [] : options.sizes) {
    say(`${tool.name}, ${size} stages`);
    sizes[size] = await measure(tool, dagOf(size), options);
    for (const [what, timed] of Object.entries(sizes[size])) {
      const text = typeof timed === 'string' ? timed : JSON.stringify(timed);
      say(`  ${what}: ${text}`);
    }
  }
  if (version === undefined) say(`${tool.name} is not there`);
  const command = tool.command('.').words.map(shortWord).join(' ');
  return { id, name: tool.name, form: tool.form, version, command, sizes };
}

/** Without the paths of this machine. */
function shortWord(word: string): string {
  return word.startsWith('/') ? basename(word) : word;
}

const MEMORY = '/dev/shm';

function bestLibraryRun(root: string, program: string): LibraryRun | undefined {
  say(`the engine as a library below ${root}, 1000 stages to do`);
  // Deleted together at the end, because a disk is slower for a while after many files were deleted.
  const runs = inFolder(root, (folder) =>
    ['0', '1', '2'].map((run) => runProgram<LibraryRun>(program, join(folder, run), '1000')),
  );
  return runs.sort((a, b) => a.executeSeconds - b.executeSeconds)[0];
}

async function scaleOf(program: string, options: Options): Promise<Scale | undefined> {
  if (options.scale === 0) return undefined;
  say(`the engine, a matrix of ${options.scale}`);
  return measureScale(program, options.scale, options);
}

function largeFile({ root, largeMebibytes }: Options, program: string): LargeFile | undefined {
  if (largeMebibytes === 0) return undefined;
  say(`a file of ${largeMebibytes} MiB`);
  return inFolder(root, (folder) => runProgram(program, folder, String(largeMebibytes)));
}

function inFolder<T>(root: string, work: (folder: string) => T): T {
  const folder = mkdtempSync(join(root, 'bench-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runProgram<T>(program: string, ...words: readonly string[]): T {
  return JSON.parse(execFileSync(process.execPath, [program, ...words], { encoding: 'utf8' })) as T;
}

function writeBetweenMarkers(path: string, table: string): void {
  const text = readFileSync(path, 'utf8');
  const [begin, end] = ['<!-- engine:begin -->', '<!-- engine:end -->'];
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (to < from) throw new Error(`${path} has no markers ${begin} and ${end}`);
  writeFileSync(path, `${text.slice(0, from)}\n\n${table}\n\n${text.slice(to)}`);
}

/** Progress goes to standard error, because standard output has only the table. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
