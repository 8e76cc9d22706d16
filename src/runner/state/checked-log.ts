/**
 * The common format of all files that are remembered between runs: lines with a checksum each.
 *
 * A run only appends. A line that is incomplete because a run was killed, or damaged by a disk,
 * counts as absent. A file that can't be read counts as empty: everything in it can be computed
 * again, so deleting it costs time only.
 */
import { appendFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { inPieces } from '../../base/in-pieces.ts';
import { isOtherThanFile, readOwnFile } from '../../base/read-file.ts';
import { isSystemError, type SystemError } from '../../base/system-error.ts';
import { inFolder, writeDurably } from '../store/durable.ts';
import { type FileStamp, fileAt, fileStampOf } from '../store/file-stamp.ts';
import { atOnce, type Flushes } from '../store/flushes.ts';

/** A CRC-32 in hexadecimal. One more byte separates it from the content. */
const CHECK = 8;
export const HEAD = CHECK + 1;

const NEWLINE = 10;

/** After a power cut the file may be incomplete. Incomplete lines are not used. */
export const unflushed: Flushes = { flush: () => undefined, first: false };

export class CheckedLog {
  private readonly path: string;
  private readonly temporary: string;
  private readonly old: string | undefined;
  /** The length of the file, from what this process has read and written. */
  private bytes = 0;
  /** The number of its lines. */
  private count = 0;
  /** Whether the lines were read from the file of an earlier version. */
  isOld = false;
  /** Why the file could not be read. */
  problem: SystemError | undefined;

  /** `old` is where earlier versions kept it. That file is read if there is no new one, and removed by the first write. */
  constructor(path: string, temporary: string, old?: string) {
    this.path = path;
    this.temporary = temporary;
    this.old = old;
  }

  /**
   * All lines, in order. `contentOf` returns the content of one. For a file of many short lines.
   */
  lines(): readonly string[] {
    const lines = this.bytesRead().toString().split('\n').filter(Boolean);
    this.count = lines.length;
    return lines;
  }

  /**
   * The content of all undamaged lines, in order. For a file of a few long lines, which are not
   * converted to text all at once.
   */
  contents(): readonly Buffer[] {
    const file = this.bytesRead();
    const contents: Buffer[] = [];
    for (let at = 0; at < file.length; ) {
      const found = file.indexOf(NEWLINE, at);
      const end = found < 0 ? file.length : found;
      if (end > at) {
        this.count++;
        const content = file.subarray(at + HEAD, end);
        if (isCheckOf(file.toString('latin1', at, at + CHECK), content)) contents.push(content);
      }
      at = end + 1;
    }
    return contents;
  }

  /**
   * `all` returns all contents, in case the file has to be rewritten. Throws a system error if the
   * disk refuses.
   */
  append(contents: readonly string[], all: () => Iterable<string>): void {
    if (this.isOld || isOtherThanFile(this.path)) {
      this.rewrite(all());
      return;
    }
    // The file may end in an incomplete line, so start a new one.
    const text = `\n${contents.map(lineOf).join('\n')}\n`;
    inFolder(dirname(this.path), () => appendFileSync(this.path, text));
    this.bytes += Buffer.byteLength(text);
    this.count += contents.length;
  }

  /** A line that another process appends meanwhile is lost, which costs time only. */
  rewrite(contents: Iterable<string>, flushes = atOnce): void {
    let bytes = 0;
    let count = 0;
    function* lines(): Iterable<string> {
      for (const content of contents) {
        const line = lineOf(content);
        bytes += Buffer.byteLength(line) + 1;
        count++;
        yield line;
      }
    }
    writeDurably(this.path, inPieces(lines()), this.temporary, flushes);
    this.bytes = bytes;
    this.count = count;
    if (this.isOld && this.old !== undefined) rmSync(this.old, { force: true });
    this.isOld = false;
  }

  /** Whether most lines are outdated, if `counting` lines still count. */
  isMostlyOutdated(counting: number): boolean {
    return this.count > 1000 && this.count > 4 * counting;
  }

  /** The stamp of the file. Undefined if the file may contain more than this process knows. */
  stamp(): FileStamp | undefined {
    const file = fileAt(this.path);
    return file?.size === this.bytes ? fileStampOf(file) : undefined;
  }

  private bytesRead(): Buffer {
    let file = this.readFile(this.path);
    if (!file && this.old !== undefined) {
      file = this.readFile(this.old);
      this.isOld = file !== undefined;
    }
    this.bytes = file?.length ?? 0;
    return file ?? Buffer.alloc(0);
  }

  private readFile(path: string): Buffer | undefined {
    try {
      return readOwnFile(path);
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      this.problem = problem;
      return undefined;
    }
  }
}

/** The content of a line. Undefined if the line is incomplete or damaged. */
export function contentOf(line: string): string | undefined {
  // The first versions wrote no checksums.
  if (line.startsWith('{')) return line;
  const content = line.slice(HEAD);
  return isCheckOf(line.slice(0, CHECK), content) ? content : undefined;
}

function isCheckOf(check: string, content: string | Buffer): boolean {
  return Number.parseInt(check, 16) === crc32(content);
}

export function lineOf(content: string): string {
  return `${crc32(content).toString(16).padStart(CHECK, '0')} ${content}`;
}
