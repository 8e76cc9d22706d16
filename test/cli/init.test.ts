/** `pipeline init`: its files and its errors. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fail } from '../../src/base/result.ts';
import { Terminal, widest } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});
afterEach(() => terminal.remove());

interface Stage {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

function stagesOf(text: string): Readonly<Record<string, Stage>> {
  return parse(text).stages;
}

const written = () => stagesOf(terminal.files.get('pipeline.yaml')!);

describe('pipeline init', () => {
  it('writes an experiment by default, and names the next command', async () => {
    expect(await terminal.pipeline('init')).toEqual({
      code: 0,
      out: 'wrote pipeline.yaml\nnext: npx pipeline run\n',
      err: '',
    });
    expect(Object.values(written()).map(({ uses }) => uses)).toContain('train');
  });

  it('writes the scripts for PyTorch', async () => {
    expect((await terminal.pipeline('init', 'pytorch')).code).toBe(0);
    expect(terminal.files.get('network.py')).toBe('the text of python/project/network.py\n');
    expect([...terminal.files.keys()].sort()).toEqual([
      'evaluate.py',
      'lowrank_loader.py',
      'network.py',
      'pipeline.yaml',
      'save.py',
      'save_model.py',
      'write_scores.py',
    ]);
    // Each command sees the files that it names.
    const text = terminal.files.get('pipeline.yaml')!;
    for (const name of terminal.files.keys()) {
      if (name.endsWith('.py')) expect(text).toMatch(new RegExp(`files: \\[.*${name}`));
    }
  });

  it('overwrites no file, and writes none if one exists', async () => {
    terminal.files.set('network.py', 'mine');
    expect(await terminal.pipeline('init', 'pytorch')).toEqual({
      code: 2,
      out: '',
      err: `error: "network.py" already exists; nothing was written
  help: move it away, or run the command in another folder
`,
    });
    expect([...terminal.files]).toEqual([['network.py', 'mine']]);
  });

  it.each([
    [['onxn'], '"onxn" is not a kind of project (did you mean "onnx"?)'],
    [['net.onnx'], 'help: for a model, run "pipeline init onnx net.onnx"'],
    [['pytorch', 'net.pt'], 'the kind pytorch takes no model'],
    [['experiment', '--images', 'x'], 'the kind experiment takes no data'],
  ])('refuses the words %o', async (words, message) => {
    const { code, err } = await terminal.pipeline('init', ...words);
    expect([code, terminal.files.size]).toEqual([2, 0]);
    expect(err).toContain(message);
    expect(widest(err)).toBeLessThanOrEqual(80);
  });
});

describe('pipeline init onnx', () => {
  it('compares the models on random inputs if there is no data', async () => {
    terminal.files.set('my net.onnx', '');
    terminal.onnxFacts = {
      inputs: [{ name: 'ids', shape: ['N', 'length', ''] }],
      externalFiles: [],
    };
    expect((await terminal.pipeline('init', 'onnx', './my net.onnx')).code).toBe(0);
    expect(written()).toMatchObject({
      model: { with: { title: 'my net' }, inputs: { model: './my net.onnx' } },
      data: {
        uses: 'random-inputs',
        with: { extents: { length: 16, 'ids.2': 16 } },
        inputs: { model: 'model' },
      },
    });
  });

  it.each([
    [['N', 3, 224, 224], { layout: 'nchw', channels: 'rgb' }, { resize: 224, crop: 224 }],
    [[1, 28, 32, 1], { layout: 'nhwc', channels: 'gray' }, { resize: [28, 32] }],
    [['N', 3, 'h', 'w'], { layout: 'nchw', channels: 'rgb' }, {}],
    [['N', 16], { layout: 'nchw', channels: 'rgb' }, {}],
    [undefined, { layout: 'nchw', channels: 'rgb' }, {}],
  ])('declares images of the shape %o', async (shape, expected, size) => {
    terminal.files.set('net.onnx', '');
    terminal.files.set('photos/cat/1.png', '');
    terminal.onnxFacts = { inputs: [{ name: 'x', shape }], externalFiles: [] };
    const { out } = await terminal.pipeline('init', 'onnx', 'net.onnx', '--images', 'photos');
    expect(out).toContain(
      '\nfirst: in pipeline.yaml, set "mean" and "deviation" of the stage "model"',
    );
    expect(written().model?.with).toEqual({
      title: 'net',
      input: { ...expected, scale: 255, mean: [0], deviation: [1] },
    });
    expect(written().data?.with).toEqual({ title: 'photos', ...size });
  });

  it('names the folder of a model of several files', async () => {
    terminal.files.set('net.onnx', '');
    terminal.files.set('nets/net.onnx', '');
    terminal.onnxFacts = { inputs: [], externalFiles: ['net.data'] };
    const refused = await terminal.pipeline('init', 'onnx', 'net.onnx');
    expect([refused.code, terminal.files.has('pipeline.yaml')]).toEqual([2, false]);
    expect(refused.err).toContain('the weights of "net.onnx" are in "net.data"');
    expect((await terminal.pipeline('init', 'onnx', 'nets/net.onnx')).code).toBe(0);
    expect(written().model).toMatchObject({
      with: { file: 'net.onnx', title: 'net' },
      inputs: { model: './nets' },
    });
  });

  it.each([
    ['digits.npz', 'arrays'],
    ['digits.npz', 'images'],
    ['photos/', 'images'],
  ])('compares the models on the data %s as %s', async (data, type) => {
    terminal.files.set('net.onnx', '');
    terminal.files.set('digits.npz', '');
    terminal.files.set('photos/test/cat/1.png', '');
    expect((await terminal.pipeline('init', 'onnx', 'net.onnx', `--${type}`, data)).err).toBe('');
    const { data: stage, evaluate, report } = written();
    expect(stage).toMatchObject({ uses: type, inputs: { [type]: `./${data.replace('/', '')}` } });
    expect(evaluate?.inputs).toEqual({ models: 'decompose', data: 'data', reference: 'baseline' });
    expect(report?.inputs).toMatchObject({ scores: ['baseline', 'evaluate'] });
  });

  it.each([
    [[], 'no model is named', 'run "pipeline init onnx net.onnx"'],
    [['nat.onnx'], '"nat.onnx" does not exist (did you mean "net.onnx"?)', '"net.onnx"'],
    [['../net.onnx'], '"../net.onnx" is outside this folder', 'copy it here'],
    [['/net.onnx'], '"/net.onnx" is outside this folder', 'copy it here'],
    [['net.onnx', '--images', 'none'], '"none" does not exist', 'name a folder, an archive'],
    [['net.onnx', '--arrays', 'none'], '"none" does not exist', 'name an .npz file'],
  ])('refuses the words %o', async (words, message, help) => {
    terminal.files.set('net.onnx', '');
    const { code, err } = await terminal.pipeline('init', 'onnx', ...words);
    expect([code, terminal.files.size]).toEqual([2, 1]);
    expect(err).toContain(`error: ${message}`);
    expect(err).toContain(help);
  });

  it('refuses another file than a model', async () => {
    terminal.files.set('net.onnx', '');
    terminal.onnxFault = { message: 'it is empty', advice: 'export it again' };
    expect((await terminal.pipeline('init', 'onnx', 'net.onnx')).err).toBe(
      'error: "net.onnx" can\'t be used: it is empty\n  help: export it again\n',
    );
  });
});

describe('pipeline init onnx without ONNX Runtime', () => {
  beforeEach(() => {
    terminal.files.set('net.onnx', '');
  });

  function missing(canBeInstalled: boolean, works = true): void {
    const value = { version: '1.30.0', directory: '/folder/onnx', already: false, byName: false };
    const error = { message: 'no network', advice: 'connect', log: '/log' };
    terminal.installer = {
      ...terminal.installer,
      whyMissing: async () => ({ reason: 'there is none for this machine', canBeInstalled }),
      install: async () => (works ? { ok: true, value } : fail(error)),
    };
  }

  it('installs it', async () => {
    missing(true);
    const { code, out } = await terminal.pipeline('init', 'onnx', 'net.onnx');
    expect(code).toBe(0);
    expect(out).toContain('installed onnx 1.30.0 in /folder/onnx\nnext: npx pipeline run\n');
  });

  it('writes the pipeline and says how to install it later, if the installation fails', async () => {
    missing(true, false);
    const { code, err } = await terminal.pipeline('init', 'onnx', 'net.onnx');
    expect(code).toBe(1);
    expect(err).toContain('could not install ONNX Runtime: no network');
    expect(err).toContain('fix: connect, then run "pipeline backend install onnx"');
    expect(terminal.files.has('pipeline.yaml')).toBe(true);
  });

  it('installs nothing with --no-install, and where there is no library', async () => {
    missing(true, false);
    const refused = await terminal.pipeline('init', 'onnx', 'net.onnx', '--no-install');
    expect(refused).toMatchObject({ code: 0, err: '' });
    terminal.files.delete('pipeline.yaml');
    missing(false, false);
    const { code, err } = await terminal.pipeline('init', 'onnx', 'net.onnx');
    expect(code).toBe(0);
    expect(err).toContain('note: there is none for this machine');
  });

  it('refuses a folder without images', async () => {
    terminal.files.set('net.onnx', '');
    terminal.files.set('notes/a.txt', '');
    terminal.imagesFault = { message: 'these files are not images', advice: 'give a folder' };
    const { code, err } = await terminal.pipeline('init', 'onnx', 'net.onnx', '--images', 'notes');
    expect(err).toBe(
      'error: "notes" can\'t be used: these files are not images\n  help: give a folder\n',
    );
    expect([code, terminal.files.has('pipeline.yaml')]).toEqual([2, false]);
  });
});
