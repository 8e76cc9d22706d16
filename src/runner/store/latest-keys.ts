/** The newest key of each stage in `store/latest.jsonl`: what a collection of garbage keeps. */
import { readFileSync } from 'node:fs';
import type { StageKey } from '../key/fingerprint.ts';
import type { Layout } from './layout.ts';

export interface LatestKey {
  readonly stage: string;
  readonly key: StageKey;
}

/** Stages that the pipeline no longer has are among them. */
export function latestKeys({ latestIndex }: Layout): readonly LatestKey[] {
  let text: string;
  try {
    text = readFileSync(latestIndex, 'utf8');
  } catch {
    return [];
  }
  const newest = new Map<string, LatestKey>();
  for (const line of text.split('\n')) {
    const entry = parse(line);
    if (entry) newest.set(entry.stage, entry);
  }
  return [...newest.values()];
}

function parse(line: string): LatestKey | undefined {
  try {
    const { stage, key } = JSON.parse(line) as LatestKey;
    return typeof stage === 'string' && typeof key === 'string' ? { stage, key } : undefined;
  } catch {
    return undefined;
  }
}
