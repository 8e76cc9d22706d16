/**
 * Shows a PNG in a terminal, with the protocol of kitty or iTerm2. The environment says which one the terminal
 * supports. Asking the terminal would require reading its answer.
 */

export type ImageProtocol = 'kitty' | 'iterm2';

/** Null if the terminal is not known to show images, and in tmux and screen, which drop them. */
export function imageProtocol(
  environment: Readonly<Record<string, string | undefined>>,
): ImageProtocol | null {
  const { TERM = '', TERM_PROGRAM = '', KITTY_WINDOW_ID, TMUX, STY } = environment;
  if (TMUX || STY) return null;
  if (KITTY_WINDOW_ID || TERM === 'xterm-kitty' || TERM_PROGRAM === 'ghostty') return 'kitty';
  return ['iTerm.app', 'WezTerm'].includes(TERM_PROGRAM) ? 'iterm2' : null;
}

/** @param columns the width of the image, in characters */
export function terminalImage(png: Uint8Array, protocol: ImageProtocol, columns: number): string {
  const data = Buffer.from(png).toString('base64');
  if (protocol === 'iterm2') {
    return `\x1b]1337;File=inline=1;size=${png.length};width=${columns}:${data}\x07\n`;
  }
  const pieces = data.match(/.{1,4096}/g) ?? [];
  const commands = pieces.map((piece, i) => {
    const first = i === 0 ? `a=T,f=100,c=${columns},` : '';
    return `\x1b_G${first}m=${i === pieces.length - 1 ? 0 : 1};${piece}\x1b\\`;
  });
  return `${commands.join('')}\n`;
}
