import { describe, expect, it } from 'vitest';
import { imageProtocol, terminalImage } from '../../../src/cli/render/terminal-image.ts';

const ESCAPE = '\x1b';

describe('imageProtocol', () => {
  it.each([
    [{ TERM: 'xterm-kitty' }, 'kitty'],
    [{ TERM_PROGRAM: 'WezTerm' }, 'iterm2'],
    [{ TERM_PROGRAM: 'iTerm.app', TMUX: '/tmp/tmux' }, null],
    [{ TERM: 'xterm-256color' }, null],
  ])('of %o is %s', (environment, protocol) => {
    expect(imageProtocol(environment)).toBe(protocol);
  });
});

describe('terminalImage', () => {
  const png = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);

  it('is sent to kitty completely, in pieces of the allowed size', () => {
    const text = terminalImage(png, 'kitty', 60);
    const pieces = text
      .split(`${ESCAPE}_G`)
      .slice(1)
      .map((piece) => piece.replace(`${ESCAPE}\\`, '').trim().split(';'));
    expect(pieces.map(([control]) => control)).toEqual(['a=T,f=100,c=60,m=1', 'm=0']);
    const data = pieces.map(([, piece]) => piece!);
    expect(Math.max(...data.map(({ length }) => length))).toBeLessThanOrEqual(4096);
    expect(new Uint8Array(Buffer.from(data.join(''), 'base64'))).toEqual(png);
  });

  it('is sent to iTerm2 with its size', () => {
    const text = terminalImage(png, 'iterm2', 60);
    expect(text.startsWith(`${ESCAPE}]1337;File=inline=1;size=5000;width=60:`)).toBe(true);
  });
});
