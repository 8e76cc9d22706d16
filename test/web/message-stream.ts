/** Reads the stream of events of the page's server. */
import type { ServerMessage } from '../../src/web/messages.ts';

/** All messages until one meets the condition. */
export async function messagesUntil(
  address: string,
  enough: (message: ServerMessage, all: readonly ServerMessage[]) => boolean,
): Promise<readonly ServerMessage[]> {
  const all: ServerMessage[] = [];
  const stop = new AbortController();
  const response = await fetch(`${address}/events`, { signal: stop.signal });
  let text = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      if (!line.startsWith('data: ')) continue;
      const message = JSON.parse(line.slice(6)) as ServerMessage;
      all.push(message);
      if (!enough(message, all)) continue;
      stop.abort();
      return all;
    }
  }
  return all;
}
