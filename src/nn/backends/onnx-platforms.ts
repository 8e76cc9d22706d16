/** The platforms for which the package onnxruntime-node has a library. */
import { existsSync } from 'node:fs';
import { arch, platform } from 'node:os';

export interface Platform {
  readonly os: string;
  readonly arch: string;
  /** Whether its C library is musl, as in Alpine Linux. */
  readonly musl: boolean;
}

const SUPPORTED = new Set(['linux x64', 'linux arm64', 'darwin arm64']);

export function whyUnsupported({
  os,
  arch,
  musl,
}: Platform): { readonly reason: string; readonly advice: string } | undefined {
  const advice = 'use the backend wasm, which runs everywhere';
  if (musl) {
    const reason = 'ONNX Runtime has no library for Linux with musl, such as Alpine';
    return { reason, advice: `${advice}, or a Linux with glibc, such as Debian` };
  }
  if (SUPPORTED.has(`${os} ${arch}`)) return undefined;
  const here = os === 'darwin' ? 'Intel Macs' : `${os} ${arch}`;
  return { reason: `ONNX Runtime has no library for ${here}`, advice };
}

export function thisPlatform(): Platform {
  const os = platform();
  return { os, arch: arch(), musl: os === 'linux' && hasOnlyMusl() };
}

/** If a Linux has both, Node may be of either kind. Then the attempt to load the library decides. */
function hasOnlyMusl(): boolean {
  const [musl, glibc] =
    arch() === 'arm64'
      ? ['/lib/ld-musl-aarch64.so.1', '/lib/ld-linux-aarch64.so.1']
      : ['/lib/ld-musl-x86_64.so.1', '/lib64/ld-linux-x86-64.so.2'];
  return existsSync(musl) && !existsSync(glibc);
}
