/** Digests and stamps of files by name, in one file of lines. It is read at the first lookup. */
import type { Digest } from '../key/digest.ts';
import type { KnownEntry } from '../store/known-bytes.ts';
import { type CheckedLog, contentOf, HEAD } from './checked-log.ts';

/** A SHA-256 in hexadecimal. */
export const DIGEST_LENGTH = 64;

export class DigestLog {
  private readonly log: CheckedLog;
  private readonly isOwn: (name: string) => boolean;
  /** A line is parsed when its name is first looked up. */
  private entries: Map<string, string | KnownEntry> | undefined;
  private others = new Map<string, string>();
  private added: string[] = [];

  /** Names that are not its own belong to another log. */
  constructor(log: CheckedLog, isOwn: (name: string) => boolean = () => true) {
    this.log = log;
    this.isOwn = isOwn;
  }

  get(name: string): KnownEntry | undefined {
    const entries = this.load();
    const known = entries.get(name);
    if (typeof known !== 'string') return known;
    const entry = entryOf(known);
    if (entry) entries.set(name, entry);
    else entries.delete(name);
    return entry;
  }

  remember(name: string, { stamp, digest }: KnownEntry): void {
    this.load().set(name, { stamp, digest });
    this.added.push(textOf(name, { stamp, digest }));
  }

  /** Its file has lines of names that are not its own. Each is given once. */
  *takeOthers(): Iterable<readonly [name: string, entry: KnownEntry]> {
    this.load();
    const { others } = this;
    this.others = new Map();
    for (const [name, line] of others) {
      const entry = entryOf(line);
      if (entry) yield [name, entry];
    }
  }

  /** Throws a system error if the disk refuses. The next call tries again. */
  save(): void {
    if (this.added.length === 0) return;
    if (this.log.isMostlyOutdated(this.load().size)) this.log.rewrite(this.contents());
    else this.log.append(this.added, () => this.contents());
    this.added = [];
  }

  /** Writes only the entries that count. Throws a system error if the disk refuses. */
  rewrite(): void {
    this.log.rewrite(this.contents());
    this.added = [];
  }

  /** Returns whether it had the name. */
  delete(name: string): boolean {
    return this.load().delete(name);
  }

  private *contents(): Iterable<string> {
    for (const name of [...this.load().keys()]) {
      const known = this.get(name);
      if (known) yield textOf(name, known);
    }
  }

  private load(): Map<string, string | KnownEntry> {
    if (this.entries) return this.entries;
    const entries = new Map<string, string | KnownEntry>();
    this.entries = entries;
    for (const line of this.log.lines()) {
      const name = nameIn(line);
      (this.isOwn(name) ? entries : this.others).set(name, line);
    }
    return entries;
  }
}

/** The name of an object is its digest, so its line needs no path. */
function textOf(name: string, { stamp, digest }: KnownEntry): string {
  return `${stamp}\t${digest}\t${name === digest ? '' : name}`;
}

/** A path may contain tabs. */
function nameIn(line: string): string {
  const named = line.indexOf('\t', HEAD) + 1 + DIGEST_LENGTH;
  return line.slice(named + 1) || line.slice(named - DIGEST_LENGTH, named);
}

function entryOf(line: string): KnownEntry | undefined {
  const text = contentOf(line);
  if (text === undefined) return undefined;
  const stamped = text.indexOf('\t');
  const digest = text.slice(stamped + 1, stamped + 1 + DIGEST_LENGTH) as Digest;
  return { stamp: text.slice(0, stamped), digest };
}
