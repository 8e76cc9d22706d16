/** `pipeline pull [TARGET...]`: fetches results from the remote cache. Runs nothing. */
import { pull } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { addTransferOptions, type Direction, type TransferOptions, transfer } from './transfer.ts';

export const addPull: AddCommand = (program, host, finish) => {
  const command = program
    .command('pull')
    .description('fetch results from the remote cache into the store');
  addTransferOptions(command, host).action(async (targets: string[], options: TransferOptions) => {
    finish(await transfer(host, targets, options, PULL));
  });
};

const PULL: Direction = { name: 'pull', done: 'pulled from', known: 'here', copy: pull };
