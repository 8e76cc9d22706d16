/** The log of a stage's last attempt. New lines are added while it runs. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { duration } from '../../base/units.ts';
import type { LogPiece } from '../answers.ts';
import { ask } from './server.ts';
import { byId, version } from './store.ts';

export function Log({ stage }: { readonly stage: string }) {
  const [log, setLog] = useState<LogPiece & { readonly gone: number }>();
  const [error, setError] = useState<string>();
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  version.value;
  const { state, lines = 0 } = byId.get(stage) ?? {};
  const known = useRef(log);
  known.current = log;
  useEffect(() => {
    let late = false;
    const { run, attempt, gone = 0, lines: had = [] } = known.current ?? {};
    const from = gone + had.length;
    const take = (piece: LogPiece): void => {
      if (late) return;
      // A new attempt has started, so this answer is about the old one.
      const same = run === piece.run && attempt === piece.attempt;
      if (same) setLog({ ...piece, gone, lines: [...had, ...piece.lines].slice(-MOST_LINES) });
      else if (from > 0) void ask<LogPiece>('/api/log', { id: stage, from: '0' }).then(whole);
      else whole(piece);
    };
    const whole = (piece: LogPiece): void => {
      if (!late) setLog({ ...piece, gone: piece.from });
    };
    ask<LogPiece>('/api/log', { id: stage, from: String(from) }).then(take, (problem: Error) =>
      setError(problem.message),
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
