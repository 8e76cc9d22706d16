/**
 * Ends the processes of commands if this process dies. Each command has its own process group, so that
 * Ctrl-C reaches it only through our request to stop.
 *
 * One guard process per process is enough. It reads the groups from a pipe that only the end of this
 * process closes, and then kills those that are left. It is a child of this process and not of a command,
 * because a child of a command would be orphaned by each command: in a container without an init
 * process, nothing removes orphans that have ended, until no process can start any more.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** `+ GROUP` adds a group, `- GROUP` removes it. Not every shell accepts `--` before a group. */
const GUARD = `trap '' HUP INT QUIT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -9 "-$group"; done`;

/** The groups that this process would leave behind. */
const groups = new Set<number>();
let guard: ChildProcess | undefined;

/** Rejects with an error of the system if no process can be started. */
export async function guardGroup(group: number): Promise<void> {
  groups.add(group);
  if (guard) tell(guard, '+', group);
  else await startGuard();
}

/** The group has ended. */
export function releaseGroup(group: number): void {
  groups.delete(group);
  if (guard) tell(guard, '-', group);
}

async function startGuard(): Promise<void> {
  const child = spawn('/bin/sh', ['-c', GUARD], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  if (child.pid === undefined) throw (await once(child, 'error'))[0];
  // It must not keep this process alive.
  child.unref();
  (child.stdin as Socket).unref();
  // If it was killed, the next command starts another one.
  child.stdin!.on('error', () => undefined);
  child.once('exit', () => {
    if (guard === child) guard = undefined;
  });
  guard = child;
  for (const group of groups) tell(child, '+', group);
}

function tell(child: ChildProcess, sign: '+' | '-', group: number): void {
  child.stdin!.write(`${sign} ${group}\n`);
}
