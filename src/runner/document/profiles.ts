/** The profiles that a pipeline or a configuration declares, or that have their own files. */
import * as v from 'valibot';
import { fail, ok, type Result } from '../../base/result.ts';
import { check } from './check.ts';
import type { Diagnostic } from './diagnostic.ts';
import { type Located, type LocatedEntry, nodeAt } from './located.ts';
import { mapOf } from './map-of.ts';
import { ProfileSchema, type ReadProfile } from './profile-schema.ts';

export const PROFILES = 'profiles';

const Declaring = v.strictObject({ [PROFILES]: mapOf(ProfileSchema) });

/** Checks the profiles of a configuration. Those of a pipeline are checked with it. */
export function checkProfiles(profiles: Located | undefined): readonly Diagnostic[] {
  if (!profiles) return [];
  const entry = { keySpan: profiles.span, value: profiles };
  const { span } = profiles;
  return check(Declaring, { kind: 'map', entries: new Map([[PROFILES, entry]]), span }, 'key')
    .diagnostics;
}

/** A profile with nothing but the name of its executor. */
export function plainProfile(): ReadProfile {
  return v.parse(ProfileSchema, { executor: 'slurm' });
}

export function readProfile(profile: Located): Result<ReadProfile, readonly Diagnostic[]> {
  const { value, diagnostics } = check(ProfileSchema, profile, 'key');
  return value ? ok(value) : fail(diagnostics);
}

export function profilesIn(document: Located | undefined): ReadonlyMap<string, LocatedEntry> {
  const node = document && nodeAt(document, [PROFILES]);
  return node?.kind === 'map' ? node.entries : new Map();
}
