/** A bucket of S3, or of another server that speaks its protocol, as an HTTP cache. */
import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import type { CacheAddress } from '../base/cache-address.ts';
import type { PutOptions, RemoteBody, RemoteKind } from '../runner/index.ts';
import { type AwsSettings, awsSettings } from './aws-settings.ts';
import { type HttpOptions, HttpRemote } from './http.ts';
import type { HttpRequest } from './http-request.ts';
import type { RemoteOptions } from './remote-options.ts';
import { MultipartUploads } from './s3-multipart.ts';
import { unusableSettings } from './unusable.ts';

const ADVICE = {
  access:
    'put credentials into ~/.aws or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; without the permission s3:ListBucket, S3 answers 403 for every missing file',
  redirect: 'name the region of the bucket in AWS_REGION',
};

/** Larger files are sent in parts. A server accepts at most 5 GB in one request. */
const PART_SIZE = 1 << 26;

/** An HTTP cache that takes large files in parts. */
export class S3Remote extends HttpRemote {
  private readonly parts: MultipartUploads;
  private readonly partSize: number;

  constructor(options: HttpOptions, partSize: number) {
    super(options);
    this.partSize = partSize;
    this.parts = new MultipartUploads(this, partSize);
  }

  override async put(
    kind: RemoteKind,
    name: string,
    body: RemoteBody,
    options: PutOptions,
  ): Promise<void> {
    if ('file' in body && body.size > this.partSize) {
      return this.parts.put(this.urlOf(kind, name), body, name, options);
    }
    return super.put(kind, name, body, options);
  }

  abandon(kind: RemoteKind, name: string): Promise<void> {
    return this.parts.abandon(this.urlOf(kind, name));
  }
}

export function s3Bucket(
  { bucket, prefix }: Extract<CacheAddress, { kind: 's3' }>,
  options: RemoteOptions,
  partSize = PART_SIZE,
): S3Remote {
  const settings = awsSettings(options);
  const root = `${baseOf(bucket, settings)}${prefix === '' ? '' : `/${prefix}`}`;
  const { credentials, region } = settings;
  const fault = unusableSettings(settings);
  // The key that signs is the same for a day.
  const cache = new Map<string, ArrayBuffer>();
  const http: HttpOptions = {
    address: `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`,
    advice: ADVICE,
    urlOf: (kind, name) => {
      if (fault) throw fault;
      return new URL(`${root}/${kind}/${name}`);
    },
    authorize: async ({ method, url, headers, body }) => {
      if (!credentials) return {};
      const signer = new AwsV4Signer({
        ...credentials,
        method,
        url: url.href,
        // The server compares the bytes with this digest.
        headers: { 'x-amz-content-sha256': digestOf(url, body), ...headers },
        service: 's3',
        region,
        cache,
      });
      const signed = await signer.sign();
      return Object.fromEntries(signed.headers);
    },
  };
  return new S3Remote(http, partSize);
}

/** Amazon's servers have one name per bucket. Others usually have the bucket in the path. */
function baseOf(bucket: string, { region, endpoint }: AwsSettings): string {
  if (endpoint) return `${endpoint.replace(/\/+$/, '')}/${bucket}`;
  // The certificate covers no further dots.
  if (bucket.includes('.')) return `https://s3.${region}.amazonaws.com/${bucket}`;
  return `https://${bucket}.s3.${region}.amazonaws.com`;
}

/** A whole file is an object of the store, so its name is its digest. */
function digestOf({ pathname }: URL, body: HttpRequest['body']): string {
  if (body && 'file' in body) return pathname.slice(pathname.lastIndexOf('/') + 1);
  return createHash('sha256')
    .update(body?.bytes ?? '')
    .digest('hex');
}
