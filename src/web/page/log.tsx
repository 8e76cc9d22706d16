/** The log of a stage's last attempt. New lines are added while it runs. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { duration } from '../../base/units.ts';
import type { LogPiece } from '../answers.ts';
import { ask } from './server.ts';
import { byId, version } from './store.ts';

interface ShownLog extends LogPiece {
  /** The number of lines before the shown ones. */
  readonly gone: number;
}

export function Log({ stage }: { readonly stage: string }) {
  const [log, setLog] = useState<ShownLog>();
  const [error, setError] = useState<string>();
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  version.value;
  const { state, lines = 0 } = byId.get(stage) ?? {};
  const known = useRef(log);
  known.current = log;
  useEffect(() => {
    let late = false;
    more(stage, known.current).then(
      (next) => {
        if (late) return;
        setLog(next);
        setError(undefined);
      },
      (problem: Error) => !late && setError(problem.message),
    );
    return () => {
      late = true;
    };
  }, [stage, state, lines]);
  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [log]);
  if (error) return <p class="error">{error}</p>;
  if (!log) return <p class="faint">…</p>;
  if (log.state === 'none') return <p class="faint">It has not run yet, or its run was deleted.</p>;
  const [headline, ...details] = log.failure;
  const nth = (log.attempt ?? 1) > 1 ? `, attempt ${log.attempt}` : '';
  return (
    <div class="log">
      {headline !== undefined && (
        <div class="failure">
          <p>{headline}</p>
          {details.length > 0 && <pre>{details.join('\n')}</pre>}
        </div>
      )}
      <p class="faint">
        run {log.run}
        {nth}
        {log.seconds !== undefined && `, ${duration(log.seconds)}`}
      </p>
      {(log.gone > 0 || log.cut) && (
        <p class="faint">
          {log.gone > 0 ? `${log.gone} earlier lines` : 'Earlier lines'} are not shown;{' '}
          <code>pipeline log</code> prints all of them
        </p>
      )}
      <pre
        ref={box}
        class="lines"
        role="group"
        tabIndex={0}
        aria-label={`Log of ${stage}`}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {log.lines.length > 0 ? log.lines.join('\n') : 'No output.'}
      </pre>
    </div>
  );
}

const MOST_LINES = 5_000;

/** The log with the lines that were added; all of it if another attempt has started. */
async function more(id: string, known: ShownLog | undefined): Promise<ShownLog> {
  const { run, attempt, gone = 0, lines = [] } = known ?? {};
  const from = gone + lines.length;
  const piece = await ask<LogPiece>('/api/log', { id, from: String(from) });
  if (run !== piece.run || attempt !== piece.attempt) {
    const whole = from > 0 ? await ask<LogPiece>('/api/log', { id, from: '0' }) : piece;
    return { ...whole, gone: whole.from };
  }
  // The server keeps only the last lines, so some may be missing.
  const before = piece.from === from ? lines : [];
  const shown = [...before, ...piece.lines].slice(-MOST_LINES);
  const end = piece.from + piece.lines.length;
  return { ...piece, ...(known?.cut && { cut: true }), lines: shown, gone: end - shown.length };
}
