/** The options that send stages to a cluster. */
import { type Command, Option } from 'commander';
import { fail, ok, type Result } from '../base/result.ts';
import type { FoundProfile, OpenProject, Plan, Profile } from '../runner/index.ts';
import type { Host } from './host.ts';
import { asLine, type Opened, reportBadInput, type SelectionOptions } from './selection-options.ts';

export interface ProfileOptions {
  readonly executor?: 'slurm';
  readonly profile?: string;
}

export function addProfileOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'send stages to a cluster, as this profile says')
    .addOption(
      new Option('--executor <name>', 'send stages to a cluster, without a profile')
        .choices(['slurm'])
        .conflicts('profile'),
    );
}

/** Undefined if the stages run on this machine. Otherwise, the code that reads profiles is loaded. */
export async function chosenProfile(
  host: Host,
  { project }: OpenProject,
  { config, executor, profile }: SelectionOptions & ProfileOptions,
): Promise<Result<FoundProfile | undefined, number>> {
  if (executor === undefined && profile === undefined) return ok(undefined);
  const { defaultProfile, findProfile } = await import('./found-profile.ts');
  if (profile === undefined) return ok(defaultProfile);
  const found = findProfile(project, { configs: config }, profile);
  return found.ok ? found : fail(reportBadInput(host, found.error));
}

/** The paths that belong to the profile besides the documents of the plan. They may not exist. */
export async function profileFiles(
  { project }: OpenProject,
  { profile }: ProfileOptions,
): Promise<readonly string[]> {
  if (profile === undefined) return [];
  const { profileFile } = await import('./found-profile.ts');
  const path = profileFile(profile);
  const file = path === undefined ? undefined : project.pathOf(path, 'pipeline');
  return file === undefined ? [] : [file];
}

/** The exit code if stages must be sent to a cluster and can't be. */
export async function reportNoCluster(
  host: Host,
  profile: Profile,
  plan: Plan,
): Promise<number | undefined> {
  const { whyNoCluster } = await import('./found-profile.ts');
  const why = whyNoCluster(profile, plan, host.environment);
  if (!why) return undefined;
  const { message, advice: suggestion } = why;
  return reportBadInput(host, {
    diagnostics: [{ severity: 'error', message, suggestion }],
    sources: [],
  });
}

/** Adds what a user should know about the profile. */
export async function withProfile(
  opened: Opened,
  found: FoundProfile | undefined,
  targets: readonly string[],
): Promise<Opened> {
  if (!found) return opened;
  const { unknownLocalStages } = await import('./found-profile.ts');
  const warnings = unknownLocalStages(found, opened.prepared.plan.pipeline, { targets });
  return { ...opened, notes: [...opened.notes, ...warnings.map(asLine)] };
}
