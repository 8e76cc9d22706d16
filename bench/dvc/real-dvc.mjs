/** Asks the real DVC about folders with DVC projects. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const env = { ...process.env, DVC_NO_ANALYTICS: '1', PAGER: 'cat' };

/**
 * DVC's own classes give more details than its command line, and one process handles many projects. `accepted` is the
 * result of `dvc stage list`. `runs` is the result of `dvc dag`, with which `dvc repro` starts.
 */
const READER = `
import json, logging, os, sys
from dvc.repo import Repo
logging.disable(logging.CRITICAL)
for line in sys.stdin:
    folder = line.strip()
    os.chdir(folder)
    found = {"accepted": True, "runs": True, "stages": {}}
    try:
        repo = Repo(folder)
        for stage in repo.index.stages:
            rel = lambda path: os.path.relpath(path, folder)
            found["stages"][stage.addressing] = {
                "cmd": stage.cmd,
                "wdir": rel(stage.wdir),
                "deps": sorted(rel(d.fs_path) for d in stage.deps if type(d).__name__ == "Dependency"),
                "params": {rel(d.fs_path): sorted(d.params) for d in stage.deps if type(d).__name__ == "ParamsDependency" and d.params},
                "outs": sorted(rel(o.fs_path) for o in stage.outs),
            }
    except Exception as problem:
        found.update(accepted=False, runs=False, said=str(problem))
    if found["accepted"]:
        try:
            repo.index.check_graph()
        except Exception as problem:
            found.update(runs=False, said=str(problem))
    print(json.dumps(found), flush=True)
`;

const STARTER = `
import os, sys
from dvc.repo import Repo
for line in sys.stdin:
    os.chdir(line.strip())
    Repo.init(line.strip(), no_scm=True).close()
`;

export function makeProject(files) {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-compare-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** DVC's view of each folder, in the same order. */
export function readProjects(folders, dvc) {
  const python = join(dirname(dvc), 'python');
  const input = folders.map((folder) => `${folder}\n`).join('');
  const started = run(python, ['-c', STARTER], { input });
  if (started.status !== 0) throw new Error(started.stderr);
  const read = run(python, ['-c', READER], { input });
  const lines = read.stdout.split('\n').filter((line) => line.startsWith('{'));
  if (lines.length !== folders.length) throw new Error(read.stderr || read.stdout);
  return lines.map((line) => JSON.parse(line));
}

/** The result of the command line, which skips files that it can't resolve. */
export function listedStages(folder, dvc) {
  const { stdout } = run(dvc, ['stage', 'list', '--all', '--name-only'], { cwd: folder });
  return stdout.split('\n').filter(Boolean).sort();
}

export function run(program, words, options = {}) {
  return spawnSync(program, words, { env, encoding: 'utf8', maxBuffer: 1 << 26, ...options });
}
