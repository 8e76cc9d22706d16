/** What long documents were parsed to, by their text: a file for each path, overwritten when it changes. */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { digestOf } from '../key/digest.ts';
import { writeDurably } from './durable.ts';
import type { Layout } from './layout.ts';

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
    try {
      const bytes = readFileSync(this.layout.parsedDocument(digestOf(path)));
      const body = bytes.subarray(HEAD);
      return bytes.toString('latin1', 0, HEAD) === headOf(text, body) ? body : undefined;
    } catch {
      return undefined;
    }
  }

  /** That it can't be kept costs a parsing next time. */
  put(path: string, text: string, bytes: Uint8Array): void {
    if (text.length < LONG || !this.keeps) return;
    try {
      const whole = Buffer.concat([Buffer.from(headOf(text, bytes), 'latin1'), bytes]);
      writeDurably(this.layout.parsedDocument(digestOf(path)), whole, this.layout.temporary);
    } catch {
      // Told by what needs the disk more.
    }
  }
}

/** The digest of the text and a check of the bytes. */
function headOf(text: string, bytes: Uint8Array): string {
  return `${digestOf(text)}${crc32(bytes).toString(16).padStart(8, '0')}`;
}

const HEAD = 72;
