/** A button that starts a run, if the page may. Only one run is allowed at a time. */
import { useRef, useState } from 'preact/hooks';
import type { RunRequest } from '../messages.ts';
import { act, token } from './server.ts';
import { pipeline, run } from './store.ts';

interface RunButtonProps {
  readonly label: string;
  readonly request: RunRequest;
}

export function RunButton({ label, request }: RunButtonProps) {
  const live = run.value?.status.state === 'running';
  return <ActButton label={label} path="/api/run" body={request} disabled={live} />;
}

/** An error is shown next to it. */
export function ActButton(props: {
  readonly label: string;
  readonly path: string;
  readonly body: unknown;
  readonly disabled?: boolean;
}) {
  const { label, path, body, disabled = false } = props;
  const [error, setError] = useState<string>();
  const asking = useRef(false);
  const ask = () => {
    // A double click asks once.
    if (asking.current) return;
    asking.current = true;
    setError(undefined);
    act(path, body)
      .catch((problem: Error) => setError(problem.message))
      .finally(() => {
        asking.current = false;
      });
  };
  return (
    <span class="control">
      <button type="button" class="action" disabled={disabled} onClick={ask}>
        {label}
      </button>
      {error !== undefined && (
        <span class="error" role="alert">
          {error}
        </span>
      )}
    </span>
  );
}

/** Whether the server lets this page start runs. */
export function mayAct(): boolean {
  return pipeline.value?.mayRun === true && token() !== undefined;
}
