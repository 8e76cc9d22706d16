/** The common parts of the benchmarks with a peer: one process per engine, and results in a page. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

export interface NotMeasured {
  readonly missing: string;
}

/** The last line that a program prints, or the reason why it can't run here. */
export function lastLineOf<T>(program: string, words: readonly string[]): T | NotMeasured {
  try {
    const out = execFileSync(program, words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    });
    return JSON.parse(out.trim().split('\n').at(-1)!) as T;
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    const lines = (stderr ?? '').split('\n').map((line) => line.trim());
    const missing = lines.findLast((line) => /error|cannot|no module/i.test(line)) ?? message;
    say(`  not measured: ${missing}`);
    return { missing };
  }
}

/** Replaces the text between `<!-- section:begin -->` and `<!-- section:end -->` in bench/README.md. */
export function writeSection(section: string, markdown: string): void {
  const readme = 'bench/README.md';
  const page = readFileSync(readme, 'utf8');
  const [begin, end] = [`<!-- ${section}:begin -->`, `<!-- ${section}:end -->`];
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end);
  if (to < from) throw new Error(`${readme} has no markers ${begin} and ${end}`);
  writeFileSync(readme, `${page.slice(0, from)}\n\n${markdown}\n\n${page.slice(to)}`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
