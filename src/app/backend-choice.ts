/**
 * The backend of a plan: the one that the user requests, else the one that the documents name, else the one that the
 * project's results were made with, else the fastest that starts.
 */
import { basename } from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';
import { isSystemError } from '../base/system-error.ts';
import { chooseBackend } from '../nn/backends/choose.ts';
import type { BackendState, MissingBackend } from '../nn/backends/detect.ts';
import { type BackendName, backendNames, isBackendName, isByName } from '../nn/backends/names.ts';
import {
  type ChosenFacts,
  type Diagnostic,
  didYouMean,
  error,
  type KnownFacts,
  nameInFact,
} from '../runner/index.ts';

/** Returns the states of these backends; finding them out can start processes. */
export type Detect = (names: readonly BackendName[]) => Promise<readonly BackendState[]>;

/** Finds out the state of each backend only once. */
export function once(detect: Detect): Detect {
  const known = new Map<BackendName, BackendState>();
  return async (names) => {
    const unknown = names.filter((name) => !known.has(name));
    const states = unknown.length > 0 ? await detect(unknown) : [];
    for (const state of states) known.set(state.name, state);
    return names.map((name) => known.get(name)!);
  };
}

/** `requested` is the name of a backend, or 'auto'. */
export async function chooseFacts(
  ...args: Parameters<typeof choose>
): Promise<Result<ChosenFacts, Diagnostic>> {
  try {
    return await choose(...args);
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    const message = `can't find out which backends start: ${problem.message}`;
    const suggestion = 'check the permissions of the named file, the disk and the memory';
    return fail(error(message, undefined, { suggestion }));
  }
}

async function choose(
  requested: string,
  { backend: named, names: declared, kept, newest }: KnownFacts,
  detect: Detect,
): Promise<Result<ChosenFacts, Diagnostic>> {
  if (requested !== 'auto') return exactly(requested, ' (as requested)', detect);
  if (named && named.value !== 'auto') {
    const { file, line } = named.span;
    const choice = await exactly(named.value, ` (${basename(file)}:${line})`, detect);
    return choice.ok ? choice : fail({ ...choice.error, span: named.span });
  }
  // A pipeline of commands has no use for a backend, and to start one takes half a second.
  if (declared && !declared.includes('backend'))
    return ok({ facts: {}, notes: [], isNamed: false });
  const before = nameIn(kept?.backend);
  const states = await untilOneStarts(detect);
  if (before && !states.some(({ name }) => name === before))
    states.push(...(await detect([before])));
  const fastest = chooseBackend('auto', states);
  const same = before && chooseBackend(before, states);
  if (before && same?.ok) {
    const faster = fastest.ok && isPreferred(fastest.value.name, before) && fastest.value.name;
    const slower = faster && `as before; ${faster} is faster: --backend ${faster}`;
    const why = whyNotNewest(before, newest?.backend) ?? slower;
    const reason = why ? ` (${why})` : reasons(states, before);
    return ok({ ...factsOf(same.value, reason), isSlower: faster !== false });
  }
  if (!fastest.ok) return fail(error(fastest.error.message, undefined, adviceOf(fastest.error)));
  return ok(factsOf(fastest.value, reasons(states, fastest.value.name)));
}

/** The states of the preferred backends up to the first that starts. */
async function untilOneStarts(detect: Detect): Promise<BackendState[]> {
  const states: BackendState[] = [];
  for (const name of backendNames) {
    if (isByName(name)) continue;
    states.push(...(await detect([name])));
    if (chooseBackend('auto', states).ok) break;
  }
  return states;
}

/** `newest` is the fact of most of the newest results. */
function whyNotNewest(before: BackendName, newest: string | undefined): string | undefined {
  if (newest === undefined || nameIn(newest) === before) return undefined;
  return `the results of this configuration; the newest results are from ${newest}`;
}

/** Nothing is known about the speed of a backend that is used only by its name. */
function isPreferred(name: BackendName, to: BackendName): boolean {
  return !isByName(to) && backendNames.indexOf(name) < backendNames.indexOf(to);
}

async function exactly(
  text: string,
  why: string,
  detect: Detect,
): Promise<Result<ChosenFacts, Diagnostic>> {
  if (!isBackendName(text)) {
    const hint = didYouMean(text, backendNames);
    const suggestion = `the backends are ${backendNames.join(', ')}`;
    return fail(error(`no backend is named "${text}"${hint}`, undefined, { suggestion }));
  }
  const choice = chooseBackend(text, await detect([text]));
  if (choice.ok) return ok({ ...factsOf(choice.value, why), isNamed: true });
  return fail(error(choice.error.message, undefined, adviceOf(choice.error)));
}

function adviceOf({ advice }: { readonly advice: string }): { readonly suggestion: string } {
  return { suggestion: advice };
}

function factsOf(
  { name, version }: { readonly name: BackendName; readonly version: string },
  why: string,
): ChosenFacts {
  const backend = `${name} ${version}`;
  return { facts: { backend }, notes: [`backend ${backend}${why}`], isNamed: false };
}

function nameIn(fact = ''): BackendName | undefined {
  const name = nameInFact(fact);
  return isBackendName(name) ? name : undefined;
}

/** Why backends that should be faster are not used: those that are installed, and `onnx`, which npm may leave out. */
function reasons(states: readonly BackendState[], chosen: BackendName): string {
  const better = states.slice(
    0,
    states.findIndex(({ name }) => name === chosen),
  );
  const missing = better.filter(
    (state): state is MissingBackend =>
      state.status === 'does not start' || (state.status !== 'available' && state.name === 'onnx'),
  );
  if (missing.length === 0) return '';
  const isCured = missing.every(({ status }) => status === 'absent');
  const help = isCured ? `fix: ${missing[0]!.advice}` : 'see pipeline doctor';
  return ` (${missing.map(({ name, status }) => `${name} ${words[status]}`).join(', ')}; ${help})`;
}

const words: Readonly<Record<MissingBackend['status'], string>> = {
  absent: 'is not installed',
  unsupported: 'does not support this platform',
  'without its binding': 'lacks its library',
  'does not start': 'does not start',
};
