/** The text as a scalar of a pipeline, in quotes if a reader could take it for something else. */
export function yamlWord(text: string): string {
  const isPlain =
    /^[A-Za-z./][\w./-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  // A plain `${` begins a reference to a variable.
  return isPlain ? text : JSON.stringify(text).replaceAll('${', '$${');
}
