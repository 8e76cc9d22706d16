/**
 * Runs stage types in this process, each in its own folders, like a worker.
 *
 * The data set is very small and in MNIST's format: each class is a bright square at its own position.
 */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { randomStream } from '../../src/linalg/random.ts';
import { runtimeFact } from '../../src/nn/runtime/fact.ts';
import type {
  CurveNumbers,
  InputArtifact,
  Progress,
  StageContext,
} from '../../src/runner/graph/stage-type.ts';
import { stageTypes } from '../../src/stages/index.ts';
import { type NumpyArray, npzOf } from './npz.ts';

/** A folder with the files of an artifact. */
export type Folder = string;

export interface Given {
  readonly parameters?: object;
  readonly inputs?: Readonly<Record<string, Folder | readonly Folder[]>>;
  /** A folder that is kept between attempts. */
  readonly checkpoints?: Folder;
  readonly signal?: AbortSignal;
  readonly cores?: number;
  readonly onProgress?: (progress: Progress) => void;
}

export class Workbench {
  readonly root = mkdtempSync(join(tmpdir(), 'stages-'));
  readonly log: string[] = [];
  readonly points: CurveNumbers[] = [];
  private folders = 0;

  /** The folders of the outputs, by port. */
  async run(name: string, given: Given = {}): Promise<Record<string, Folder>> {
    const type = stageTypes.get(name)!;
    const outputs = Object.fromEntries(
      Object.keys(type.outputs).map((port) => [port, this.folder()]),
    );
    const inputs = new Map(
      Object.entries(given.inputs ?? {}).map(([port, folders]) => {
        if (!Object.hasOwn(type.inputs, port)) throw new Error(`${name} has no input ${port}`);
        return [port, [folders].flat().map(artifactIn)] as const;
      }),
    );
    const one = (port: string) => inputs.get(port)?.[0];
    const context: StageContext<unknown> = {
      parameters: v.parse(type.parameters, given.parameters ?? {}),
      input: (port) => one(port)!,
      optionalInput: one,
      inputs: (port) => inputs.get(port) ?? [],
      ports: [...inputs.keys()],
      output: (port) => outputs[port]!,
      single: () => undefined,
      fact: (fact) => {
        const beside = Object.values(type.environmentWith ?? {}).flat();
        if (![...(type.environment ?? []), ...beside].includes(fact))
          throw new Error(`${name} declares no ${fact}`);
        return fact === 'runtime' ? runtimeFact(undefined) : 'wasm 4.22.0';
      },
      optionalFact: () => undefined,
      scratch: this.folder(),
      commandOptions: { passEnv: [], scratch: [] },
      environment: {},
      checkpoints: given.checkpoints ?? this.folder(),
      cores: given.cores ?? 1,
      signal: given.signal ?? new AbortController().signal,
      progress: (progress) => given.onProgress?.(progress),
      log: (said) => this.log.push(String(said)),
      point: (numbers) => this.points.push(numbers),
    };
    const { run } = await type.load();
    await run(context as StageContext<never>);
    return outputs;
  }

  /** What the stage `model` makes of these files. */
  async takeModel(
    files: Readonly<Record<string, Uint8Array>>,
    parameters: object = {},
  ): Promise<Folder> {
    const model = this.folder();
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(model, name), bytes);
    return (await this.run('model', { parameters, inputs: { model } })).model!;
  }

  /** What the stage `arrays` makes of samples. */
  async takeSamples(title: string, x: NumpyArray): Promise<Folder> {
    const arrays = this.folder();
    writeFileSync(join(arrays, 'x.npz'), npzOf({ x }));
    return (await this.run('arrays', { parameters: { title }, inputs: { arrays } })).data!;
  }

  folder(): Folder {
    const folder = join(this.root, String(this.folders++));
    mkdirSync(folder);
    return folder;
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}

export function artifactIn(folder: Folder): InputArtifact {
  const path = (file: string): string => {
    if (!filesIn(folder).includes(file)) throw new Error(`the artifact has no file "${file}"`);
    return join(folder, file);
  };
  const file = (name: string) => ({ path: path(name), size: statSync(path(name)).size });
  return { files: filesIn(folder), single: false, path, file };
}

export function filesIn(folder: Folder): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** File -> digest of its bytes, to compare two runs. */
export function digestsOf(folder: Folder): Record<string, string> {
  return Object.fromEntries(
    filesIn(folder).map((file) => {
      const bytes = readFileSync(join(folder, file));
      return [file, createHash('sha256').update(bytes).digest('hex')];
    }),
  );
}

export function json<T>(folder: Folder, file: string): T {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
}

/** As `download` writes it, but with few images. */
export function writeDigits(folder: Folder, train: number, test: number): Folder {
  for (const [split, count] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    const random = randomStream(7, split);
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
    const pixels = new Uint8Array(count * 784);
    for (const [i, label] of labels.entries()) {
      const [row, column] = [14 * Math.floor(label / 5), 5 * (label % 5)];
      for (let p = 0; p < 784; p++) {
        const [y, x] = [Math.floor(p / 28) - row, (p % 28) - column];
        const inside = y >= 0 && y < 14 && x >= 0 && x < 8;
        pixels[i * 784 + p] = (inside ? 200 : 0) + random.integer(40);
      }
    }
    const header = (...dimensions: number[]) => {
      const bytes = Buffer.alloc(4 + 4 * dimensions.length);
      bytes.writeUInt16BE(0x0800 + dimensions.length, 2);
      for (const [i, size] of dimensions.entries()) bytes.writeUInt32BE(size, 4 + 4 * i);
      return bytes;
    };
    const images = Buffer.concat([header(count, 28, 28), pixels]);
    writeFileSync(join(folder, `${split}-images-idx3-ubyte`), images);
    writeFileSync(
      join(folder, `${split}-labels-idx1-ubyte`),
      Buffer.concat([header(count), labels]),
    );
  }
  writeFileSync(join(folder, 'dataset.json'), '{"dataset":"mnist"}\n');
  return folder;
}
