/**
 * Draws an SVG as a PNG with resvg: in native code, or in WebAssembly where the native package does not load, as after
 * `npm ci --omit=optional`. Both have the same version and return the same bytes.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { codeOf } from '../../base/system-error.ts';
import { FONT_FAMILY, fontFile } from './font.ts';

type Draw = (svg: string) => Promise<Uint8Array>;

let drawing: Promise<Draw> | undefined;

export async function drawPng(svg: string): Promise<Uint8Array> {
  drawing ??= start();
  return (await drawing)(svg);
}

async function start(): Promise<Draw> {
  try {
    return await startNative();
  } catch (problem) {
    if (!lacksNative(problem)) throw problem;
    return startWasm();
  }
}

/** The package is not installed, or its library does not fit this machine. */
const NOT_LOADED = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']);

/** The package throws these without a code on platforms for which it has no library. */
const NO_LIBRARY = /^(?:Unsupported (?:architecture|OS)|Failed to load native binding)\b/;

export function lacksNative(problem: unknown): boolean {
  const code = codeOf(problem);
  if (code !== undefined) return NOT_LOADED.has(code);
  return problem instanceof Error && NO_LIBRARY.test(problem.message);
}

/** At two pixels for each unit. */
const options = {
  fitTo: { mode: 'zoom', value: 2 },
  font: { loadSystemFonts: false, defaultFontFamily: FONT_FAMILY },
} as const;

/** In a separate thread, while the next figure is drawn. */
async function startNative(): Promise<Draw> {
  const { renderAsync } = await import('@resvg/resvg-js');
  const font = { ...options.font, fontFiles: [fontFile()] };
  return async (svg) => {
    const image = await renderAsync(svg, { ...options, font });
    return image.asPng();
  };
}

export async function startWasm(): Promise<Draw> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  const module = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
  await initWasm(await readFile(module));
  const font = { ...options.font, fontBuffers: [readFileSync(fontFile())] };
  return async (svg) => new Resvg(svg, { ...options, font }).render().asPng();
}
