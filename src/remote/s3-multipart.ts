/**
 * Uploads a large file to S3 in parts. After a failure, the next attempt continues after the last
 * part that arrived.
 */

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isStop } from '../base/is-stop.ts';
import { type PutOptions, type RemoteBody, RemoteError } from '../runner/index.ts';
import type { HttpRemote } from './http.ts';
import { beginningOf, type HttpRequest } from './http-request.ts';
import { piecesOf } from './pieces.ts';

type FileBody = Extract<RemoteBody, { file: string }>;

const MOST_PARTS = 10_000;
/** How long a failed upload may take to be removed. The program ends 2 s after Ctrl-C. */
const REMOVE_MS = 1500;

interface Unfinished {
  readonly id: string;
  /** What the server calls the parts that it has. */
  readonly tags: string[];
  /** The digest of these parts. */
  sum: ReturnType<typeof createHash>;
}

export class MultipartUploads {
  private readonly http: HttpRemote;
  private readonly partSize: number;
  /** By address. */
  private readonly unfinished = new Map<string, Unfinished>();

  constructor(http: HttpRemote, partSize: number) {
    this.http = http;
    this.partSize = partSize;
  }

  /** `digest` is that of the file. */
  async put(url: URL, body: FileBody, digest: string, options: PutOptions): Promise<void> {
    const { signal } = options;
    const upload = this.unfinished.get(url.href) ?? (await this.begin(url, signal));
    this.unfinished.set(url.href, upload);
    await this.sendParts(url, body, upload, options);
    if (upload.sum.copy().digest('hex') !== digest) {
      throw new RemoteError(
        'wrong',
        `did not get the file ${digest.slice(0, 12)}, because it has changed`,
        {
          advice: '"pipeline verify" finds damaged files',
        },
      );
    }
    await this.complete(url, upload, signal);
    this.unfinished.delete(url.href);
  }

  /** Parts that are left on the server cost money. A rule of the bucket can remove them as well. */
  async abandon(url: URL): Promise<void> {
    const upload = this.unfinished.get(url.href);
    if (!upload) return;
    this.unfinished.delete(url.href);
    const signal = AbortSignal.timeout(REMOVE_MS);
    try {
      await this.ask(url, { method: 'DELETE', url: at(url, { uploadId: upload.id }), signal });
    } catch (problem) {
      if (!(problem instanceof RemoteError) && !isStop(problem, signal)) throw problem;
    }
  }

  private async begin(url: URL, signal: AbortSignal): Promise<Unfinished> {
    const answer = await this.http.request({
      method: 'POST',
      url: at(url, { uploads: '' }),
      signal,
    });
    if (answer.statusCode !== 200) throw await this.http.failure(answer, signal);
    const text = await beginningOf(answer, signal);
    const id = /<UploadId>([^<]+)<\/UploadId>/.exec(text)?.[1];
    if (id === undefined) throw new RemoteError('wrong', 'did not begin an upload in parts');
    return { id, tags: [], sum: createHash('sha256') };
  }

  private async sendParts(
    url: URL,
    { file, size }: FileBody,
    upload: Unfinished,
    { pace, onPart, signal }: PutOptions,
  ): Promise<void> {
    const partSize = Math.max(this.partSize, Math.ceil(size / MOST_PARTS));
    for (let from = upload.tags.length * partSize; from < size; from += partSize) {
      signal.throwIfAborted();
      const body = { file, from, size: Math.min(partSize, size - from) };
      const part = createHash('sha256');
      const sum = upload.sum.copy();
      for await (const piece of piecesOf(body)) {
        part.update(piece);
        sum.update(piece);
      }
      const number = String(upload.tags.length + 1);
      const { etag } = (
        await this.ask(url, {
          method: 'PUT',
          url: at(url, { partNumber: number, uploadId: upload.id }),
          headers: { 'x-amz-content-sha256': part.digest('hex') },
          body,
          pace,
          signal,
        })
      ).headers;
      if (etag === undefined) throw new RemoteError('wrong', 'sent no ETag for a part of a file');
      upload.tags.push(etag);
      upload.sum = sum;
      onPart?.();
    }
  }

  private async complete(url: URL, { id, tags }: Unfinished, signal: AbortSignal): Promise<void> {
    const parts = tags.map(
      (tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`,
    );
    const bytes = Buffer.from(
      `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
    );
    const body = { bytes, size: bytes.length };
    const request = { method: 'POST', url: at(url, { uploadId: id }), body, signal } as const;
    const { text } = await this.ask(url, request);
    // The status was sent before the server knew whether it succeeds.
    const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
    if (code !== undefined) throw new RemoteError('busy', `could not join a file (${code})`);
  }

  /** Rejects unless it succeeds. If the server has forgotten the parts, the next attempt sends all. */
  private async ask(
    file: URL,
    request: HttpRequest,
  ): Promise<{ readonly headers: IncomingHttpHeaders; readonly text: string }> {
    const { signal } = request;
    const answer = await this.http.request(request);
    const { statusCode = 0, headers } = answer;
    if (statusCode >= 200 && statusCode < 300) {
      return { headers, text: await beginningOf(answer, signal) };
    }
    const failure = await this.http.failure(answer, signal);
    if (statusCode !== 404) throw failure;
    this.unfinished.delete(file.href);
    throw new RemoteError('busy', failure.message);
  }
}

function at(url: URL, query: Readonly<Record<string, string>>): URL {
  const full = new URL(url);
  for (const name in query) full.searchParams.set(name, query[name]!);
  return full;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
