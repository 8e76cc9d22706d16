/** A step of an installation: what it yields, or why not and what to do about it. */
export interface InstallFailure {
  readonly message: string;
  readonly advice: string;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: InstallFailure };

export function ok<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function fail(error: InstallFailure): Outcome<never> {
  return { ok: false, error };
}
