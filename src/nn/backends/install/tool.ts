/** Runs a program that the installation needs (npm, pip, a compiler), and says in short why it failed. */
import { spawn } from 'node:child_process';
import { hasCode } from '../../../base/system-error.ts';

export interface ToolOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** All that it prints goes there too. */
  readonly log: (text: string) => void;
  /** Default: none. */
  readonly timeoutSeconds?: number;
}

export interface ToolResult {
  readonly outcome: 'done' | 'failed' | 'not there' | 'stopped';
  readonly output: string;
}

export function runTool(
  command: string,
  words: readonly string[],
  { cwd, environment, signal, log, timeoutSeconds }: ToolOptions,
): Promise<ToolResult> {
  log(`\n$ ${[command, ...words].join(' ')}\n`);
  return new Promise((resolve) => {
    const parts: string[] = [];
    const child = spawn(command, words, {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group, so that its children end with it.
      detached: true,
    });
    const end = (): void => {
      if (child.pid !== undefined) endGroup(child.pid);
    };
    const timer = timeoutSeconds && setTimeout(end, 1000 * timeoutSeconds);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        parts.push(text);
        log(text);
      });
    }
    let missing = false;
    child.on('error', (problem: NodeJS.ErrnoException) => {
      missing = problem.code === 'ENOENT';
      parts.push(problem.message);
    });
    child.on('close', (code) => {
      clearTimeout(timer || undefined);
      signal.removeEventListener('abort', end);
      const failed = missing ? 'not there' : code === 0 ? 'done' : 'failed';
      resolve({ outcome: signal.aborted ? 'stopped' : failed, output: parts.join('') });
    });
  });
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (problem) {
    // It has ended; macOS says EPERM of a group of processes that all have.
    if (!hasCode(problem, 'ESRCH', 'EPERM')) throw problem;
  }
}

const NETWORK =
  /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|name resolution|new connection|Connection refused|from versions: none|timed out/i;

/** The line of its output that explains a failure best: the end of "npm failed: ...". */
export function reasonIn(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
}

export function isOfNetwork(output: string): boolean {
  return NETWORK.test(output);
}
