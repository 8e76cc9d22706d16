/**
 * Draws an SVG as a PNG with resvg: in native code, or in WebAssembly where the native package does not load, as after
 * `npm ci --omit=optional`. Both have the same version and return the same bytes.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { codeOf } from '../../base/system-error.ts';
import { fontIn, fontOf } from './font.ts';

type Draw = (svg: string) => Promise<Uint8Array>;

let drawing: Promise<Draw> | undefined;

export async function drawPng(svg: string): Promise<Uint8Array> {
  const draw = await loadPng();
  return draw(svg);
}

export function loadPng(): Promise<Draw> {
  drawing ??= start();
  return drawing;
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
const fitTo = { mode: 'zoom', value: 2 } as const;

/** Only the font of the drawing, and none of the machine. */
function fontFor(svg: string) {
  const { family, path } = fontOf(fontIn(svg));
  return { path, options: { loadSystemFonts: false, defaultFontFamily: family } };
}

/** In a separate thread, while the next figure is drawn. */
async function startNative(): Promise<Draw> {
  const { renderAsync } = await import('@resvg/resvg-js');
  return async (svg) => {
    const { path, options } = fontFor(svg);
    const image = await renderAsync(svg, { fitTo, font: { ...options, fontFiles: [path] } });
    return image.asPng();
  };
}

export async function startWasm(): Promise<Draw> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  const module = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
  await initWasm(await readFile(module));
  return async (svg) => {
    const { path, options } = fontFor(svg);
    const font = { ...options, fontBuffers: [readFileSync(path)] };
    return new Resvg(svg, { fitTo, font }).render().asPng();
  };
}
