/** The process in which `pipeline doctor` tries a backend, because an incompatible library can crash it. */
import { homedir } from 'node:os';
import { setInstallLocation } from './nn/backends/install-location.ts';
import { setLibraryEnvironment } from './nn/backends/library-environment.ts';
import { isBackendName } from './nn/backends/names.ts';
import { startBackend } from './nn/backends/start.ts';
import { measureThroughput } from './nn/backends/throughput.ts';
import { userFolder } from './nn/backends/user-folder.ts';

const [name = '', threads] = process.argv.slice(2);
if (!isBackendName(name)) throw new Error(`there is no backend "${name}"`);
setLibraryEnvironment(process.env);
setInstallLocation(userFolder(process.env, homedir()));
const began = performance.now();
const { version, device } = await startBackend(name, { threads: Number(threads) });
const startSeconds = (performance.now() - began) / 1000;
const measured = await measureThroughput(() => performance.now());
process.stdout.write(
  `\n${JSON.stringify({ version, device, threads: Number(threads), startSeconds, ...measured })}\n`,
);
process.exit(0);
