/** Where the address of the remote cache comes from, and who sees its token. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { remoteSource, withoutSecrets } from '../../src/app/remote-cache.ts';
import { type CacheMode, newKeyPair, type SourceFile } from '../../src/runner/index.ts';

const pipelineOf = (text: string): SourceFile => ({ path: 'pipeline.yaml', text });

async function addressOf(
  environment: Record<string, string>,
  text = '',
  mode: CacheMode = 'read',
): Promise<string | undefined> {
  const readPipeline = () => pipelineOf(text);
  const source = remoteSource({ mode, environment, root: '/project', readPipeline });
  if (!source.ok) throw new Error(source.error.message);
  return (await source.value?.open())?.remote.address;
}

describe('the remote cache of a project', () => {
  it('is named by the pipeline', async () => {
    expect(await addressOf({}, 'cache: s3://lab/x\nstages: {}')).toBe('s3://lab/x');
    expect(await addressOf({}, 'stages: {}')).toBeUndefined();
    expect(await addressOf({}, 'stages: { cache: { run: x } }')).toBeUndefined();
    expect(await addressOf({}, 'cache: nonsense')).toBeUndefined();
    expect(await addressOf({}, 'cache: [')).toBeUndefined();
  });

  it('is named by the variable first', async () => {
    const text = 'cache: s3://lab/x';
    expect(await addressOf({ PIPELINE_CACHE: '../cache' }, text)).toBe('../cache');
    expect(await addressOf({ PIPELINE_CACHE: '' }, text)).toBe('s3://lab/x');
    expect(await addressOf({ PIPELINE_CACHE: 'off' }, text)).toBeUndefined();
    expect(await addressOf({ PIPELINE_CACHE: '/x' }, text, 'off')).toBeUndefined();
    await expect(addressOf({ PIPELINE_CACHE: 'x' })).rejects.toThrow(
      '$PIPELINE_CACHE is not the address of a cache',
    );
  });
});

describe('the token of the cache', () => {
  it('is sent only to the server that the variable names', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer(({ headers }, answer) => {
      seen.push(headers.authorization);
      answer.writeHead(404).end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/x`;
    const never = new AbortController().signal;
    const ask = async (environment: Record<string, string>, text: string): Promise<void> => {
      const readPipeline = () => pipelineOf(text);
      const all = { ...environment, NETRC: '/nowhere', PIPELINE_CACHE_TOKEN: 'secret' };
      const source = remoteSource({ mode: 'read', environment: all, root: '/', readPipeline });
      if (source.ok) await (await source.value!.open())!.remote.size('ac', 'key', never);
    };
    await ask({ PIPELINE_CACHE: url }, '');
    await ask({}, `cache: ${url}`);
    server.close();
    server.closeAllConnections();
    expect(seen).toEqual(['Bearer secret', undefined]);
  });

  it('is not in the variables of stages', () => {
    const secrets = { PIPELINE_CACHE_TOKEN: 'secret', PIPELINE_CACHE_SIGNING_KEY: 'secret' };
    const variables = { PATH: '/bin', ...secrets, PIPELINE_CACHE: 'x' };
    expect(withoutSecrets(variables)).toEqual({ PATH: '/bin', PIPELINE_CACHE: 'x' });
  });
});

describe('the key that signs results', () => {
  const { privateKey, publicKey } = newKeyPair();
  const folder = mkdtempSync(join(tmpdir(), 'key-'));
  const sourceWith = (given: string, text = 'cache: /x') =>
    remoteSource({
      mode: 'read',
      environment: { PIPELINE_CACHE_SIGNING_KEY: given },
      root: '/',
      readPipeline: () => pipelineOf(text),
    });

  it('is in the variable or in a file', async () => {
    const file = join(folder, 'key');
    writeFileSync(file, `${privateKey}\n`);
    for (const given of [privateKey, ` ${privateKey}\n`, file]) {
      const source = sourceWith(given);
      const opened = source.ok ? await source.value!.open() : undefined;
      expect(opened?.signer?.publicKey).toBe(publicKey);
    }
  });

  it.each([
    ['a public key', publicKey],
    ['half of a key', privateKey.slice(0, 30)],
    ['a path of nothing', '/no/such/file'],
    ['a folder', tmpdir()],
  ])('is refused if it is %s, and not shown', (_, given) => {
    const source = sourceWith(given);
    expect(source.ok).toBe(false);
    if (!source.ok) {
      expect(source.error.message).toContain('is neither a private key nor the path of a file');
      expect(JSON.stringify(source.error)).not.toContain(given);
    }
  });

  it('may be missing, and the pipeline says whom to trust in any case', async () => {
    const environment = { PIPELINE_CACHE: '/y' };
    const text = `cache: { trust: ["${publicKey}"], limit: 2MB/s }`;
    const readPipeline = () => pipelineOf(text);
    const source = remoteSource({ mode: 'read', environment, root: '/', readPipeline });
    const opened = source.ok ? await source.value!.open() : undefined;
    expect(opened).toMatchObject({ trust: [publicKey], limit: 2_000_000 });
    expect(opened?.remote.address).toBe('/y');
    expect(opened?.signer).toBeUndefined();
  });
});
