/**
 * Takes pictures of each view of the page, of the report and of an export, in narrow, usual and wide windows, light and
 * dark, from a real run:
 *
 *   node scripts/screenshots.mjs [--docs] FOLDER [PROJECT [ARGUMENTS OF pipeline run AND pipeline ui...]]
 *
 * The pictures are FOLDER/VIEW-WIDTH-SCHEME.png, such as runs-400-dark.png. --docs renews `docs/images/` from them.
 * PROJECT contains a pipeline.yaml with a stage `report`. Without it, or as `-`, this project's pipeline is copied to an
 * empty folder. The picture of a run is taken while the first stage of `SHOWN` runs; there is none if everything is up to
 * date. Needs Chromium (PLAYWRIGHT_CHROMIUM is its path).
 */
import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const WINDOWS = [
  { width: 400, height: 800 },
  { width: 1280, height: 860 },
  { width: 2560, height: 1440 },
];
const SCHEMES = ['light', 'dark'];

/** A page is shown whole if it is not taller. */
const TALLEST = 3200;

/** The stages that a picture of a run shows. */
const SHOWN = /^(finetune|train)\b/;

/** How long the curve of that stage grows. */
const GROWING_MS = 15_000;

/** The address of each view of the page, and what it shows when it is complete. */
const VIEWS = {
  graph: ['graph', '.node'],
  instances: ['graph/finetune', '.instance'],
  experiments: ['experiments', '.parallel path'],
  runs: ['runs', '.differences'],
  figures: ['figures', '.figures img'],
};

/** The pictures of the documentation. */
const DOCS = {
  'running-1280-light': 'ui-light',
  'parallel-1280-light': 'parallel-light',
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'dist', 'main.js');
const { isForDocs, folder, project, words } = readArguments(process.argv.slice(2));
mkdirSync(folder, { recursive: true });
const ui = spawn(process.execPath, [program, 'ui', ...words], {
  cwd: project,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
try {
  const address = await new Promise((done) =>
    ui.stdout.on('data', (piece) => done(String(piece).trim().split('\n')[0])),
  );
  const page = await browser.newPage({ viewport: WINDOWS[1], reducedMotion: 'reduce' });
  await shootRun(page, address);
  // A second run, which the first one can be compared with.
  await pipeline('run', ...words, '--set', 'report.tolerance=0.01');
  await pipeline('run', ...words);
  for (const [name, [view, ready]] of Object.entries(VIEWS)) {
    await page.goto(`${address}#/${view}`);
    await page.locator(ready).first().waitFor();
    await shootAll(page, name);
  }
  await shootChart(page, address);
  await page.goto(`${address}#/graph/finetune`);
  await page.locator('.instance').first().click();
  await page.locator('.panel .section').first().waitFor();
  await shootAll(page, 'stage');
  await shootFile(page, 'report', join(project, 'artifacts', 'latest', 'report', 'index.html'));
  const exported = mkdtempSync(join(tmpdir(), 'screenshots-export-'));
  await pipeline('export', 'latest', exported);
  await shootFile(page, 'export', join(exported, 'ro-crate-preview.html'));
  rmSync(exported, { recursive: true });
} finally {
  await browser.close();
  ui.kill('SIGINT');
}
if (isForDocs) renewDocs();

function readArguments([...given]) {
  const isForDocs = given[0] === '--docs' && given.shift() !== undefined;
  const [folder, project, ...words] = given;
  if (!folder) throw new Error('usage: node scripts/screenshots.mjs [--docs] FOLDER [PROJECT ...]');
  const where = project === undefined || project === '-' ? freshProject() : resolve(project);
  return { isForDocs, folder: resolve(folder), project: where, words };
}

function freshProject() {
  // The page shows its name.
  const fresh = join(mkdtempSync(join(tmpdir(), 'screenshots-')), 'compression');
  mkdirSync(fresh);
  cpSync(join(root, 'pipeline.yaml'), join(fresh, 'pipeline.yaml'));
  cpSync(join(root, 'configs'), join(fresh, 'configs'), { recursive: true });
  return fresh;
}

function findChromium() {
  const places = [process.env.PLAYWRIGHT_CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'];
  const found = places.find((path) => path && existsSync(path));
  if (!found) throw new Error('Chromium was not found; set PLAYWRIGHT_CHROMIUM to its path');
  return found;
}

function pipeline(...args) {
  const child = spawn(process.execPath, [program, ...args], { cwd: project, stdio: 'inherit' });
  return new Promise((done, fail) => {
    child.on('exit', (code) =>
      code === 0 ? done('over') : fail(new Error(`pipeline ${args.join(' ')} failed`)),
    );
  });
}

/** The page while a stage runs, with the panel of that stage. */
async function shootRun(page, address) {
  await page.goto(address);
  await page.locator('.node').first().waitFor();
  const over = pipeline('run', ...words);
  const shown = await Promise.race([over, untilShown(page)]);
  if (shown !== 'over') {
    await shown.click();
    const instance = page.locator('.instance.running').first();
    if ((await instance.count()) > 0) await instance.click();
    await Promise.race([over, page.locator('.panel .curves path.curve').first().waitFor()]);
    await Promise.race([over, page.waitForTimeout(GROWING_MS)]);
    await shoot(page, 'running', WINDOWS[1]);
  }
  await over;
}

async function untilShown(page) {
  for (;;) {
    for (const node of await page.locator('.node.running').all()) {
      if (SHOWN.test((await node.getAttribute('title')) ?? '')) return node;
    }
    await page.waitForTimeout(200);
  }
}

/** Parallel coordinates alone, for the documentation. */
async function shootChart(page, address) {
  await page.setViewportSize(WINDOWS[1]);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(`${address}#/experiments`);
  const chart = page.locator('.parallel');
  await chart.locator('path').first().waitFor();
  await chart.screenshot({ path: join(folder, 'parallel-1280-light.png') });
}

async function shootFile(page, name, path) {
  if (!existsSync(path)) return console.warn(`no ${name}: ${path} does not exist`);
  await page.goto(pathToFileURL(path).href);
  await shootAll(page, name);
}

async function shootAll(page, name) {
  for (const { width, height } of WINDOWS) {
    let tall = height;
    // A taller window may make its content taller.
    for (let i = 0; i < 3; i++) {
      await page.setViewportSize({ width, height: tall });
      tall = Math.min(TALLEST, tall + (await page.evaluate(hiddenHeight)));
    }
    await shoot(page, name, { width, height: tall });
  }
}

/** Called in the page. */
function hiddenHeight() {
  const boxes = [document.documentElement, ...document.querySelectorAll('.view, .panel')];
  return Math.max(...boxes.map((box) => box.scrollHeight - box.clientHeight));
}

async function shoot(page, name, window) {
  await page.setViewportSize(window);
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${window.width}-${colorScheme}.png`) });
  }
  console.log(`${name} at ${window.width} px`);
}

function renewDocs() {
  for (const [from, to] of Object.entries(DOCS)) {
    const picture = join(folder, `${from}.png`);
    if (existsSync(picture)) copyFileSync(picture, join(root, 'docs', 'images', `${to}.png`));
  }
}
