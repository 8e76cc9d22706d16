/** What a command loads before it knows what to do. Large modules are loaded only where they are used. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** The built program starts with it: dist/main.js. */
const entry = readdirSync('dist').find((name) => /^program-\w+\.js$/.test(name))!;

/** The texts of a file of the build and of all files that it imports statically. */
function loadedBy(name: string, texts = new Map<string, string>()): ReadonlyMap<string, string> {
  if (texts.has(name)) return texts;
  const text = readFileSync(join('dist', name), 'utf8');
  texts.set(name, text);
  for (const [, file] of text.matchAll(/\b(?:from|import)\s?"\.\/([\w-]+\.js)"/g)) {
    loadedBy(file!, texts);
  }
  return texts;
}

it('a start loads neither the YAML reader nor more than 300 kB', () => {
  const texts = loadedBy(entry);
  expect(texts.size).toBeGreaterThan(3);
  const text = [...texts.values()].join('\n');
  expect(text).not.toContain('node_modules/yaml/');
  expect(text.length).toBeLessThan(300_000);
});
