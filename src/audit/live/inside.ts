/** What tells of the inside of a server; each form is one that hardly any text for a reader has. */
const FORMS: readonly (readonly [kind: string, form: RegExp])[] = [
  ['the lines of a stack', /\bat .{1,200}:\d{1,6}:\d{1,6}\)?(?:\\n|\n|<br|&nbsp;|"|$)/],
  ['the lines of a stack', /Traceback \(most recent call last\)|File \\?"[^"\n]{1,200}\\?", line \d+/],
  ['the lines of a stack', /\bat [\w$.]{1,100}\([\w$]{1,60}\.java:\d+\)|goroutine \d+ \[running\]/],
  ['a path of its files', /(?:node_modules|site-packages|dist-packages)[/\\]/],
  [
    'a path of its files',
    /(?:^|[\s"'(=:])(?<!(?:href|src|action|content)=["']?)\/(?:home|usr|srv|app|opt|var|root|Users|workspace)\/[\w.@-]{1,80}\/[\w./@-]{1,200}/,
  ],
  ['a path of its files', /\b[A-Z]:\\{1,2}(?:Users|Windows|inetpub|Program Files)\\/],
  ['an error of its database', /\bSQLSTATE\b|SQLITE_[A-Z]{3,}|\bORA-\d{5}\b|syntax error at or near "/],
];

/** What kind of thing about the inside of a server a text holds, or undefined. */
export function insideOf(text: string): string | undefined {
  const start = text.slice(0, 65_536);
  return FORMS.find(([, form]) => form.test(start))?.[0];
}
