/** Parameters as YAML that fits the terminal. A list or a map stays on one line if there is room. */
import type { Json, JsonObject } from '../../base/json.ts';
import { isTextToAll } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { paint, visible } from './text.ts';
import { columnsOf } from './width.ts';

export function parameterLines(
  values: JsonObject,
  host: Pick<Host, 'columns' | 'interactive'>,
  indent: number,
): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const label = `${wordOf(name)}:`;
    const [first, ...rest] = valueLines(value, host, indent, indent + columnsOf(label) + 1);
    const head = ' '.repeat(indent) + paint(host, 'dim', label);
    return [first === '' ? head : `${head} ${first}`, ...rest];
  });
}

/** The first line follows the name, which ends at the column `at`. It is empty if all lines are below the name. */
function valueLines(
  value: Json,
  host: Pick<Host, 'columns' | 'interactive'>,
  indent: number,
  at: number,
): readonly [string, ...string[]] {
  const inside = indent + 2;
  if (typeof value === 'string' && value.includes('\n')) return literal(value, inside);
  const line = onOneLine(value);
  if (at + columnsOf(line) <= host.columns) return [line];
  if (typeof value === 'string') return ['', ...packed(line.split(' '), inside, host.columns)];
  if (value === null || typeof value !== 'object') return [line];
  if (!Array.isArray(value)) return ['', ...parameterLines(value as JsonObject, host, inside)];
  const dash = `${' '.repeat(inside)}- `;
  if (value.every((item) => item === null || typeof item !== 'object')) {
    const items = value.map((item, i) => onOneLine(item) + (i < value.length - 1 ? ',' : ']'));
    return ['', ...packed([`[${items[0]}`, ...items.slice(1)], inside, host.columns)];
  }
  return [
    '',
    ...value.flatMap((item) => {
      const [first, ...rest] = valueLines(item, host, inside, dash.length);
      if (first !== '') return [dash + first, ...rest];
      // The first key of a map is on the line of its dash.
      const [next = '', ...others] = rest;
      return [dash + next.trimStart(), ...others];
    }),
  ];
}

function onOneLine(value: Json): string {
  if (typeof value === 'string') return wordOf(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  const entries = Object.entries(value).map(([name, own]) => `${wordOf(name)}: ${onOneLine(own)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** On as many lines as needed. */
function packed(words: readonly string[], indent: number, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && indent + columnsOf(`${last} ${word}`) <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}

/** A text of several lines, such as a script. */
function literal(text: string, indent: number): readonly [string, ...string[]] {
  const lines = text.replace(/\n$/, '').split('\n');
  const sign = text.endsWith('\n') ? '|' : '|-';
  return [sign, ...lines.map((line) => (' '.repeat(indent) + visible(line)).trimEnd())];
}

function wordOf(text: string): string {
  return isTextToAll(text) ? text : visible(JSON.stringify(text));
}
