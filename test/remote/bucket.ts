/** A bucket that takes files in small parts. */
import { s3Bucket } from '../../src/remote/s3.ts';
import { keys } from './s3-servers.ts';

export const never = new AbortController().signal;

export const bucketAt = (url: string, partSize: number, bucket = 'lab') => {
  const environment = { ...keys, AWS_ENDPOINT_URL: url };
  const address = { kind: 's3', bucket, prefix: 'x' } as const;
  return s3Bucket(address, { root: '/', home: '/nowhere', environment }, partSize);
};
