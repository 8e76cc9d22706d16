/** The examples in the pages under `docs/`: fenced blocks of YAML that are whole pipelines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Example {
  /** Page and line, for messages. */
  readonly place: string;
  readonly text: string;
}

const BLOCK = /^```yaml\n([\s\S]*?)^```$/gm;

/** What has no `stages` is a piece, or another kind of file. */
export function wholePipelines(page: string): readonly Example[] {
  const text = readFileSync(join('docs', page), 'utf8');
  return [...text.matchAll(BLOCK)]
    .filter(([, block]) => /^stages:/m.test(block!))
    .map(({ index, 1: block }) => {
      const line = text.slice(0, index).split('\n').length;
      return { place: `docs/${page}:${line}`, text: block! };
    });
}
