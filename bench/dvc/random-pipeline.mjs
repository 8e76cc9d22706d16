/**
 * Makes DVC projects at random from a seed: files, params.yaml, and stages of all kinds that read each other's outputs.
 * Their commands are a few words of shell, so that both programs can run them.
 */
import { stringify } from 'yaml';

/** A small generator of numbers in [0, 1) (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomProject(seed) {
  const random = randomFrom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const chance = (share) => random() < share;
  const files = { 'sub/keep': '' };
  for (let i = 0; i < 3; i++)
    files[`data/raw${i}.txt`] = lines(random, 2 + Math.floor(random() * 4));
  const params = {
    seed: Math.floor(random() * 100),
    train: {
      rate: pick([0.1, 0.5, 1.5]),
      rounds: 1 + Math.floor(random() * 9),
      tag: pick(['x', 'y z']),
    },
    models: ['ann', 'bob', 'cat'].slice(0, 2 + Math.floor(random() * 2)),
    sizes: { small: { count: 1 }, large: { count: 2 } },
  };
  const stages = {};
  const made = [];
  const count = 3 + Math.floor(random() * 6);
  for (let i = 0; i < count; i++) {
    const { stage, outs } = randomStage(i, { made, pick, chance, random });
    stages[`s${i}`] = stage;
    made.push({ index: i, outs, group: groupOf(stage) });
  }
  const document = {
    ...(chance(0.3) && { vars: [{ note: { word: pick(['hi', 'ho']) } }] }),
    stages,
  };
  if (!document.vars) {
    for (const stage of Object.values(stages)) strip(stage, ' ${note.word}');
  }
  files['dvc.yaml'] = stringify(document, { lineWidth: 0 });
  files['params.yaml'] = stringify(params);
  return { files, params, document };
}

function groupOf(stage) {
  if (stage.matrix) return `matrix:${Object.keys(stage.matrix)}`;
  return stage.foreach ? `foreach:${JSON.stringify(stage.foreach)}` : 'plain';
}

function randomStage(index, { made, pick, chance, random }) {
  const kind = pick(['plain', 'plain', 'list', 'models', 'map', 'matrix', 'odd']);
  const wdir = kind === 'plain' && chance(0.25) ? 'sub' : undefined;
  const at = (path) => (wdir ? `../${path}` : path);
  const item = {
    plain: '',
    list: '${item}',
    models: '${item}',
    map: '${key}',
    odd: '${item}',
    matrix: '${item.a}-${item.b}',
  }[kind];
  const deps = new Set();
  if (made.length === 0 || chance(0.4)) deps.add(`data/raw${Math.floor(random() * 3)}.txt`);
  for (let n = Math.floor(random() * 3); n > 0 && made.length > 0; n--) {
    const from = pick(made);
    const sameTurns = from.outs.template !== undefined && from.outs.kind === kind;
    if (sameTurns && chance(0.7)) deps.add(from.outs.template);
    else if (from.outs.folder && chance(0.4)) deps.add(from.outs.folder);
    else deps.add(pick(from.outs.paths));
  }
  if (deps.size === 0) deps.add('data/raw0.txt');
  const body = {};
  const shape = pick(['file', 'file', 'folder', 'metrics', 'shared']);
  const base = {
    file: `o${index}`,
    folder: `d${index}`,
    metrics: `m${index}`,
    shared: `all${index}/part`,
  }[shape];
  const suffix = item === '' ? '' : `-${item}`;
  const path = `${base}${suffix}${shape === 'metrics' ? '.json' : ''}`;
  const target = shape === 'folder' ? `${path}/x` : path;
  const how = pick(['cat', 'cat', 'wc -l', 'head -n 1']);
  const words = [];
  if (chance(0.4)) words.push(pick(['${seed}', '${train.rounds}', '${train.rate}', '${train}']));
  if (kind === 'map') words.push('${item.count}');
  if (kind !== 'plain' && chance(0.5)) words.push(item);
  words.push(chance(0.2) ? '${note.word}' : `s${index}`);
  const inputs = [...deps].map((dep) => `find ${at(dep)} -type f | sort | xargs cat | ${how}`);
  const texts = [`echo ${words.join(' ')}`, ...inputs];
  if (!wdir && chance(0.4)) {
    body.params = pick([
      ['seed'],
      ['train.rate'],
      [{ 'params.yaml': ['train.rounds'] }],
      ['train'],
    ]);
    texts.push("grep -E 'seed|rate|rounds' params.yaml | tr -d ' ' | sort");
  }
  if (body.params) texts[texts.length - 1] = readerOf(body.params);
  const make = `mkdir -p $(dirname ${at(target)}) && (${texts.join('; ')}) > ${at(target)}`;
  body.cmd =
    shape === 'metrics'
      ? `${make.slice(0, make.lastIndexOf('>'))}| cksum | cut -d' ' -f1 | sed 's/.*/{"v": &}/' > ${at(target)}`
      : make;
  if (chance(0.2)) body.cmd = [body.cmd, 'true'];
  if (wdir) body.wdir = wdir;
  body.deps = [...deps].map(at);
  body[shape === 'metrics' ? 'metrics' : 'outs'] = [at(path)];
  const { stage, turns } = wrap(kind, body);
  const outs = {
    kind: `${kind}`,
    template: kind === 'plain' ? undefined : path,
    paths: turns.map((turn) => fill(path, turn)),
    folder: shape === 'shared' ? `all${index}` : undefined,
  };
  return { stage, outs };
}

/** Reads only the declared values, even if the file has others. */
function readerOf(params) {
  const names = params.flatMap((one) => (typeof one === 'string' ? [one] : one['params.yaml']));
  const keys = names.flatMap((name) =>
    name === 'train' ? ['rate', 'rounds', 'tag'] : [name.split('.').at(-1)],
  );
  return `grep -E '^ *(${keys.join('|')}):' params.yaml | tr -d ' '`;
}

function wrap(kind, body) {
  switch (kind) {
    case 'plain':
      return { stage: body, turns: [{}] };
    case 'list':
      return {
        stage: { foreach: ['ann', 'bob'], do: body },
        turns: [{ item: 'ann' }, { item: 'bob' }],
      };
    case 'odd':
      // These can't be values of an axis, so each becomes a stage.
      return {
        stage: { foreach: ['x,y', 'z=1'], do: body },
        turns: [{ item: 'x,y' }, { item: 'z=1' }],
      };
    case 'models':
      // The third model does not always exist.
      return {
        stage: { foreach: '${models}', do: body },
        turns: [{ item: 'ann' }, { item: 'bob' }],
      };
    case 'map':
      return {
        stage: { foreach: '${sizes}', do: body },
        turns: [{ key: 'small' }, { key: 'large' }],
      };
    default:
      return {
        stage: { matrix: { a: ['p', 'q'], b: [1, 2] }, ...body },
        turns: ['p', 'q'].flatMap((a) => [1, 2].map((b) => ({ 'item.a': a, 'item.b': b }))),
      };
  }
}

function fill(path, turn) {
  return path.replace(/\$\{([^}]*)\}/g, (_, name) => String(turn[name]));
}

function strip(stage, text) {
  const body = stage.do ?? stage;
  const clean = (cmd) => cmd.replaceAll(text, '').replaceAll('echo ${note.word}', 'echo word');
  body.cmd = Array.isArray(body.cmd) ? body.cmd.map(clean) : clean(body.cmd);
}

export function lines(random, count) {
  return Array.from({ length: count }, () => `${Math.floor(random() * 1e6)}\n`).join('');
}
