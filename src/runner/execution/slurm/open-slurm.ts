/** The workplace with the real commands of Slurm. */
import { jobEnvironment } from './environment.ts';
import { usualPace } from './pace.ts';
import { SlurmCommands } from './slurm.ts';
import { type SlurmOptions, SlurmWorkplace } from './slurm-workplace.ts';

export function openSlurm(options: Omit<SlurmOptions, 'slurm' | 'pace'>): SlurmWorkplace {
  const slurm = new SlurmCommands({
    environment: jobEnvironment(options.environment, []),
    warn: (message) => options.emit({ type: 'warning', message }),
  });
  return new SlurmWorkplace({ ...options, slurm, pace: usualPace });
}
