/**
 * DVC: one dvc.yaml with all stages. Outputs are cached, as by default. There is no Git repository and no use of the
 * network.
 *
 * It writes all of dvc.lock again after each stage (1,000 stages take more than ten minutes), so the DAGs are not run.
 * Instead, its lock and cache are written as a run would leave them.
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Dag, links } from '../dag.ts';
import { type Recipe, recipeOf } from './recipe.ts';
import type { Places, Tool } from './tool.ts';
import { versionOf } from './version.ts';

export function dvcTool({ venv }: Places): Tool {
  const program = venv === undefined ? 'dvc' : join(venv, 'bin', 'dvc');
  return {
    name: 'DVC',
    form: 'one dvc.yaml, one stage per link',
    version: () => versionOf(program, '--version'),
    generate(folder, dag) {
      mkdirSync(join(folder, '.dvc'), { recursive: true });
      const config = '[core]\n    no_scm = True\n    analytics = false\n    check_update = false\n';
      writeFileSync(join(folder, '.dvc', 'config'), config);
      const stages = [...links(dag)].map((link) => {
        const { target, needs, shell } = recipeOf(link);
        const deps = needs.map((path) => `    - ${path}\n`).join('');
        return `  ${link.name}:\n    cmd: ${shell}\n    deps:\n${deps}    outs:\n    - ${target}\n`;
      });
      writeFileSync(join(folder, 'dvc.yaml'), `stages:\n${stages.join('')}`);
    },
    command: (folder) => ({
      words: [program, 'repro', '--quiet'],
      environment: { DVC_SITE_CACHE_DIR: join(folder, '.dvc', 'site'), DVC_NO_ANALYTICS: '1' },
    }),
    outputOf: (folder, chain, at) => join(folder, `out/c${chain}-${at}.txt`),
    importState: {
      from: 1000,
      what: 'lock and cache were written, not computed',
      write: writeState,
    },
  };
}

function writeState(folder: string, dag: Dag): void {
  const stages = [...links(dag)].map((link) => {
    const recipe = recipeOf(link);
    writeOutput(folder, recipe, link.line);
    const deps = recipe.needs.map((path) => entryOf(folder, path)).join('');
    const outs = entryOf(folder, recipe.target);
    return `  ${link.name}:\n    cmd: ${recipe.shell}\n    deps:\n${deps}    outs:\n${outs}`;
  });
  writeFileSync(join(folder, 'dvc.lock'), `schema: '2.0'\nstages:\n${stages.join('')}`);
}

function writeOutput(folder: string, { needs, target }: Recipe, line: string): void {
  const before = needs.map((path) => readFileSync(join(folder, path), 'utf8')).join('');
  const text = `${before}${line}\n`;
  writeFileSync(join(folder, target), text);
  const digest = md5(text);
  const cached = join(folder, '.dvc/cache/files/md5', digest.slice(0, 2), digest.slice(2));
  mkdirSync(dirname(cached), { recursive: true });
  writeFileSync(cached, text);
  chmodSync(cached, 0o444);
}

function entryOf(folder: string, path: string): string {
  const bytes = readFileSync(join(folder, path));
  return `    - path: ${path}\n      hash: md5\n      md5: ${md5(bytes)}\n      size: ${bytes.length}\n`;
}

function md5(content: string | Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}
