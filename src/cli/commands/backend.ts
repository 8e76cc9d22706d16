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
    .description('install a native backend, for all projects of yours, or remove it');
  backend
    .command('install')
    .description('TensorFlow: what its publishers built, or built here against what pip downloads')
    .addArgument(new Argument('<backend>', 'which one').choices(host.installer.names))
    .option('--remove', 'takes away what an installation made')
    .action(async (name: string, { remove }: InstallOptions) => {
      finish(await (remove ? removeIt : install)(name, host));
    });
  backend
    .command('remove')
    .description('takes away what an installation made')
    .addArgument(new Argument('<backend>', 'which one').choices(host.installer.names))
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
        ? `${name} ${version} is there already, in ${directory}`
        : `${name} ${version} is installed, in ${directory} (${seconds} s)`,
    );
    say(
      byName
        ? `it emulates a GPU on the processor: "pipeline run --backend ${name}" takes it, nothing else does`
        : '"pipeline run" takes it from now on, and "pipeline doctor" says how fast it is',
    );
    return exitCodes.done;
  }
  const { message, advice, log } = result.error;
  const complain = (text: string): void => void host.stderr.write(`${wrap(text, host.columns)}\n`);
  complain(paint(host, 'red', `${name} is not installed: ${message}`));
  complain(`  to mend it: ${advice}`);
  if (host.signal.aborted) return exitCodes.interrupted;
  complain(`  all that was said: ${log}`);
  return exitCodes.failed;
}

async function removeIt(name: string, host: Host): Promise<number> {
  const removed = await host.installer.remove(name);
  host.stdout.write(
    removed ? `removed ${removed}\n` : `${name} was not installed by this command\n`,
  );
  return exitCodes.done;
}
