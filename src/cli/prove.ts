import { styleText } from 'node:util';
import { nearest } from '../options.ts';
import { WAYS } from '../prove/prove.ts';
import { prove as proveAll, type ControlResult, type WayResult } from '../prove/run.ts';
import { SLICES } from '../prove/slices.ts';
import type { Way } from '../prove/target.ts';
import { reasonNoGateway } from '../prove/upstream.ts';
import { Mistake } from './mistake.ts';

/** Options of `portcullis prove`. */
export interface ProveOptions {
  readonly json?: boolean;
}

const [ID_WIDTH, CATALOGUE_WIDTH, WAY_WIDTH] = [26, 18, 28];

/**
 * Runs `portcullis prove`: attacks controls with each off and on, over every way, and prints both columns. Sets exit
 * code 1 unless all of them hold.
 * @throws {Mistake} for an id that no control has.
 */
export async function prove(ids: readonly string[], { json = false }: ProveOptions): Promise<void> {
  const known = [...SLICES.keys()];
  for (const id of ids) {
    if (SLICES.has(id)) continue;
    const near = nearest(id, known);
    throw new Mistake(`no control is called "${id}"${near === undefined ? '' : `; did you mean "${near}"?`}`);
  }
  const chosen = new Map([...SLICES].filter(([id]) => ids.length === 0 || ids.includes(id)));
  const reason = await reasonNoGateway();
  if (reason !== undefined) process.stderr.write(`Nothing is proven in front of an upstream here: ${reason}\n`);
  const allHold = await report(proveAll(chosen), json, (line) => void process.stdout.write(`${line}\n`));
  if (!allHold) process.exitCode = 1;
}

/** Prints results as they come, and one closing line; tells whether there were any and all of them hold. */
export async function report(
  results: AsyncIterable<ControlResult>,
  json: boolean,
  print: (line: string) => void,
): Promise<boolean> {
  let [proven, broken, ways] = [0, 0, 0];
  if (!json) print(heading());
  for await (const result of results) {
    if (result.holds) proven += 1;
    else broken += 1;
    ways += result.ways.filter(({ not }) => not === undefined).length;
    if (json) print(JSON.stringify(result));
    else for (const line of rowsOf(result)) print(line);
  }
  print(
    json
      ? JSON.stringify({ proven, ways, broken })
      : `prove: ${proven} ${proven === 1 ? 'control' : 'controls'} proven over ${ways} ways, ${broken} not`,
  );
  return broken === 0 && proven > 0;
}

function heading(): string {
  const ways = [...WAYS.map(nameOf), 'gateway modern', 'gateway legacy'].map((name) => name.padEnd(WAY_WIDTH));
  return `${'control'.padEnd(ID_WIDTH)}${'catalogue'.padEnd(CATALOGUE_WIDTH)}${ways.join('')}`.trimEnd();
}

function nameOf({ transport, era, gateway }: Way): string {
  return `${gateway === true ? 'gateway, ' : ''}${transport} ${era}`;
}

/** One row with a cell for each way, then a line for each way that does not hold. */
function rowsOf({ id, catalogue, ways, error }: ControlResult): readonly string[] {
  if (error !== undefined) return [`${id.padEnd(ID_WIDTH)}${styleText('red', 'incomplete')}: ${error}`];
  const row = `${id.padEnd(ID_WIDTH)}${catalogue.join(' ').padEnd(CATALOGUE_WIDTH)}${ways.map(cell).join('')}`;
  return [row.trimEnd(), ...ways.flatMap(notes)];
}

function cell({ proof, not }: WayResult): string {
  if (not !== undefined) return '-'.padEnd(WAY_WIDTH);
  if (proof === undefined) return styleText('red', 'could not be tried'.padEnd(WAY_WIDTH));
  return proof.holds
    ? styleText('green', 'off: succeeds  on: fails'.padEnd(WAY_WIDTH))
    : styleText('red', `off: ${proof.off.status}  on: ${proof.on.status}`.padEnd(WAY_WIDTH));
}

function notes({ proof, error, ...way }: WayResult): readonly string[] {
  if (error !== undefined) return [`  ${nameOf(way)}: ${error}`];
  if (proof === undefined || proof.holds) return [];
  const { good, off, on } = proof;
  const verdicts = Object.entries({ good, off, on }).map(([name, { status, why }]) => `${name} ${status} (${why})`);
  return [`  ${nameOf(way)}: ${verdicts.join('; ')}`];
}
