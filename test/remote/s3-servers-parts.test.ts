/** Large files in real S3 servers: sent in parts, which are joined or removed. */
import { describe, expect, it } from 'vitest';
import { beginningOf } from '../../src/remote/http-request.ts';
import { bodyFiles } from './body-file.ts';
import { bucketAt, never } from './bucket.ts';
import { contentOf, nameOf } from './contract.ts';
import { s3Servers } from './s3-servers.ts';

const fileOf = bodyFiles();

describe.each(s3Servers.map((one) => [one.name, one] as const))('%s', (_, { missing, start }) => {
  it('joins the parts to the file', async ({ skip }) => {
    skip(missing !== undefined, missing);
    const server = await start('lab');
    try {
      const least = 5 << 20;
      const bytes = Buffer.alloc(2 * least + 1000, 'many bytes ');
      const remote = bucketAt(server.url, least);
      const name = nameOf(bytes);
      await remote.put('cas', name, fileOf(bytes), { ifAbsent: false, signal: never });
      expect(await remote.size('cas', name, never)).toBe(bytes.length);
      expect((await contentOf(remote, 'cas', name))?.equals(bytes)).toBe(true);
      const rest = await contentOf(remote, 'cas', name, least + 7);
      expect(rest?.equals(bytes.subarray(least + 7))).toBe(true);
      const missing = bucketAt(server.url, least, 'nobody');
      const put = missing.put('cas', name, fileOf(bytes), { ifAbsent: false, signal: never });
      await expect(put).rejects.toMatchObject({ message: 'answered 404 (NoSuchBucket)' });
    } finally {
      server.close();
    }
  });

  it('has no parts after an upload that was given up', async ({ skip }) => {
    skip(missing !== undefined, missing);
    const server = await start('lab');
    try {
      const least = 5 << 20;
      const bytes = Buffer.alloc(2 * least, 'many bytes ');
      const remote = bucketAt(server.url, least);
      const name = nameOf(bytes);
      const stop = new AbortController();
      const onPart = (): void => stop.abort();
      const options = { ifAbsent: false, onPart, signal: stop.signal };
      await expect(remote.put('cas', name, fileOf(bytes), options)).rejects.toBeDefined();
      const uploads = async (): Promise<number> => {
        const url = new URL(`${server.url}/lab?uploads=`);
        const text = await beginningOf(
          await remote.request({ method: 'GET', url, signal: never }),
          never,
        );
        expect(text).toContain('ListMultipartUploadsResult');
        return text.split('<UploadId>').length - 1;
      };
      expect(await uploads()).toBe(1);
      await remote.abandon('cas', name);
      expect(await uploads()).toBe(0);
    } finally {
      server.close();
    }
  });
});
