/** Where the address of the remote cache comes from, and who sees its token. */
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { remoteSource, withoutSecrets } from '../../src/app/remote-cache.ts';
import type { CacheMode, SourceFile } from '../../src/runner/index.ts';

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
    const variables = { PATH: '/bin', PIPELINE_CACHE_TOKEN: 'secret', PIPELINE_CACHE: 'x' };
    expect(withoutSecrets(variables)).toEqual({ PATH: '/bin', PIPELINE_CACHE: 'x' });
  });
});
