/** The output of a command is written completely, or the error is reported. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PIPELINE, ProjectRig, program } from './project-rig.ts';

const rig = new ProjectRig();

describe('standard output', () => {
  const commands = [
    ['plan', '--json'],
    ['run'],
    ['run', '--json'],
    ['log', 'a'],
    ['graph'],
    ['runs'],
  ];

  const ran = join(rig.root, 'ran');
  beforeAll(() => {
    mkdirSync(ran);
    writeFileSync(join(ran, 'pipeline.yaml'), PIPELINE);
    expect(rig.pipeline(['run'], { cwd: ran }).code).toBe(0);
  });

  it.skipIf(!existsSync('/dev/full')).each(commands)(
    'that can not be written is reported (skipped without /dev/full): %s',
    (...words) => {
      const { code, err } = rig.pipeline(words, {
        cwd: ran,
        stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      });
      expect(err).toMatch(/^error: standard output can't be written: ENOSPC/m);
      expect(code).toBe(1);
    },
  );

  it.each(commands)('that was closed by its reader ends it quietly: %s', async (...words) => {
    const child = spawn(process.execPath, [program, ...words], { cwd: ran });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (text) => {
      err += String(text);
    });
    const [code] = await once(child, 'close');
    expect([code, err]).toEqual([141, '']);
  });
});

describe('a long log', () => {
  const said = 'seq 1 200000; touch o';
  const cwd = join(rig.root, 'long');
  beforeAll(() => {
    mkdirSync(cwd);
    const text = `stages:\n  a:\n    run: ${said}\n    outputs: [o]\n`;
    writeFileSync(join(cwd, 'pipeline.yaml'), text);
    expect(rig.pipeline(['run', '--quiet'], { cwd }).code).toBe(0);
  });

  it('is printed completely, with --tail, and as JSON', () => {
    const big = { cwd, maxBuffer: 100 << 20 };
    const lines = rig.pipeline(['log', 'a'], big).out.split('\n');
    expect([lines.length, lines[100_000]]).toEqual([200_003, '  100000']);
    const end = rig.pipeline(['log', 'a', '--tail', '2'], { cwd }).out.split('\n');
    expect(end.slice(1, -2)).toEqual(['  199999', '  200000']);
    const { lines: all } = JSON.parse(rig.pipeline(['log', 'a', '--json'], big).out);
    expect([all.length, all[0], all.at(-1)]).toEqual([200_000, '1', '200000']);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('that is not read ends on %s', async (signal) => {
    const child = spawn(process.execPath, [program, 'log', 'a'], { cwd });
    await once(child.stdout, 'readable');
    // The pipe stays full.
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([130, null]);
  });
});
