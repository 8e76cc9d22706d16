/**
 * Takes the screenshots of the page and of the report in `docs/images/` from a real run:
 *
 *   node scripts/screenshots.mjs [FOLDER] [ARGUMENTS OF pipeline run...]
 *
 * FOLDER contains a pipeline.yaml with a stage `report`. Without it, this project's pipeline is copied to an empty
 * folder and run. The screenshot of the page is taken when the first stage of `SHOWN` runs, or at once if everything is
 * up to date. Needs Chromium (PLAYWRIGHT_CHROMIUM is its path).
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const SHOWN = /^(finetune|train)\b/;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const images = join(root, 'docs', 'images');
const [given, ...words] = process.argv.slice(2);
const folder = given ? resolve(given) : freshProject();
const program = join(root, 'dist', 'main.js');
const executablePath = [
  process.env.PLAYWRIGHT_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path));
if (!executablePath) throw new Error('Chromium was not found; set PLAYWRIGHT_CHROMIUM to its path');

mkdirSync(images, { recursive: true });
const ui = spawn(process.execPath, [program, 'ui'], {
  cwd: folder,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const address = await new Promise((done) =>
    ui.stdout.on('data', (piece) => done(String(piece).trim())),
  );
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.goto(address);
  await page.locator('.node').first().waitFor();
  const run = spawn(process.execPath, [program, 'run', ...words], {
    cwd: folder,
    stdio: 'inherit',
  });
  const over = new Promise((done) => run.on('exit', done));
  const shown = await Promise.race([over, untilShown(page)]);
  if (typeof shown === 'object') await shown.click();
  const instance = page.locator('.instance.running').first();
  if (typeof shown === 'object' && (await instance.count()) > 0) await instance.click();
  await page.waitForTimeout(1500);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await shoot(page, `ui-${colorScheme}.png`);
  }
  await over;
  const report = join(folder, 'artifacts', 'latest', 'report', 'index.html');
  if (existsSync(report)) {
    await page.setViewportSize({ width: 1280, height: 1400 });
    await page.goto(pathToFileURL(report).href);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await shoot(page, `report-${colorScheme}.png`);
    }
  }
} finally {
  await browser.close();
  ui.kill('SIGINT');
}

function freshProject() {
  const fresh = mkdtempSync(join(tmpdir(), 'screenshots-'));
  cpSync(join(root, 'pipeline.yaml'), join(fresh, 'pipeline.yaml'));
  cpSync(join(root, 'configs'), join(fresh, 'configs'), { recursive: true });
  return fresh;
}

async function untilShown(page) {
  for (;;) {
    for (const node of await page.locator('.node.running').all()) {
      if (SHOWN.test((await node.getAttribute('title')) ?? '')) return node;
    }
    await page.waitForTimeout(200);
  }
}

async function shoot(page, name) {
  const path = join(images, name);
  const bytes = await page.screenshot();
  writeFileSync(path, bytes);
  console.log(`${name}: ${(bytes.length / 1000).toFixed(0)} kB`);
}
