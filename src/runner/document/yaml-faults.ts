/** Says in plain words what is wrong in a text that is not YAML. Messages of the library use terms of the standard. */
import type { YAMLParseError } from 'yaml';
import { type Diagnostic, error } from './diagnostic.ts';
import type { Span } from './source.ts';

export function yamlFault(
  { code, message, pos }: YAMLParseError,
  text: string,
  span: Span,
): Diagnostic {
  const [said, suggestion] = plain(code, firstSentence(message), text.slice(pos[0]));
  return error(said, span, suggestion === undefined ? {} : { suggestion });
}

/** @param rest the text from the fault on */
function plain(code: string, message: string, rest: string): [said: string, suggestion?: string] {
  if (/^(?:<{7}|={7}|>{7})(?!\S)/.test(rest)) {
    return ['this is a merge conflict', 'resolve it, and remove the lines with <, = and >'];
  }
  // Both are also reported for brackets and quotes that begin on an earlier line.
  const bracket = /end with a ([\]}])$/.exec(message)?.[1];
  if (bracket) {
    return [`there is no "${bracket}" for an earlier "${bracket === ']' ? '[' : '{'}"`];
  }
  const quote = /^Missing closing (["'])/.exec(message)?.[1];
  if (quote) return [`this text has no closing ${quote}`];
  // There are three such messages, with two codes.
  if (/^Implicit .*keys? /.test(message)) {
    return ['this is not "key: value"', 'write a colon and a space after the key'];
  }
  switch (code) {
    case 'TAB_AS_INDENT':
      return ['this line is indented by a tab', 'indent by spaces: YAML allows no tabs there'];
    case 'BLOCK_AS_IMPLICIT_KEY':
      return [
        'a key is not allowed here, because this line already belongs to a value',
        'indent the keys of a map equally, and put a text that contains ": " in quotes',
      ];
    case 'BAD_SCALAR_START':
      return [message, 'put the text in quotes'];
    case 'MULTIPLE_DOCS':
      return [
        'a second YAML document begins here, but a file can have only one',
        'remove the "---", or move the second document into another file',
      ];
    default:
      return [message];
  }
}

function firstSentence(message: string): string {
  return message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
}
