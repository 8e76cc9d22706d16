#!/usr/bin/env node
/**
 * The command `pipeline`. `npm ci` builds the program. After `npm ci --ignore-scripts` there is no build, so this makes
 * it. An installed package always has one.
 */
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) await (await import('./build.mjs')).build();
await import(main.href);
