/** What a search compares: how good a model is on samples that are not for testing. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StageContext } from '../../../runner/index.ts';

export interface Quality {
  readonly name: 'accuracy' | 'agreement';
  /** A share. */
  ofOriginal(): Promise<number>;
  /** @param write writes the files of a model into an empty folder */
  of(write: (folder: string) => void): Promise<number>;
}

/** Uses a model in a temporary folder. */
export async function inFolder<T>(
  { scratch }: Pick<StageContext<unknown>, 'scratch'>,
  write: (folder: string) => void,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(scratch, 'candidate');
  mkdirSync(folder);
  try {
    write(folder);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
