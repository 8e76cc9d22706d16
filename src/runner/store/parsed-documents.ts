/** What long documents were parsed to, by their text: a file for each path, overwritten when it changes. */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { digestOf } from '../key/digest.ts';
import { writeDurably } from './durable.ts';
import type { Layout } from './layout.ts';
import { unlessRefused } from './short-cut.ts';

/** What is shorter is parsed in the time that it takes to look; ten times as much takes a tenth of a second. */
const LONG = 1024;

export class ParsedDocuments {
  private readonly layout: Layout;
  private readonly keeps: boolean;

  constructor(layout: Layout, keeps = true) {
    this.layout = layout;
    this.keeps = keeps;
  }

  get(path: string, text: string): Uint8Array | undefined {
    if (text.length < LONG) return undefined;
    const bytes = unlessRefused(() => readFileSync(this.layout.parsedDocument(digestOf(path))));
    const body = bytes?.subarray(HEAD);
    if (!bytes || !body) return undefined;
    return bytes.toString('latin1', 0, HEAD) === headOf(text, body) ? body : undefined;
  }

  /** That it can't be kept costs a parsing next time. */
  put(path: string, text: string, bytes: Uint8Array): void {
    if (text.length < LONG || !this.keeps) return;
    const whole = Buffer.concat([Buffer.from(headOf(text, bytes), 'latin1'), bytes]);
    const target = this.layout.parsedDocument(digestOf(path));
    unlessRefused(() => writeDurably(target, whole, this.layout.temporary));
  }
}

/** The digest of the text and a check of the bytes. */
function headOf(text: string, bytes: Uint8Array): string {
  return `${digestOf(text)}${crc32(bytes).toString(16).padStart(8, '0')}`;
}

const HEAD = 72;
