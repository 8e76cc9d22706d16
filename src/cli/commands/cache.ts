/** `pipeline cache new-key FILE`: makes a key pair that signs results in a remote cache. */
import { newKeyPair } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { wrap } from '../render/text.ts';

export const addCache: AddCommand = (program, host, finish) => {
  const cache = program.command('cache').description('make keys that sign results');
  cache
    .command('new-key')
    .description('make a key pair: FILE gets the private key, the public key is printed')
    .argument('<file>', 'a new file, outside the project')
    .action((file: string) => finish(newKey(file, host)));
};

function newKey(file: string, host: Host): number {
  const { publicKey, privateKey } = newKeyPair();
  const fault = host.writeText(file, `${privateKey}\n`, 'nothing', 0o600);
  if (fault !== undefined) {
    host.stderr.write(`${wrap(`error: ${file} ${fault}; nothing was written`, host.columns)}\n`);
    return exitCodes.badInput;
  }
  const { stdout } = host;
  stdout.write(`private key in ${file}; to sign results, set\n`);
  stdout.write(`  PIPELINE_CACHE_SIGNING_KEY=${file}\n`);
  stdout.write('public key, for pipeline.yaml:\n');
  stdout.write(`  cache: { trust: ["${publicKey}"] }\n`);
  return exitCodes.done;
}
