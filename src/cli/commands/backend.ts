/** `pipeline backend`: installs or removes a native backend for all projects of this user. */
import { Argument, Option } from 'commander';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { paint, wrap } from '../render/text.ts';

export const addBackend: AddCommand = (program, host, finish) => {
  const backend = program
    .command('backend')
    .description('install or remove a native backend for all your projects');
  backend
    .command('install')
    .description('install a native backend; TensorFlow is downloaded, or built here if that fails')
    .addArgument(new Argument('<backend>', 'the backend').choices(host.installer.names))
    // Old form of `backend remove`.
    .addOption(new Option('--remove').hideHelp())
    .action(async (name: string, { remove }: { readonly remove?: boolean }) => {
      if (!remove) return finish(await install(name, host));
      host.stderr.write(`--remove is not an option: run "pipeline backend remove ${name}"\n`);
      finish(exitCodes.badInput);
    });
  backend
    .command('remove')
    .description('remove an installed backend')
    .addArgument(new Argument('<backend>', 'the backend').choices(host.installer.names))
    .action(async (name: string) => finish(await remove(name, host)));
};

async function install(name: string, host: Host): Promise<number> {
  const print = (text: string): void => void host.stdout.write(`${wrap(text, host.columns)}\n`);
  const began = host.now();
  const result = await host.installer.install(name, print);
  if (result.ok) {
    const { version, directory, already, byName } = result.value;
    const seconds = Math.round((host.now() - began) / 1000);
    print(
      already
        ? `${name} ${version} is already installed in ${directory}`
        : `${name} ${version} is installed in ${directory} (${seconds} s)`,
    );
    print(
      byName
        ? `it emulates a GPU on the CPU, so only "pipeline run --backend ${name}" uses it`
        : `"pipeline run" uses it in new projects; in others, select it with --backend ${name}`,
    );
    return exitCodes.done;
  }
  const { message, advice, log } = result.error;
  const printError = (text: string): void =>
    void host.stderr.write(`${wrap(text, host.columns)}\n`);
  printError(paint(host, 'red', `could not install ${name}: ${message}`));
  printError(`  fix: ${advice}`);
  if (host.signal.aborted) return exitCodes.interrupted;
  printError(`  full log: ${log}`);
  return exitCodes.failed;
}

async function remove(name: string, host: Host): Promise<number> {
  const removed = await host.installer.remove(name);
  host.stdout.write(
    removed ? `removed ${removed}\n` : `${name} was not installed by "pipeline backend install"\n`,
  );
  return exitCodes.done;
}
