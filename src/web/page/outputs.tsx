/** The output files of a stage: images are shown, texts can be viewed, and every file can be opened. */
import { useEffect, useState } from 'preact/hooks';
import { byteSize, counted } from '../../base/units.ts';
import type { StageOutput } from '../answers.ts';
import { objectAddress } from '../messages.ts';
import { send } from './server.ts';

export function Outputs({ outputs }: { readonly outputs: readonly StageOutput[] }) {
  return (
    <>
      {outputs.map((output) => (
        <Output key={output.port} output={output} />
      ))}
    </>
  );
}

/** A longer text is opened in a new tab. */
const MOST_READ = 256 << 10;
const TEXT = /\.(?:json|txt|md|csv|tsv|ya?ml|tex|log|py|[cm]?[jt]s)$|(?:^|\/)[^.]+$/i;
const IMAGE = /\.(?:svg|png|jpe?g|gif|webp)$/i;
const MOST_IMAGES = 6;

function Output({ output }: { readonly output: StageOutput }) {
  const { port, kind, artifact, files, count, bytes } = output;
  const images = files.filter(({ path }) => IMAGE.test(path)).slice(0, MOST_IMAGES);
  return (
    <div class="output">
      <h4>
        {port} <span class="faint">{kind !== port && kind}</span>
      </h4>
      <p class="faint">
        {counted(count, 'file', 'files')}, {byteSize(bytes)}
      </p>
      <ul class="files">
        {files.map(({ path, size }) => (
          <li key={path}>
            <a href={objectAddress(artifact, path)} target="_blank" rel="noopener">
              {path}
            </a>{' '}
            <span class="faint">{byteSize(size)}</span>
            {TEXT.test(path) && size <= MOST_READ && (
              <Preview address={objectAddress(artifact, path)} path={path} />
            )}
          </li>
        ))}
      </ul>
      {count > files.length && <p class="faint">and {count - files.length} more</p>}
      {images.length > 0 && (
        <div class="pictures">
          {images.map(({ path }) => (
            <img key={path} src={objectAddress(artifact, path)} alt={path} loading="lazy" />
          ))}
        </div>
      )}
    </div>
  );
}

function Preview({ address, path }: { readonly address: string; readonly path: string }) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState<string>();
  // The stage may make another file while this one is shown.
  useEffect(() => {
    if (!isOpen) return;
    let outdated = false;
    textOf(address, path).then(
      (got) => !outdated && setText(got),
      (problem: Error) => !outdated && setText(problem.message),
    );
    return () => {
      outdated = true;
    };
  }, [isOpen, address]);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary aria-label={`View ${path}`}>view</summary>
      <pre role="group" tabIndex={0} aria-label={path}>
        {text ?? '…'}
      </pre>
    </details>
  );
}

async function textOf(address: string, path: string): Promise<string> {
  const response = await send(address);
  if (!response.ok) return 'This file no longer exists.';
  const text = await response.text();
  return /\.json$/i.test(path) ? laidOut(text) : text;
}

function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch (problem) {
    if (!(problem instanceof SyntaxError)) throw problem;
    return text;
  }
}
