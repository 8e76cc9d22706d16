/** The command line in a project of the engine's rig. Collects its output as text. */
import { Writable } from 'node:stream';
import { numbersWithin } from '../../src/app/alike.ts';
import { fail, ok } from '../../src/base/result.ts';
import { main } from '../../src/cli/command-line.ts';
import type {
  BackendInstaller,
  BackendReport,
  Host,
  ModelFacts,
  ModelFault,
} from '../../src/cli/host.ts';
import { Footer } from '../../src/cli/render/footer.ts';
import type { OpenProject, ProjectOptions, RemoteSource } from '../../src/runner/index.ts';
import { memoryFolder } from '../dvc/memory-folder.ts';
import { Rig } from '../runner/rig.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class Terminal {
  readonly rig = new Rig();
  text = '';
  columns = 80;
  images: Host['images'] = null;
  gpus: readonly string[] = [];
  signal = new AbortController().signal;
  /** The options of the last opened project. */
  asked: ProjectOptions | undefined;
  remote: RemoteSource | undefined;
  /** The files that an importer reads and writes. */
  readonly files = new Map<string, string>();
  /** The reports of `pipeline doctor`. */
  reports: readonly BackendReport[] = [];
  /** Of each ONNX model. */
  onnxFacts: ModelFacts = { inputs: [], externalFiles: [] };
  /** Why a file is not an ONNX model. */
  onnxFault: ModelFault | undefined;
  imagesFault: ModelFault | undefined;
  installer: BackendInstaller = {
    names: ['tensorflow'],
    whyMissing: async () => undefined,
    install: () => Promise.reject(new Error('not in this test')),
    remove: async () => undefined,
  };
  /** Called with each piece of text that a command prints. */
  onText = (_text: string): void => undefined;
  private runs = 0;

  async pipeline(...words: readonly string[]): Promise<Said> {
    const out = new TextStream((text) => this.onText(text));
    const err = new TextStream((text) => this.onText(text));
    const host: Host = {
      command: ['/usr/bin/node', '/usr/lib/pipeline.js', ...words],
      folder: process.cwd(),
      stdout: out,
      stderr: err,
      interactive: false,
      columns: this.columns,
      footer: new Footer(err, () => ({ columns: this.columns, rows: 24 })),
      images: this.images,
      environment: this.rig.environment,
      cores: 2,
      memory: 8e9,
      gpus: () => this.gpus,
      installer: this.installer,
      numbersWithin,
      ownSources: undefined,
      beginAgain: () => undefined,
      backends: ['wasm', 'cpu'],
      examineBackends: async function* (this: Terminal) {
        yield* this.reports;
      }.bind(this),
      signal: this.signal,
      cancel: new AbortController().signal,
      now: () => 1_700_000_000_000,
      random: () => `r${this.runs++}`,
      openProject: async (options) => ok(this.open(options)),
      makeExecutor: () => this.rig.executor,
      page: () => ({ script: '', style: '' }),
      token: () => 'token',
      openBrowser: () => undefined,
      describeOnnx: async () => (this.onnxFault ? fail(this.onnxFault) : ok(this.onnxFacts)),
      faultOfImages: async () => this.imagesFault,
      packageText: (path) => `the text of ${path}\n`,
      openFolder: () => memoryFolder(this.files),
      writeText: (path, text, over) => {
        if (over === 'nothing' && this.files.has(path)) return 'is already installed';
        this.files.set(path, text);
        return undefined;
      },
    };
    const code = await main(words, '1.2.3', host);
    return { code, out: out.text, err: err.text };
  }

  private open(options: ProjectOptions): OpenProject {
    this.asked = options;
    const { remote } = this;
    const project = { ...this.rig.project(this.text), ...(remote && { remote }) };
    return { project, artifacts: 'artifacts' };
  }

  remove(): void {
    this.rig.remove();
  }
}

class TextStream extends Writable {
  text = '';
  private readonly onText: (text: string) => void;

  constructor(onText: (text: string) => void) {
    super();
    this.onText = onText;
  }

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.text += String(piece);
    this.onText(String(piece));
    done();
  }
}

export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

export function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}
