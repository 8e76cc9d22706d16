/**
 * `pipeline.lock`: the key and the outputs of each stage, for version control.
 *
 * It has one block per stage, sorted, without counts or dates. A change of one stage changes only its block, so
 * branches that change different stages can be merged. It is YAML, and an unresolved merge conflict is reported
 * with its line.
 */
import * as v from 'valibot';
import type { JsonObject } from '../../base/json.ts';
import { readText } from '../../base/read-file.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { unlessAbsent } from '../../base/system-error.ts';
import { check } from '../document/check.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { parseYaml } from '../document/parse-yaml.ts';
import type { SourceFile } from '../document/source.ts';
import type { Outputs } from '../execution/decide.ts';
import { canonical } from '../key/canonical.ts';
import { type Digest, digestOf, isDigest } from '../key/digest.ts';
import type { Fingerprint, StageKey } from '../key/fingerprint.ts';
import { writeDurably } from '../store/durable.ts';
import type { Layout } from '../store/layout.ts';
import { LOCK_NAME } from './lock-name.ts';

export interface Lock {
  /** Facts of the machine that wrote it, for information only. */
  readonly facts: Readonly<Record<string, string>>;
  readonly configs: readonly string[];
  readonly settings: readonly string[];
  readonly stages: Readonly<Record<string, LockedStage>>;
}

export interface LockedStage {
  readonly key: StageKey;
  /** The digest of the stage type and its parameters. It can be compared before any input exists. */
  readonly parameters: Digest;
  readonly inputs: Digest;
  readonly outputs: Outputs;
}

export function lockedStage(
  key: StageKey,
  fingerprint: Fingerprint,
  outputs: Outputs,
): LockedStage {
  const { type, parameters } = fingerprint;
  return {
    key,
    parameters: parametersDigest(type, parameters),
    inputs: inputsDigest(fingerprint),
    outputs,
  };
}

export function parametersDigest(type: string, parameters: JsonObject): Digest {
  return digestOf(canonical({ type, parameters }));
}

export function inputsDigest({ inputs }: Fingerprint): Digest {
  return digestOf(canonical(inputs as unknown as JsonObject));
}

export function formatLock({ facts, configs, settings, stages }: Lock): string {
  const lines = [
    '# Written by `pipeline lock`; `pipeline run --locked` takes the outputs from here.',
    'lock: 1',
    ...listLines('configs', configs),
    ...listLines('settings', settings),
    ...mapLines('facts', facts),
    'stages:',
  ];
  for (const id of Object.keys(stages).sort()) {
    const { key, parameters, inputs, outputs } = stages[id]!;
    lines.push('', `  ${JSON.stringify(id)}:`);
    const parts = { key, parameters, inputs };
    for (const [name, digest] of Object.entries(parts)) lines.push(`    ${name}: "${digest}"`);
    lines.push(...mapLines('outputs', outputs).map((line) => `    ${line}`));
  }
  return `${lines.join('\n')}\n`;
}

export function writeLock(layout: Layout, lock: Lock): void {
  writeDurably(layout.pipelineLock, formatLock(lock), layout.temporary);
}

export interface BadLock {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceFile[];
}

/** Throws if the file exists but can't be read. */
export function readLock(layout: Layout): Result<Lock, BadLock> {
  const text = unlessAbsent(() => readText(layout.pipelineLock));
  if (text === undefined) {
    const suggestion = 'create it with "pipeline lock"';
    const diagnostics = [error(`there is no ${LOCK_NAME}`, undefined, { suggestion })];
    return fail({ diagnostics, sources: [] });
  }
  return parseLock(text);
}

export function parseLock(text: string): Result<Lock, BadLock> {
  const sources = [{ path: LOCK_NAME, text }];
  const { root, diagnostics } = parseYaml(sources[0]!);
  if (diagnostics.length > 0 || !root) return fail({ diagnostics, sources });
  const checked = check(LockSchema, root, 'key', 'the lock');
  if (!checked.value) return fail({ diagnostics: checked.diagnostics, sources });
  const { lock: _version, ...rest } = checked.value;
  return ok(rest);
}

const DigestSchema = v.pipe(
  v.string(),
  v.guard((text: string): text is Digest & StageKey => isDigest(text), 'it is not a digest'),
);

const LockSchema = v.strictObject({
  lock: v.literal(1),
  configs: v.array(v.string()),
  settings: v.array(v.string()),
  facts: v.record(v.string(), v.string()),
  stages: v.record(
    v.string(),
    v.strictObject({
      key: DigestSchema,
      parameters: DigestSchema,
      inputs: DigestSchema,
      outputs: v.record(v.string(), DigestSchema),
    }),
  ),
});

function listLines(name: string, values: readonly string[]): string[] {
  if (values.length === 0) return [`${name}: []`];
  return [`${name}:`, ...values.map((value) => `  - ${JSON.stringify(value)}`)];
}

function mapLines(name: string, values: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(values).sort();
  if (names.length === 0) return [`${name}: {}`];
  const entries = names.map((one) => `  ${JSON.stringify(one)}: ${JSON.stringify(values[one])}`);
  return [`${name}:`, ...entries];
}
