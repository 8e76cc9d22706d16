/** The name and sign of each state. The sign is for people who can't distinguish the colours. */
import type { StageState } from '../messages.ts';

/** The most urgent first. A stage of several instances has the colour of the first state among them. */
export const STATES = [
  'failed',
  'running',
  'will-run',
  'may-run',
  'skipped',
  'done',
  'cached',
] as const satisfies readonly StageState[];

export const LOOKS: Readonly<Record<StageState, { readonly name: string; readonly sign: string }>> =
  {
    failed: { name: 'failed', sign: '✕' },
    running: { name: 'running', sign: '▶' },
    'will-run': { name: 'will run', sign: '○' },
    'may-run': { name: 'may run', sign: '◌' },
    skipped: { name: 'skipped', sign: '–' },
    done: { name: 'done', sign: '✓' },
    cached: { name: 'cached', sign: '●' },
  };

export type Counts = Readonly<Partial<Record<StageState, number>>>;

export function leading(counts: Counts): StageState {
  return STATES.find((state) => counts[state]) ?? 'may-run';
}

/** `1 failed, 3 cached`. */
export function describeCounts(counts: Counts): string {
  return STATES.filter((state) => counts[state])
    .map((state) => `${counts[state]} ${LOOKS[state].name}`)
    .join(', ');
}
