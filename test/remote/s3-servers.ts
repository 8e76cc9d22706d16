/** The S3 servers that the tests run with. */
import { noMoto, startMoto } from './moto.ts';
import { noVersitygw, startVersitygw } from './versitygw.ts';

export interface S3Server {
  readonly url: string;
  readonly close: () => void;
}

export interface S3Kind {
  readonly name: string;
  /** Why the tests with it are skipped. */
  readonly missing: string | undefined;
  /** Whether it refuses wrong secrets and wrong bytes. */
  readonly checks: boolean;
  /** Starts one with an empty bucket. `log`: a file for a line per request. */
  readonly start: (bucket: string, log?: string) => Promise<S3Server>;
}

/** The credentials of all of them. */
export const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

export const s3Servers: readonly S3Kind[] = [
  { name: 'moto', missing: noMoto, checks: false, start: startMoto },
  { name: 'versitygw', missing: noVersitygw, checks: true, start: startVersitygw },
];
