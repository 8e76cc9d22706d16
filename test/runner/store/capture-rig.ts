/** The output of a stage, which a test writes and stores. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readArtifact } from '../../../src/runner/store/artifact.ts';
import { captureOutputs } from '../../../src/runner/store/capture.ts';
import { Layout } from '../../../src/runner/store/layout.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';

export class CaptureRig {
  readonly root = mkdtempSync(join(tmpdir(), 'capture-'));
  /** The output of a stage. */
  readonly folder = join(this.root, 'made');
  readonly store = new ObjectStore(new Layout(join(this.root, 'artifacts')));

  constructor() {
    mkdirSync(this.folder);
  }

  write(path: string | Buffer, content: string | Uint8Array, mode = 0o644): void {
    if (typeof path === 'string') {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    }
    const inFolder = Buffer.concat([Buffer.from(`${this.folder}/`), Buffer.from(path)]);
    writeFileSync(inFolder, content, { mode });
    chmodSync(inFolder, mode);
  }

  capture(mayOutlive = false) {
    const { folder } = this;
    return captureOutputs([{ port: 'out', folder, single: false }], this.store, { mayOutlive });
  }

  /** Path -> text, as read back from the store. */
  kept(mayOutlive = false): Record<string, string> {
    const captured = this.capture(mayOutlive);
    if (!captured.ok) throw new Error(captured.error.message);
    const { files } = readArtifact(captured.value.get('out')!.artifact.digest, this.store)!;
    return Object.fromEntries(
      files.map(({ path, digest }) => [path, readFileSync(this.store.path(digest), 'utf8')]),
    );
  }

  refusal(): string | undefined {
    const captured = this.capture();
    return captured.ok ? undefined : captured.error.message;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const large = 'x'.repeat(2 << 20);
