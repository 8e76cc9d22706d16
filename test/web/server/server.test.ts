/** The server as a process: its port, what it writes, and its own bugs. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { statesOf } from '../stage-states.ts';
import { eachServer, text } from './server-rig.ts';

const { begin, newServed } = eachServer();

describe('the server', () => {
  it('leaves no files if it is read-only', async () => {
    // Long enough that its parsed form is cached, with a file that must be digested again.
    const stage = 'f: { uses: make, with: { name: f }, inputs: { one: ./value.txt } }';
    const long = `${text}  ${stage}\n# ${'x'.repeat(20_000)}\n`;
    const one = newServed(long);
    const data = join(one.rig.root, 'value.txt');
    writeFileSync(data, 'first');
    await one.rig.run(long);
    writeFileSync(data, 'second');
    const before = treeOf(one.rig.root);
    await one.start();
    await one.messagesUntil((_one, all) => statesOf(all).f === 'will-run');
    one.change(`${long}  g: { uses: make, with: { name: g } }\n`);
    await one.messagesUntil((_one, all) => statesOf(all).g === 'will-run');
    for (const path of ['/api/stage?id=a', '/api/log?id=a', '/api/runs', '/api/figures']) {
      expect((await one.get(path)).status, path).toBe(200);
    }
    await one.get('/api/compare?before=run-0&after=run-0');
    expect(treeOf(one.rig.root)).toEqual(before);
  });

  it('uses another port if the default one is in use, but not instead of a given port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    await expect(newServed().start({ port })).rejects.toThrow(`port ${port}`);
    other.close();
    const first = await newServed().start({ port: 'usual' });
    const second = await newServed().start({ port: 'usual' });
    expect(second.port).not.toBe(first.port);
  });
});

/** Path -> size, time and content. */
function treeOf(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    names.map((name) => {
      const path = join(root, name);
      const status = statSync(path);
      return [
        name,
        status.isFile() ? `${status.mtimeMs} ${readFileSync(path, 'utf8')}` : `${status.mtimeMs}`,
      ];
    }),
  );
}

it('reports a request that it fails to answer, and continues', async () => {
  const { workbench, address, problems } = await begin();
  const problem = new Error('a bug');
  const spied = vi.spyOn(workbench, 'detail').mockImplementation(() => {
    throw problem;
  });
  await expect(fetch(`${address}/api/stage?id=a`)).rejects.toThrow();
  expect(problems).toEqual([problem]);
  spied.mockRestore();
  expect((await fetch(`${address}/api/runs`)).status).toBe(200);
});
