/** The addresses of the server. Only starting a run writes anything. */
import type { ServerResponse } from 'node:http';
import { parseJson } from '../../base/json-text.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { type RunSummary, runIds, summarize } from '../../runner/index.ts';
import type { RunRequest } from '../messages.ts';
import { compare } from './comparison.ts';
import { experimentsOf } from './experiments.ts';
import { figuresOf } from './figures.ts';
import type { OwnRun } from './own-run.ts';
import type { Workbench } from './workbench.ts';

/** The answer as JSON; undefined if the address does not exist. */
export function answer(url: URL, workbench: Workbench): Result<unknown, string> | undefined {
  const { layout } = workbench.options.project;
  const query = (name: string): string => url.searchParams.get(name) ?? '';
  const { prepared } = workbench;
  switch (url.pathname) {
    case '/api/stage':
      return found(workbench.detail(query('id')), `no stage "${query('id')}"`);
    case '/api/log': {
      const from = Math.max(0, Math.floor(Number(query('from')) || 0));
      return found(workbench.log(query('id'), from), `no stage "${query('id')}"`);
    }
    case '/api/curves':
      return found(workbench.curvesOf(query('id')), `no stage "${query('id')}"`);
    case '/api/instances':
      return found(workbench.instances(query('stage')), `no stage "${query('stage')}"`);
    case '/api/runs':
      return ok(newestRuns(layout));
    case '/api/compare':
      return prepared ? compare(layout, query('before'), query('after'), prepared) : NOT_READ;
    case '/api/experiments':
      return prepared ? ok(experimentsOf(layout, prepared)) : NOT_READ;
    case '/api/figures':
      return prepared ? ok(figuresOf(prepared, workbench.options.hasSettings ?? false)) : NOT_READ;
    default:
      return undefined;
  }
}

/** Handles a request that may start or stop a run; undefined if the address does not exist. */
export async function act(
  path: string,
  body: string,
  own: OwnRun,
): Promise<Result<unknown, string> | undefined> {
  switch (path) {
    case '/api/run': {
      const request = parseRequest(body);
      return request ? own.start(request) : fail('the request does not describe a run');
    }
    case '/api/stop':
      void own.stop();
      return ok('stopping');
    default:
      return undefined;
  }
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

const NOT_READ = fail('the pipeline has not been read yet');

/** The list has at most this many runs. */
const MOST_RUNS = 200;

function newestRuns(layout: Parameters<typeof runIds>[0]): readonly RunSummary[] {
  const ids = runIds(layout).slice(0, MOST_RUNS);
  return ids.flatMap((id) => summarize(layout, id) ?? []);
}

function found<T>(value: T | undefined, otherwise: string): Result<T, string> {
  return value === undefined ? fail(otherwise) : ok(value);
}

function parseRequest(body: string): RunRequest | undefined {
  const request = parseJson(body);
  if (typeof request !== 'object' || request === null) return undefined;
  const { targets, force = false, keepGoing } = request as Partial<RunRequest>;
  const named = Array.isArray(targets) && targets.every((one) => typeof one === 'string');
  const flags = typeof keepGoing === 'boolean' && typeof force === 'boolean';
  return named && flags ? { targets, force, keepGoing } : undefined;
}
