/** S3 as a remote: the rules with a real server, the signatures, and where settings come from. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsSettings } from '../../src/remote/aws-settings.ts';
import { drop } from '../../src/remote/http-request.ts';
import { s3Bucket } from '../../src/remote/s3.ts';
import type { Remote } from '../../src/runner/index.ts';
import { contentOf, describeRemote, nameOf } from './contract.ts';
import { FaultServer } from './fault-server.ts';
import { keys, type S3Server, s3Servers } from './s3-servers.ts';

const never = new AbortController().signal;
let count = 0;

for (const { name, missing, checks, start } of s3Servers) {
  describe.skipIf(missing !== undefined)(`${name}${missing ? ` (${missing})` : ''}`, () => {
    let server: S3Server;
    beforeAll(async () => {
      server = await start('lab');
    });
    afterAll(() => server.close());

    const bucketOf = (prefix: string, { bucket = 'lab', more = {} } = {}) => {
      const environment = { ...keys, AWS_ENDPOINT_URL: server.url, ...more };
      const address = { kind: 's3', bucket, prefix } as const;
      return s3Bucket(address, { root: '/', home: '/nowhere', environment });
    };

    describeRemote(`S3 of ${name}`, () => {
      const remote = bucketOf(`project-${count++}/cache`);
      return {
        remote,
        lose: async (digest) => {
          const url = remote.urlOf('cas', digest);
          drop(await remote.request({ method: 'DELETE', url, signal: never }));
        },
        keepsFirst: true,
      };
    });

    it('says that a bucket does not exist', async () => {
      const remote = bucketOf('', { bucket: 'nobody' });
      const problem = { problem: 'unreachable', message: 'does not exist' };
      await expect(contentOf(remote, 'ac', nameOf('x'))).rejects.toMatchObject(problem);
      const body = { bytes: Buffer.from('x'), size: 1 };
      const put = remote.put('ac', nameOf('x'), body, { ifAbsent: true, signal: never });
      await expect(put).rejects.toMatchObject({ message: 'answered 404 (NoSuchBucket)' });
    });

    if (!checks) return;
    describe('checks', () => {
      const file = join(mkdtempSync(join(tmpdir(), 's3-')), 'file');
      const put = (remote: Remote, key: string) =>
        remote.put('cas', key, { file, size: 5 }, { ifAbsent: false, signal: never });

      it('the secret and the id', async () => {
        writeFileSync(file, 'bytes');
        const answers = {
          'answered 403 (SignatureDoesNotMatch)': { AWS_SECRET_ACCESS_KEY: 'another' },
          // Not a missing file.
          'answered 404 (XAdminUserNotFound)': { AWS_ACCESS_KEY_ID: 'nobody' },
        };
        for (const [message, more] of Object.entries(answers)) {
          const remote = bucketOf('secrets', { more });
          const refused = { problem: 'refused', message };
          await expect(put(remote, nameOf('bytes'))).rejects.toMatchObject(refused);
          await expect(contentOf(remote, 'ac', 'x')).rejects.toMatchObject(refused);
        }
      });

      it('the bytes of a file', async () => {
        const remote = bucketOf('digests');
        writeFileSync(file, 'bites');
        const problem = { problem: 'wrong', message: expect.stringContaining('answered 400 (') };
        await expect(put(remote, nameOf('bytes'))).rejects.toMatchObject(problem);
        expect(await contentOf(remote, 'cas', nameOf('bytes'))).toBeUndefined();
        writeFileSync(file, 'bytes');
        await put(remote, nameOf('bytes'));
        expect(String(await contentOf(remote, 'cas', nameOf('bytes')))).toBe('bytes');
      });
    });
  });
}

describe('requests to S3', () => {
  const python = spawnSync('python3', ['-c', 'import botocore']).status === 0;

  it('are signed as Amazon signs them', async ({ skip }) => {
    skip(!python, 'Python has no botocore');
    const faults = await new FaultServer().start();
    const seen: { method: string; url: string; region: string; headers: IncomingHttpHeaders }[] =
      [];
    faults.handler = ({ method = '', url = '', headers }, _answer, _stored, usual) => {
      seen.push({ method, url: `${faults.url}${url}`, region: 'eu-west-1', headers });
      usual();
    };
    const environment = {
      ...keys,
      AWS_SESSION_TOKEN: 'token',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_S3: faults.url,
    };
    const options = { root: '/', home: '/nowhere', environment };
    const remote = s3Bucket({ kind: 's3', bucket: 'a.b', prefix: 'x_y/v1.2-z' }, options);
    const file = join(mkdtempSync(join(tmpdir(), 's3-')), 'file');
    writeFileSync(file, 'bytes');
    const key = nameOf('bytes');
    const bytes = Buffer.from('record');
    await remote.put('cas', key, { file, size: 5 }, { ifAbsent: false, signal: never });
    await remote.put('ac', key, { bytes, size: 6 }, { ifAbsent: true, signal: never });
    await remote.size('cas', key, never);
    await contentOf(remote, 'cas', key);
    await contentOf(remote, 'cas', key, 2);
    faults.close();
    expect(seen.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'HEAD', 'GET', 'GET']);
    const { stdout, stderr } = spawnSync('python3', ['test/remote/sign.py'], {
      input: JSON.stringify(seen),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const sent = seen.map(({ headers }) => /Signature=(\w+)/.exec(headers.authorization!)?.[1]);
    expect(sent).toEqual(stdout.trim().split('\n'));
    expect(seen[0]!.headers['x-amz-content-sha256']).toBe(key);
    expect(seen[1]!.headers['x-amz-content-sha256']).toBe(nameOf('record'));
    expect(seen[1]!.headers['if-none-match']).toBe('*');
  });

  it('have no signature without credentials', async () => {
    const faults = await new FaultServer().start();
    const headers: IncomingHttpHeaders[] = [];
    faults.handler = (request, _answer, _stored, usual) => {
      headers.push(request.headers);
      usual();
    };
    const environment = { AWS_ENDPOINT_URL: faults.url };
    const options = { root: '/', home: '/nowhere', environment };
    await s3Bucket({ kind: 's3', bucket: 'open', prefix: '' }, options).size('ac', 'x', never);
    faults.close();
    expect(headers[0]).not.toHaveProperty('authorization');
  });
});

describe('the settings of AWS', () => {
  const home = mkdtempSync(join(tmpdir(), 'aws-'));
  mkdirSync(join(home, '.aws'));
  writeFileSync(
    join(home, '.aws', 'credentials'),
    `[default]
aws_access_key_id = filed
aws_secret_access_key=filed secret

[ci]
aws_access_key_id = ci
aws_secret_access_key = ci secret
aws_session_token = ci token
`,
  );
  writeFileSync(
    join(home, '.aws', 'config'),
    `# settings
[default]
region = eu-central-1
s3 =
  addressing_style = path
[profile ci]
region=us-west-2
endpoint_url = https://s3.lab
`,
  );
  const settings = (environment: Record<string, string>) =>
    awsSettings({ root: '/', home, environment });

  it('come from the files', () => {
    expect(settings({})).toEqual({
      credentials: { accessKeyId: 'filed', secretAccessKey: 'filed secret' },
      region: 'eu-central-1',
    });
    expect(settings({ AWS_PROFILE: 'ci' })).toEqual({
      credentials: { accessKeyId: 'ci', secretAccessKey: 'ci secret', sessionToken: 'ci token' },
      region: 'us-west-2',
      endpoint: 'https://s3.lab',
    });
  });

  it('come from variables first', () => {
    const more = { AWS_DEFAULT_REGION: 'x', AWS_ENDPOINT_URL: 'http://a' };
    expect(settings({ ...keys, ...more, AWS_PROFILE: 'ci' })).toEqual({
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      region: 'x',
      endpoint: 'http://a',
    });
  });

  it.each([
    ['localhost:9000', 'the server in AWS_ENDPOINT_URL is "localhost:9000"'],
    ['no server', 'the server in AWS_ENDPOINT_URL is "no server"'],
    ['http://127.0.0.1:9', 'its credentials have a character'],
  ])('that can not be used (%s) are a problem of the cache', async (endpoint, message) => {
    const environment = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'two\nlines',
      AWS_SECRET_ACCESS_KEY: 'x',
    };
    const address = { kind: 's3', bucket: 'b', prefix: '' } as const;
    const remote = s3Bucket(address, { root: '/', home: '/nowhere', environment });
    const problem = { problem: 'refused', message: expect.stringContaining(message) };
    await expect(remote.size('cas', 'x', never)).rejects.toMatchObject(problem);
  });

  it('may end with a line break', () => {
    const environment = { AWS_ACCESS_KEY_ID: 'id\n', AWS_SECRET_ACCESS_KEY: 'secret\n' };
    const { credentials } = awsSettings({ root: '/', home: '/nowhere', environment });
    expect(credentials).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
  });

  it('may have no credentials', () => {
    const environment = { AWS_SHARED_CREDENTIALS_FILE: '/no', AWS_CONFIG_FILE: '/no' };
    expect(settings(environment)).toEqual({ region: 'us-east-1' });
    // Half of the credentials is none.
    expect(settings({ AWS_ACCESS_KEY_ID: 'id' })).not.toHaveProperty('credentials');
  });
});
