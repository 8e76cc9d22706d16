/** The process that runs stages. It communicates with its parent over IPC. */
import { homedir } from 'node:os';
import { setInstallLocation } from './nn/backends/install-location.ts';
import { userFolder } from './nn/backends/user-folder.ts';
import { serve, type ToWorker } from './runner/index.ts';
import { stageTypes } from './stages/index.ts';

// Ctrl-C reaches the whole process group, but the parent decides what stops and when.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// If the parent was killed, only the closed channel shows it.
process.on('disconnect', () => process.exit(1));

// Hides TensorFlow's startup messages in the logs of stages. Errors are still shown.
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
