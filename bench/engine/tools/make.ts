/** GNU make: one rule per link. Its built-in rules are off, because it would try them on each file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLinks, links } from '../dag.ts';
import { fileOf, recipeOf } from './recipe.ts';
import type { Places, Tool } from './tool.ts';
import { versionOf } from './version.ts';

export function makeTool({ jobs }: Places): Tool {
  return {
    name: 'GNU make',
    form: 'one Makefile, one rule per link, `-rR`',
    version: () => versionOf('make', '--version'),
    generate(folder, dag) {
      const rules = [...links(dag)].map((link) => {
        const { target, needs, shell } = recipeOf(link);
        return `${target}: ${needs.join(' ')}\n\t${shell}\n`;
      });
      const all = lastLinks(dag).map(fileOf).join(' ');
      writeFileSync(join(folder, 'Makefile'), `.PHONY: all\nall: ${all}\n${rules.join('')}`);
    },
    command: () => ({ words: ['make', '-rR', '-s', `-j${jobs}`] }),
    outputOf: (folder, chain, at) => join(folder, `out/c${chain}-${at}.txt`),
  };
}
