/** The sources and their imports, types included. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function filesIn(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.tsx?$/.test(name));
}

export const files = filesIn('src');

/** `from '...'` and `import('...')`, in code and in types. */
const SPECIFIER = /(?:from|import)\s*\(?\s*'([^']+)'/g;

export const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join('src', file), 'utf8');
    return [file, [...text.matchAll(SPECIFIER)].map((match) => match[1]!)] as const;
  }),
);

export function roomOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '(entry)';
}
