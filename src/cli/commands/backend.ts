/** `pipeline backend`: installs a native backend for all projects of this person, or removes it. */
import { Argument } from 'commander';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { paint, wrap } from '../render/text.ts';

interface InstallOptions {
  readonly remove?: boolean;
}

export const addBackend: AddCommand = (program, host, finish) => {
  const backend = program
    .command('backend')
    .description('install or remove a native backend for all your projects');
  backend
    .command('install')
    .description('install a native backend; TensorFlow is downloaded, or built here if that fails')
    .addArgument(new Argument('<backend>', 'the backend').choices(host.installer.names))
    .option('--remove', 'remove an installed backend')
    .action(async (name: string, { remove }: InstallOptions) => {
      finish(await (remove ? removeIt : install)(name, host));
    });
  backend
    .command('remove')
    .description('remove an installed backend')
    .addArgument(new Argument('<backend>', 'the backend').choices(host.installer.names))
    .action(async (name: string) => finish(await removeIt(name, host)));
};

async function install(name: string, host: Host): Promise<number> {
  const say = (text: string): void => void host.stdout.write(`${wrap(text, host.columns)}\n`);
  const began = host.now();
  const result = await host.installer.install(name, say);
  if (result.ok) {
    const { version, directory, already, byName } = result.value;
    const seconds = Math.round((host.now() - began) / 1000);
    say(
      already
        ? `${name} ${version} is already installed in ${directory}`
        : `${name} ${version} is installed in ${directory} (${seconds} s)`,
    );
    say(
      byName
        ? `it emulates a GPU on the CPU, so only "pipeline run --backend ${name}" uses it`
        : '"pipeline run" now uses it; "pipeline doctor" measures its speed',
    );
    return exitCodes.done;
  }
  const { message, advice, log } = result.error;
  const complain = (text: string): void => void host.stderr.write(`${wrap(text, host.columns)}\n`);
  complain(paint(host, 'red', `could not install ${name}: ${message}`));
  complain(`  fix: ${advice}`);
  if (host.signal.aborted) return exitCodes.interrupted;
  complain(`  full log: ${log}`);
  return exitCodes.failed;
}

async function removeIt(name: string, host: Host): Promise<number> {
  const removed = await host.installer.remove(name);
  host.stdout.write(
    removed ? `removed ${removed}\n` : `${name} was not installed by "pipeline backend install"\n`,
  );
  return exitCodes.done;
}
