/** Defers what takes long to draw, so that typing is not delayed. */
import { useEffect, useState } from 'preact/hooks';

/** Milliseconds. A change within this time starts it again. */
const PAUSE = 60;

/** The value before the last changes, until a user pauses. */
export function useLater<T>(value: T): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return later;
}
