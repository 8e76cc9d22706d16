/** `pipeline push [TARGET...]`: stores results in the remote cache. Runs nothing. */
import { push } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { addTransferOptions, type Direction, type TransferOptions, transfer } from './transfer.ts';

export const addPush: AddCommand = (program, host, finish) => {
  const command = program.command('push').description('store results in the remote cache');
  addTransferOptions(command, host).action(async (targets: string[], options: TransferOptions) => {
    finish(await transfer(host, targets, options, PUSH));
  });
};

const PUSH: Direction = {
  name: 'push',
  done: 'pushed to',
  known: 'there',
  copy: (_project, prepared, request) => push(prepared, request),
};
