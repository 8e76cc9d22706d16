/**
 * A folder that appears complete or not at all: it is filled under another name beside its place. A killed process
 * leaves that folder, whose name begins with the name of the target.
 */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ownName } from '../../../base/maker.ts';
import { fail, ok, type Result } from '../../../base/result.ts';
import { hasCode, isSystemError, unlessAbsent } from '../../../base/system-error.ts';
import { type Diagnostic, error } from '../../document/diagnostic.ts';
import { type Digest, digestFile, digestOf } from '../../key/digest.ts';
import { fileAt } from '../../store/file-stamp.ts';
import type { CrateFile } from './crate.ts';

export type FileRole = 'result' | 'document' | 'about' | 'crate';

export class NewFolder {
  private readonly target: string;
  private readonly beside: string;
  private readonly files: (CrateFile & { readonly role: FileRole })[] = [];

  /** The folder may exist if it is empty. */
  static at(folder: string): Result<NewFolder, Diagnostic> {
    const target = resolve(folder);
    try {
      const entries = unlessAbsent(() => readdirSync(target));
      const isFile = entries === undefined && fileAt(target) !== undefined;
      if (isFile || (entries && entries.length > 0)) {
        const what = isFile ? 'is a file' : 'already has files';
        const suggestion = 'choose a new folder';
        return fail(error(`"${folder}" ${what}`, undefined, { suggestion }));
      }
      const beside = `${target}.${ownName()}`;
      mkdirSync(beside, { recursive: true });
      return ok(new NewFolder(target, beside));
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      return fail(error(`could not create "${folder}": ${problem.message}`));
    }
  }

  private constructor(target: string, beside: string) {
    this.target = target;
    this.beside = beside;
  }

  /** False if the bytes do not have this digest. */
  copy(from: string, path: string, role: FileRole, digest?: Digest): boolean {
    const to = this.placeOf(path);
    copyFileSync(from, to);
    // Objects are read-only, but this folder belongs to the user.
    chmodSync(to, 0o644);
    const copied = digestFile(to);
    if (digest !== undefined && copied !== digest) return false;
    this.files.push({ path, size: fileAt(to)!.size, digest: copied, role });
    return true;
  }

  add(path: string, text: string, role: FileRole): void {
    writeFileSync(this.placeOf(path), text);
    this.files.push({ path, size: Buffer.byteLength(text), digest: digestOf(text), role });
  }

  filesOf(role: FileRole): readonly CrateFile[] {
    return this.files.filter((file) => file.role === role);
  }

  get count(): number {
    return this.files.length;
  }

  get bytes(): number {
    return this.files.reduce((sum, { size }) => sum + size, 0);
  }

  /** Throws a system error if the target has got files meanwhile. */
  finish(): void {
    try {
      renameSync(this.beside, this.target);
    } catch (problem) {
      if (!hasCode(problem, 'ENOTDIR')) throw problem;
      // A link to an empty folder.
      for (const name of readdirSync(this.beside)) {
        renameSync(join(this.beside, name), join(this.target, name));
      }
    }
  }

  /** Removes what is not finished. */
  close(): void {
    rmSync(this.beside, { recursive: true, force: true });
  }

  private placeOf(path: string): string {
    const place = join(this.beside, path);
    mkdirSync(dirname(place), { recursive: true });
    return place;
  }
}
