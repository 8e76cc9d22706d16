/** The fenced blocks in the pages under `docs/`. One whose first line is a comment of a path is that file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Block {
  /** Page and line, for messages. */
  readonly place: string;
  readonly page: string;
  readonly language: string;
  readonly file: string | undefined;
  readonly text: string;
}

export const pages: readonly string[] = readdirSync('docs').filter((name) => name.endsWith('.md'));

const BLOCK = /^```(\w+)\n([\s\S]*?)^```$/gm;
const FILE = /^(?:#|\/\/) (\S+\.\w+)\n/;

export function blocksOf(page: string): readonly Block[] {
  const whole = readFileSync(join('docs', page), 'utf8');
  return [...whole.matchAll(BLOCK)].map(({ index, 1: language, 2: text }) => {
    const place = `docs/${page}:${whole.slice(0, index).split('\n').length}`;
    return { place, page, language: language!, file: FILE.exec(text!)?.[1], text: text! };
  });
}

/** A pipeline, or a file that one includes. */
export function hasStages({ language, text }: Block): boolean {
  return language === 'yaml' && /^stages:/m.test(text);
}

/** Stands by itself. */
export function isPipeline(block: Block): boolean {
  return hasStages(block) && (block.file ?? 'pipeline.yaml') === 'pipeline.yaml';
}
