/** The process that runs stages: its channel is the one that its parent opened. */
import { homedir } from 'node:os';
import { setInstallLocation } from './nn/backends/install-location.ts';
import { userFolder } from './nn/backends/user-folder.ts';
import { serve, type ToWorker } from './runner/index.ts';
import { stageTypes } from './stages/index.ts';

// These reach the whole process group; it is the parent that decides what stops, and when.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// A parent that was killed can't say so: its channel closes.
process.on('disconnect', () => process.exit(1));

// TensorFlow's greetings would fill the log of every stage; its errors still come.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

setInstallLocation(userFolder(process.env, homedir()));

serve(stageTypes, {
  send: (message) => void process.send?.(message),
  onMessage: (listener) => {
    process.on('message', (message: ToWorker) => listener(message));
  },
  environment: process.env,
  flush: () =>
    Promise.all(
      [process.stdout, process.stderr].map(
        (stream) => new Promise<void>((resolve) => stream.write('', () => resolve())),
      ),
    ),
});
