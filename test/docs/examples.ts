/** The fenced blocks of README.md and `docs/`, with the comments before them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Block {
  /** Page and line, for messages. */
  readonly place: string;
  readonly page: string;
  readonly language: string;
  /** The file name in a comment in the first line of the block. */
  readonly file: string | undefined;
  readonly text: string;
  /** The indentation of the block, such as in a list. */
  readonly indent: string;
  /** The position of the text in the page. */
  readonly start: number;
  readonly end: number;
  /**
   * From the comments before the fence, `<!-- NAME: VALUE -->`:
   * - `file`: the block shows this file, which is shipped under `examples/`;
   * - `before`: a command that does what the reader does in an editor;
   * - `replay`: the substitute for the program (`substitutes.ts`);
   * - `not run`: the reason.
   */
  readonly marks: ReadonlyMap<string, string>;
}

export const pages: readonly string[] = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const BLOCK = /((?:^ *<!-- [^\n]* -->\n)*)^( *)```(\w+)\n([\s\S]*?)^( *```)$/gm;
const MARK = /<!-- ([a-z ]+): (.*) -->/g;
const FILE = /^(?:#|\/\/) (\S+\.\w+)\n/;

export function blocksOf(page: string): readonly Block[] {
  const whole = readFileSync(page, 'utf8');
  return [...whole.matchAll(BLOCK)].map((match) => {
    const [all, marks = '', indent = '', language = '', indented = '', fence = ''] = match;
    const end = match.index + all.length - fence.length;
    const start = end - indented.length;
    const text = indented.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    return {
      place: `${page}:${whole.slice(0, start).split('\n').length - 1}`,
      page,
      language,
      file: FILE.exec(text)?.[1],
      text,
      indent,
      start,
      end,
      marks: new Map([...marks.matchAll(MARK)].map(([, name, value]) => [name!, value!])),
    };
  });
}

/** A pipeline, or an included file. */
export function hasStages({ language, text }: Block): boolean {
  return language === 'yaml' && /^stages:/m.test(text);
}

/** A complete pipeline, not an included file. */
export function isPipeline(block: Block): boolean {
  return hasStages(block) && (block.file ?? 'pipeline.yaml') === 'pipeline.yaml';
}
