/** The connection to the server: the stream of events, and requests. */
import { type ServerMessage, TOKEN_HEADER } from '../messages.ts';
import { clock, connected, receive, run } from './store.ts';

/** A lost stream reconnects by itself, and then sends the whole state. */
export function listen(): void {
  const events = new EventSource('/events');
  events.onopen = () => {
    connected.value = true;
  };
  events.onerror = () => {
    connected.value = false;
  };
  events.onmessage = ({ data }) => receive(JSON.parse(data) as ServerMessage);
  setInterval(() => {
    if (run.peek()?.status.state === 'running') clock.value = Date.now();
  }, 500);
}

/** The error has a message for the user. */
export async function ask<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  const text = new URLSearchParams(query).toString();
  return read(await send(text ? `${path}?${text}` : path));
}

export async function act(path: string, body: unknown): Promise<void> {
  const headers = { [TOKEN_HEADER]: token() ?? '', 'content-type': 'application/json' };
  await read(await send(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

const KEY = 'token';

/** The token is in the fragment of the address, which browsers do not send. It is then removed from there. */
export function takeToken(): void {
  const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (given === undefined) return;
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, '', location.pathname);
}

export function token(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

/** Browsers describe a lost connection in words of their own. */
export async function send(path: string, options?: RequestInit): Promise<Response> {
  try {
    return await fetch(path, options);
  } catch (problem) {
    if (!(problem instanceof TypeError)) throw problem;
    throw new Error('the server does not answer');
  }
}

async function read<T>(response: Response): Promise<T> {
  const value = (await response.json()) as T & { readonly error?: string };
  if (!response.ok) throw new Error(value.error ?? `the server answered ${response.status}`);
  return value;
}
