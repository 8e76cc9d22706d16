/** A console block: its commands with their output, and the corrected block. */

export interface Step {
  readonly command: string;
  readonly shown: readonly string[];
}

/** A line `$ COMMAND`, and below it what the command prints. */
export function stepsOf(text: string): readonly Step[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...shown] = part.trimEnd().split('\n');
      return { command, shown };
    });
}

/** A line that matches one or more lines. */
const isGap = (line: string): boolean => line.trim() === '...';

/** Texts that differ between runs and machines. The number of spaces is ignored too. */
const WILD: readonly (readonly [RegExp, string])[] = [
  [/\d{8}-\d{6}-[0-9a-z]{4}/, '\\d{8}-\\d{6}-[0-9a-z]{4}'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/, '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z'],
  [/#token=[\w-]+/, '#token=[\\w-]+'],
  [/127\.0\.0\.1:\d+/, '127\\.0\\.0\\.1:\\d+'],
  [/\b(?=[a-f]*\d)[0-9a-f]{12,}\b/, '[0-9a-f]{12,}'],
  // The beginning of a key.
  [/\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7}\b/, '[0-9a-f]{7}'],
  [/\b\d+\.\d+\.\d+\b/, '\\d+\\.\\d+\\.\\d+'],
  [/\b\d[\d.]* (?:[kMG]?B|ms|s|min)(?: \d+ s)?\b/, '\\d[\\d.]* (?:[kMG]?B|ms|s|min)(?: \\d+ s)?'],
  [/\bjust now\b/, '(?:just now|\\d+ s ago|\\d+ min ago)'],
  [/…|\.\.\.$/, '.*'],
  [/\s+/, '\\s+'],
];

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function patternOf(line: string): string {
  let pattern = '';
  let rest = line.trim();
  while (rest !== '') {
    const first = WILD.map(([token, matches]) => ({ found: token.exec(rest), matches }))
      .filter(({ found }) => found !== null)
      .sort((a, b) => a.found!.index - b.found!.index)[0];
    if (!first) break;
    const { index, 0: text } = first.found!;
    pattern += literally(rest.slice(0, index)) + first.matches;
    rest = rest.slice(index + text.length);
  }
  return pattern + literally(rest);
}

const blank = (line: string): boolean => line.trim() === '';

/** A terminal shows `^C` for the key. */
const isKey = (line: string): boolean => line.trim() === '^C';

export function lineMatches(shown: string, printed: string): boolean {
  return new RegExp(`^${patternOf(shown)}$`).test(printed.trim());
}

export function matches(shown: readonly string[], printed: readonly string[]): boolean {
  const source = shown
    .filter((line) => !blank(line) && !isKey(line))
    .map((line) => (isGap(line) ? '(?:.*\\n)+?' : `\\s*${patternOf(line)}\\s*\\n`))
    .join('');
  const text = printed.filter((line) => !blank(line)).map((line) => `${line}\n`);
  return new RegExp(`^${source}$`).test(text.join(''));
}

/** The corrected block. Lines that still match are kept, and so are gaps. */
export function corrected(shown: readonly string[], printed: readonly string[]): string[] {
  const kept = (line: string): string =>
    shown.find((old) => !isGap(old) && !blank(old) && lineMatches(old, line)) ?? line;
  const lines = [...printed];
  while (lines.length > 0 && blank(lines.at(-1)!)) lines.pop();
  // The program starts a new line after the `^C` of the terminal.
  if (shown.some(isKey) && lines.some(blank)) lines[lines.findIndex(blank)] = '^C';
  if (!shown.some(isGap)) return lines.map(kept);
  // Between gaps, the most similar lines.
  const result: string[] = [];
  let from = 0;
  const parts = partsOf(shown);
  for (const [i, part] of parts.entries()) {
    if (i > 0) result.push('...');
    if (part.length === 0) continue;
    const last = lines.length - part.length;
    let best = i === parts.length - 1 ? Math.max(from, last) : from;
    if (i > 0 && i < parts.length - 1) {
      for (let at = from; at <= last; at += 1) {
        if (likeness(part, lines, at) > likeness(part, lines, best)) best = at;
      }
    }
    result.push(...lines.slice(best, best + part.length).map(kept));
    from = best + part.length;
  }
  return result;
}

function partsOf(shown: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of shown) {
    if (isGap(line)) parts.push([]);
    else if (!isKey(line)) parts.at(-1)!.push(line);
  }
  return parts;
}

function likeness(part: readonly string[], lines: readonly string[], at: number): number {
  let common = 0;
  for (const [i, line] of part.entries()) {
    const words = new Set(line.split(/\s+/));
    for (const word of (lines[at + i] ?? '').split(/\s+/)) if (words.has(word)) common += 1;
  }
  return common;
}
