/** The servers of the benchmark: started here, or one that runs already. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noNginx, startNginx } from '../../test/remote/nginx.ts';
import { keys, type S3Kind, s3Servers } from '../../test/remote/s3-servers.ts';

export interface BenchServer {
  /** What the program finds the cache by, and its credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** The methods of all requests since the last call. Undefined if the server has no log. */
  readonly requests: () => ReadonlyMap<string, number> | undefined;
  /** The words of a command that downloads an object to a file, for comparison. */
  readonly curl: (digest: string, file: string) => readonly string[];
  readonly close: () => void;
}

/** A text is the reason why the server is left out. */
export const servers: Readonly<Record<string, () => Promise<BenchServer | string>>> = {
  nginx: () => startedNginx(),
  /** As over a network of one gigabit per second. */
  gigabit: () => startedNginx('limit_rate 119m;'),
  ...Object.fromEntries(s3Servers.map((kind) => [kind.name, () => startedS3(kind)])),
  /** One that runs already. */
  s3: async () => {
    const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, BENCH_BUCKET } =
      process.env;
    if (!AWS_ENDPOINT_URL || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY || !BENCH_BUCKET) {
      return 'set AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and BENCH_BUCKET';
    }
    const given = s3(AWS_ENDPOINT_URL, BENCH_BUCKET, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY);
    return { ...given, requests: () => undefined, close: () => undefined };
  },
};

async function startedNginx(location?: string): Promise<BenchServer | string> {
  if (noNginx) return noNginx;
  const { url, log, close } = await startNginx(location);
  return {
    environment: { PIPELINE_CACHE: url },
    requests: counter(log),
    curl: (digest, file) => ['curl', '-sf', '-o', file, `${url}/cas/${digest}`],
    close,
  };
}

async function startedS3({ missing, start }: S3Kind): Promise<BenchServer | string> {
  if (missing) return missing;
  const folder = mkdtempSync(join(tmpdir(), 'bench-s3-'));
  const log = join(folder, 'log');
  const { url, close } = await start('lab', log);
  return {
    ...s3(url, 'lab', keys.AWS_ACCESS_KEY_ID, keys.AWS_SECRET_ACCESS_KEY),
    requests: counter(log),
    close: () => {
      close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function s3(
  url: string,
  bucket: string,
  id: string,
  secret: string,
): Pick<BenchServer, 'environment' | 'curl'> {
  const prefix = `${bucket}/bench-${process.pid}`;
  return {
    environment: {
      PIPELINE_CACHE: `s3://${prefix}`,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
    },
    curl: (digest, file) => {
      const sign = ['--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', `${id}:${secret}`];
      // Older versions of curl do not send it, and versitygw requires it.
      sign.push('--header', 'x-amz-content-sha256: UNSIGNED-PAYLOAD');
      return ['curl', '-sf', ...sign, '-o', file, `${url}/${prefix}/cas/${digest}`];
    },
  };
}

/** Counts the methods in a log of requests, such as `"GET /x HTTP/1.1" 200` or `| GET | /x |`. */
function counter(log: string): BenchServer['requests'] {
  let read = 0;
  return () => {
    const text = readFileSync(log, 'latin1');
    const counts = new Map<string, number>();
    for (const [, method, path] of text.slice(read).matchAll(/["|] ?([A-Z]+) (?:\| )?(\/\S+)/g)) {
      // A listing names no object.
      const what = /\/(?:ac|cas)\//.test(path!) ? method! : 'other';
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    read = text.length;
    return counts;
  };
}
