/** The page shows the jobs that a run has left at Slurm, whether they run or wait. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { messagesUntil } from '../../test/web/message-stream.ts';
import { type ShownStage, stagesOf } from '../../test/web/stage-states.ts';
import { onCluster, type Scenario } from './scenario.ts';

const RUNNING = 4;
const WAITING = 3;
const LONGEST_MS = 60_000;

export const page: Scenario = (given) =>
  onCluster(given, { nodes: 1 }, async ({ cluster, project, head, faults, program }) => {
    project.writeParts(
      RUNNING + WAITING,
      `while [ ! -e '${project.folder}/go' ]; do sleep 0.1; done`,
    );
    const run = head();
    await run.until(() => project.count('begin') === RUNNING);
    const { environment: env } = cluster;
    const open = async (): Promise<{ readonly address: string; readonly close: () => void }> => {
      const server = spawn(process.execPath, [program, 'ui'], { cwd: project.folder, env });
      const [line] = await once(server.stdout, 'data');
      return { address: String(line).trim(), close: () => void server.kill('SIGKILL') };
    };
    const shows = async (
      what: string,
      { address }: { readonly address: string },
      enough: (parts: readonly ShownStage[]) => boolean,
    ): Promise<void> => {
      let last: readonly ShownStage[] = [];
      const seen = messagesUntil(`${address.replace(/\/$/, '')}`, (_message, all) => {
        last = [...stagesOf(all)].flatMap(([id, one]) => (id.startsWith('part') ? [one] : []));
        return enough(last);
      });
      const late = AbortSignal.timeout(LONGEST_MS);
      await Promise.race([seen, once(late, 'abort')]);
      if (!enough(last)) faults.push(`${what}: the page shows ${JSON.stringify(last)}`);
    };
    const isLeft = (parts: readonly ShownStage[]): boolean => {
      const queued = parts.filter(({ message }) => message === 'queued on the cluster');
      return parts.every(({ state }) => state === 'running') && queued.length === WAITING;
    };
    const isDone = (parts: readonly ShownStage[]): boolean =>
      parts.every(({ state }) => state === 'cached' || state === 'done');
    const before = await open();
    try {
      run.signal('SIGINT');
      const { code } = await run.ended;
      if (code !== 130) faults.push(`Ctrl-C: exit code ${code}`);
      await shows('a page that was open', before, isLeft);
      const after = await open();
      try {
        await shows('a page that is opened afterwards', after, isLeft);
        project.write('go', '');
        await shows('a page that was open', before, isDone);
        await shows('a page that was opened afterwards', after, isDone);
      } finally {
        after.close();
      }
    } finally {
      before.close();
    }
    return { computed: project.count('end') };
  });
