/**
 * wireit: one script per link in one package.json, each with its files and its output.
 *
 * Started with the variables that npm would set but without npm, which saves npm's startup time. Its defaults stay on:
 * a local cache, and fingerprints of scripts that include those of their dependencies.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLinks, links } from '../dag.ts';
import { recipeOf } from './recipe.ts';
import type { Places, Tool } from './tool.ts';

export function wireitTool({ wireit, jobs }: Places): Tool {
  const installed = join(wireit, 'node_modules', 'wireit');
  return {
    name: 'wireit',
    form: 'one package.json, one script per link; started without npm',
    version() {
      if (!existsSync(installed)) install(wireit);
      if (!existsSync(installed)) return undefined;
      const text = readFileSync(join(installed, 'package.json'), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    },
    generate(folder, dag) {
      const scripts: Record<string, string> = { all: 'wireit' };
      const wired: Record<string, object> = { all: { dependencies: lastLinks(dag) } };
      for (const link of links(dag)) {
        const { target, shell } = recipeOf(link);
        const dependencies = link.before === undefined ? [] : [link.before];
        scripts[link.name] = 'wireit';
        wired[link.name] = { command: shell, dependencies, files: link.files, output: [target] };
      }
      const text = JSON.stringify({ private: true, scripts, wireit: wired }, null, 1);
      writeFileSync(join(folder, 'package.json'), text);
      mkdirSync(join(folder, 'node_modules'), { recursive: true });
      symlinkSync(installed, join(folder, 'node_modules', 'wireit'));
    },
    command: (folder) => ({
      words: [process.execPath, join(installed, 'bin', 'wireit.js')],
      environment: {
        npm_lifecycle_event: 'all',
        npm_package_json: join(folder, 'package.json'),
        npm_config_user_agent: 'npm/10.0.0 node/v20.0.0',
        WIREIT_LOGGER: 'quiet',
        WIREIT_PARALLEL: String(jobs),
        WIREIT_CACHE: 'local',
      },
    }),
    outputOf: (folder, chain, at) => join(folder, `out/c${chain}-${at}.txt`),
  };
}

function install(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  spawnSync('npm', ['install', '--no-audit', '--no-fund', 'wireit@0.14.13'], { cwd: folder });
}
