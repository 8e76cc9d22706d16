/** Who may read, which files, and with which headers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PipelineMessage, StageDetail } from '../stage-states.ts';
import { eachServer, isRead, raw, text } from './server-rig.ts';

const { begin } = eachServer();

describe('a request to read', () => {
  it('is refused under another host name, and from another origin', async () => {
    const one = await begin();
    for (const path of ['/', '/events', '/api/runs']) {
      expect((await raw(one, 'GET', path, { host: 'evil.example' })).status).toBe(421);
      expect((await raw(one, 'GET', path, { origin: 'http://evil.example' })).status).toBe(403);
    }
    const { status } = await raw(one, 'GET', '/api/runs', { host: 'localhost:9999' });
    expect(status).toBe(200);
  });

  it('is answered with a policy that allows only its own files', async () => {
    const one = await begin();
    const { headers } = await one.get('/');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('gets a file of an output by the digest of the artifact, and no other file', async () => {
    const one = await begin();
    await one.rig.run(text);
    writeFileSync(join(one.rig.root, 'secret'), 'secret');
    await one.messagesUntil(
      (message) => isRead(message) && (message as PipelineMessage).stages[0]!.state !== 'will-run',
    );
    const { outputs } = await one.json<StageDetail>('/api/stage?id=a');
    const { artifact, files } = outputs.find(({ port }) => port === 'out')!;
    expect(files).toEqual([{ path: 'value.txt', size: expect.any(Number) }]);
    const given = await one.get(`/object/${artifact}/value.txt`);
    expect(await given.text()).toContain('one');
    expect(given.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(given.headers.get('content-security-policy')).toMatch(/^sandbox;/);
    const up = '../'.repeat(8);
    for (const path of [
      `/object/${artifact}/${up}etc/passwd`,
      `/object/${artifact}/..%2f..%2f..%2f..%2f..%2fsecret`,
      `/object/${artifact}/%2e%2e/%2e%2e/secret`,
      `/object/${artifact}//etc/passwd`,
      `/object/..%2f..%2f..%2fsecret/value.txt`,
      `/object/${'0'.repeat(64)}/value.txt`,
      `/object/${artifact.toUpperCase()}/value.txt`,
      `/object/${artifact}/value.txt%00`,
      `/object/${artifact}/%`,
      `/${up}etc/passwd`,
      '/api/log?id=../../etc/passwd',
      '/api/compare?before=..%2f..&after=..%2f..',
    ]) {
      // Written to a socket, because a client would resolve the dots.
      const { status, text: reported } = await raw(one, 'GET', path, {});
      expect([400, 404], path).toContain(status);
      expect(reported, path).not.toMatch(/secret\b|root:/);
    }
  });
});
