/** cli-progress by its names; see `pino.ts` for why it passes through a file. */
import cliProgress from 'cli-progress';

export const { MultiBar, Presets } = cliProgress;
