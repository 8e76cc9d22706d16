/** ninja: one rule with the line as a variable, one edge per link. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { links } from '../dag.ts';
import { recipeOf } from './recipe.ts';
import type { Places, Tool } from './tool.ts';
import { versionOf } from './version.ts';

export function ninjaTool({ jobs }: Places): Tool {
  return {
    name: 'ninja',
    form: 'one build.ninja, one rule, one edge per link',
    version: () => versionOf('ninja', '--version'),
    generate(folder, dag) {
      const edges = [...links(dag)].map((link) => {
        const { target, needs } = recipeOf(link);
        return `build ${target}: link ${needs.join(' ')}\n  line = ${link.line}\n`;
      });
      const rule = 'rule link\n  command = (cat $in; echo $line) > $out\n';
      writeFileSync(join(folder, 'build.ninja'), rule + edges.join(''));
    },
    command: () => ({ words: ['ninja', '--quiet', `-j${jobs}`] }),
    outputOf: (folder, chain, at) => join(folder, `out/c${chain}-${at}.txt`),
  };
}
