/** The configuration of a throw-away cluster. */
import { join } from 'node:path';

export interface ClusterOptions {
  readonly nodes: number;
  /** Per node, as Slurm counts them. The machine need not have them. */
  readonly cpus: number;
  /** MB per node. */
  readonly memory: number;
  /** Per node: devices that can be opened and do nothing. */
  readonly gpus: number;
}

export interface Ports {
  readonly controller: number;
  /** By the name of the node. */
  readonly nodes: ReadonlyMap<string, number>;
}

/**
 * Nothing here needs systemd, control groups or a second machine. Times are short, so that a test
 * need not wait for them: a dead node is noticed within 10 s, and a cancelled job has 5 s.
 */
export function slurmConf(
  folder: string,
  host: string,
  { cpus, memory, gpus }: ClusterOptions,
  ports: Ports,
): string {
  const gres = gpus > 0 ? ` Gres=gpu:${gpus}` : '';
  const nodes = [...ports.nodes].map(
    ([name, port]) =>
      `NodeName=${name} NodeAddr=127.0.0.1 Port=${port} CPUs=${cpus} RealMemory=${memory}${gres} State=UNKNOWN`,
  );
  const settings = {
    ClusterName: 'test',
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmctldPort: ports.controller,
    ...{ SlurmUser: 'root', SlurmdUser: 'root' },
    ...{ AuthType: 'auth/munge', AuthInfo: `socket=${join(folder, 'munge', 'socket')}` },
    StateSaveLocation: join(folder, 'state'),
    SlurmctldPidFile: join(folder, 'run', 'slurmctld.pid'),
    SlurmctldLogFile: join(folder, 'log', 'slurmctld'),
    SlurmdSpoolDir: join(folder, 'spool', '%n'),
    SlurmdPidFile: join(folder, 'run', '%n.pid'),
    SlurmdLogFile: join(folder, 'log', '%n'),
    SlurmdParameters: 'config_overrides',
    ...{ ProctrackType: 'proctrack/linuxproc', TaskPlugin: 'task/none', MpiDefault: 'none' },
    ...{ SelectType: 'select/cons_tres', SelectTypeParameters: 'CR_CPU_Memory', DefMemPerCPU: 100 },
    ...{ GresTypes: 'gpu', SchedulerType: 'sched/backfill', PriorityType: 'priority/basic' },
    SchedulerParameters: 'sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0',
    ...{ PreemptType: 'preempt/partition_prio', PreemptMode: 'REQUEUE', JobRequeue: 1 },
    ...{ SlurmdTimeout: 6, SlurmctldTimeout: 10, MessageTimeout: 5, TCPTimeout: 2, KillWait: 5 },
    ...{ BatchStartTimeout: 20, ReturnToService: 2, MinJobAge: 300 },
    ...{ MaxArraySize: 100_001, MaxJobCount: 200_000 },
    // As on many small clusters, so sacct knows nothing.
    AccountingStorageType: 'accounting_storage/none',
    JobAcctGatherType: 'jobacct_gather/none',
  };
  return [
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    ...nodes,
    `PartitionName=main Nodes=ALL Default=YES PriorityTier=1 ${LIMITS} GraceTime=2 State=UP`,
    // Jobs here take the nodes of jobs in `main`.
    `PartitionName=urgent Nodes=ALL PriorityTier=9 PreemptMode=OFF ${LIMITS} State=UP`,
    '',
  ].join('\n');
}

const LIMITS = 'DefaultTime=60 MaxTime=1-00:00:00';

export function gresConf(folder: string, gpus: number, nodes: Iterable<string>): string {
  const files = gpus === 1 ? 'gpu0' : `gpu[0-${gpus - 1}]`;
  return [...nodes]
    .map((name) => `NodeName=${name} Name=gpu File=${join(folder, 'gpu', files)}\n`)
    .join('');
}
