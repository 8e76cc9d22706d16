/** Runs a program that the installation needs (npm, pip, a compiler), and finds the reason in its output if it fails. */
import { hasCode } from '../../../base/system-error.ts';

export interface ToolOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Called with everything that it prints. */
  readonly log: (text: string) => void;
  /** Default: none. */
  readonly timeoutSeconds?: number;
}

export interface ToolResult {
  readonly outcome: 'done' | 'failed' | 'not there' | 'stopped';
  readonly output: string;
}

export async function runTool(
  command: string,
  words: readonly string[],
  { cwd, environment, signal, log, timeoutSeconds }: ToolOptions,
): Promise<ToolResult> {
  log(`\n$ ${[command, ...words].join(' ')}\n`);
  const { execa } = await import('execa');
  const child = execa(command, words, {
    cwd,
    env: environment,
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    stripFinalNewline: false,
    // In its own process group, so that the processes it started end with it. execa ends only the first.
    detached: true,
  });
  const timeout = timeoutSeconds && AbortSignal.timeout(1000 * timeoutSeconds);
  const ended = timeout ? AbortSignal.any([signal, timeout]) : signal;
  const end = (): void => {
    if (child.pid !== undefined) endGroup(child.pid);
  };
  ended.addEventListener('abort', end, { once: true });
  if (ended.aborted) end();
  child.all.setEncoding('utf8').on('data', log);
  const { failed, code, all, originalMessage } = await child;
  ended.removeEventListener('abort', end);
  const result = code === 'ENOENT' ? 'not there' : failed ? 'failed' : 'done';
  // A program that did not start printed nothing.
  const output = all || (originalMessage ?? '');
  return { outcome: signal.aborted ? 'stopped' : result, output };
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (problem) {
    // It has ended. macOS reports EPERM for a group whose processes have all ended.
    if (!hasCode(problem, 'ESRCH', 'EPERM')) throw problem;
  }
}

const NETWORK =
  /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|name resolution|new connection|Connection refused|from versions: none|timed out/i;

/** The most informative line of an output, for the end of "npm failed: ...". */
export function reasonIn(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? 'it printed nothing';
}

export function isOfNetwork(output: string): boolean {
  return NETWORK.test(output);
}
