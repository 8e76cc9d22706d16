/** Installs ONNX Runtime if a project needs it and it is not installed. npm sometimes leaves it out. */
import type { Host } from '../host.ts';
import { paint, visible, wrap } from '../render/text.ts';

/** Returns false if the installation failed, which it reports. */
export async function installOnnx(host: Host): Promise<boolean> {
  const missing = await host.installer.whyMissing('onnx');
  if (missing === undefined) return true;
  const printError = (text: string): void =>
    void host.stderr.write(`${wrap(visible(text), host.columns)}\n`);
  if (!missing.canBeInstalled) {
    printError(`note: ${missing.reason}. The stage type "evaluate" needs it for ONNX models`);
    return true;
  }
  const print = (text: string): void => void host.stdout.write(`${wrap(text, host.columns)}\n`);
  print('ONNX Runtime, which computes the scores of ONNX models, is not installed');
  const result = await host.installer.install('onnx', print);
  if (result.ok) {
    print(`installed onnx ${result.value.version} in ${result.value.directory}`);
    return true;
  }
  const { message, advice } = result.error;
  host.stderr.write(`${paint(host, 'red', `could not install ONNX Runtime: ${message}`)}\n`);
  printError(`  fix: ${advice}, then run "pipeline backend install onnx"`);
  return false;
}
