/** Picks the backend to compute with: the one asked for, or the first of the order that can start. */
import type { BackendState } from './detect.ts';
import { type BackendName, backendNames } from './names.ts';

export interface ChosenBackend {
  readonly name: BackendName;
  readonly version: string;
}

export type BackendChoice =
  | { readonly ok: true; readonly value: ChosenBackend }
  | {
      readonly ok: false;
      readonly error: { readonly message: string; readonly advice: string };
    };

export function chooseBackend(
  requested: 'auto' | BackendName,
  states: readonly BackendState[],
): BackendChoice {
  if (requested === 'auto') {
    const ready = states.filter((state) => !(state.status === 'available' && state.byName));
    for (const name of backendNames) {
      const choice = chosen(name, ready);
      if (choice.ok) return choice;
    }
    const message = 'no backend can start here';
    return { ok: false, error: { message, advice: 'run npm install, then `pipeline doctor`' } };
  }
  return chosen(requested, states);
}

function chosen(name: BackendName, states: readonly BackendState[]): BackendChoice {
  const state = states.find((candidate) => candidate.name === name);
  if (state?.status === 'available') {
    return { ok: true, value: { name, version: state.version } };
  }
  const reason = state?.reason ?? 'it was not looked for';
  const error = {
    message: `the backend ${name} can't be used: ${reason}`,
    advice: state?.advice ?? 'run `pipeline doctor`',
  };
  return { ok: false, error };
}
