#!/usr/bin/env node
// Must parse on every Node that has modules: an old one has to get as far as the message.
import { existsSync } from 'fs';

var LEAST = 24;

if (Number(process.versions.node.split('.')[0]) < LEAST) {
  process.stderr.write(
    'Portcullis needs Node ' +
      LEAST +
      ' or later; this is ' +
      process.versions.node +
      '. Get it from https://nodejs.org/en/download, or run: npx --yes --package=node@' +
      LEAST +
      ' -- portcullis\n'
  );
  process.exit(1);
}

// The repository has the source, the published package the build.
var source = new URL('../src/cli/main.ts', import.meta.url);
var main = existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url);

import(main.href)
  .then(function (cli) {
    return cli.main(process.argv);
  })
  .catch(function (error) {
    process.stderr.write('portcullis could not start: ' + (error && error.message) + '\n');
    process.exit(1);
  });
