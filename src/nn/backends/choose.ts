/** Picks the backend to compute with: the requested one, or the first that starts. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Failure } from '../failure.ts';
import type { BackendState } from './detect.ts';
import { type BackendName, backendNames } from './names.ts';

export interface ChosenBackend {
  readonly name: BackendName;
  readonly version: string;
}

export function chooseBackend(
  requested: 'auto' | BackendName,
  states: readonly BackendState[],
): Result<ChosenBackend, Failure> {
  if (requested !== 'auto') return chosen(requested, states);
  const ready = states.filter((state) => !(state.status === 'available' && state.byName));
  for (const name of backendNames) {
    const choice = chosen(name, ready);
    if (choice.ok) return choice;
  }
  return fail({
    message: 'no backend can start here',
    advice: 'run npm install, then `pipeline doctor`',
  });
}

function chosen(
  name: BackendName,
  states: readonly BackendState[],
): Result<ChosenBackend, Failure> {
  const state = states.find((candidate) => candidate.name === name);
  if (state?.status === 'available') return ok({ name, version: state.version });
  const reason = state?.reason ?? 'it was not searched for';
  return fail({
    message: `the backend ${name} can't be used: ${reason}`,
    advice: state?.advice ?? 'run `pipeline doctor`',
  });
}
