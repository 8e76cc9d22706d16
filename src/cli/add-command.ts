/** Each command's file exports this function, which adds the command to the program. */
import type { Command } from 'commander';
import type { Host } from './host.ts';

/** `finish` takes the command's exit code. */
export type AddCommand = (program: Command, host: Host, finish: (exitCode: number) => void) => void;
