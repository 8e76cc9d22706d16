/**
 * The process that runs stages. It communicates with its parent over IPC. With an argument, it is the process of one
 * model, which such a process starts.
 */
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setInstallLocation } from './nn/backends/install-location.ts';
import { setLibraryEnvironment } from './nn/backends/library-environment.ts';
import { userFolder } from './nn/backends/user-folder.ts';
import { serve, type ToWorker } from './runner/index.ts';
import { stageTypes } from './stages/index.ts';
import { setWorkerFile } from './stages/shared/backend/worker-file.ts';
import { MODEL_PROCESS, type Request } from './stages/shared/latency/model-messages.ts';

// Ctrl-C reaches the whole process group, but the parent decides what stops and when.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// If the parent was killed, only the closed channel shows it.
process.on('disconnect', () => process.exit(1));

setLibraryEnvironment(process.env);
setInstallLocation(userFolder(process.env, homedir()));
setWorkerFile(fileURLToPath(import.meta.url));

const send = (message: unknown): void => void process.send?.(message);

if (process.argv[2] === MODEL_PROCESS) {
  const { serveModel } = await import('./stages/shared/latency/serve-model.ts');
  serveModel({
    send,
    onRequest: (listener) => process.on('message', (request: Request) => listener(request)),
  });
} else {
  serve(stageTypes, {
    send,
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
}
