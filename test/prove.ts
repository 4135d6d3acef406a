import { styleText } from 'node:util';
import { listSlices, loadSlice, proveSlice, reasonNot, WAYS } from '../src/prove/prove.ts';
import { closeSharedIssuer } from '../src/prove/target.ts';

/** Attacks every control, off and on, over every way that it has a meaning on; exit 1 unless all of them hold. */
async function main(only: readonly string[]): Promise<number> {
  const ids = (await listSlices()).filter((id) => only.length === 0 || only.includes(id));
  let [proven, broken, ways] = [0, 0, 0];
  process.stdout.write(
    `${'control'.padEnd(26)}${'catalogue'.padEnd(18)}${WAYS.map(({ transport, era }) => `${transport} ${era}`.padEnd(28)).join('')}\n`,
  );
  for (const id of ids) {
    const slice = await loadSlice(id).catch((error: unknown) =>
      error instanceof Error ? error : new Error('unknown'),
    );
    if (slice instanceof Error) {
      broken += 1;
      process.stdout.write(`${id.padEnd(26)}${styleText('red', 'incomplete')}: ${slice.message}\n`);
      continue;
    }
    const cells: string[] = [];
    const notes: string[] = [];
    for (const way of WAYS) {
      const reason = reasonNot(slice.meta, way);
      if (reason !== undefined) {
        cells.push('-'.padEnd(28));
        continue;
      }
      ways += 1;
      const proof = await proveSlice(slice, way);
      if (!proof.holds)
        notes.push(
          `  ${way.transport} ${way.era}: good ${line(proof.good)}; off ${line(proof.off)}; on ${line(proof.on)}`,
        );
      const text = proof.holds ? 'off: succeeds  on: fails' : `off: ${proof.off.status}  on: ${proof.on.status}`;
      cells.push(styleText(proof.holds ? 'green' : 'red', text.padEnd(28)));
    }
    if (notes.length === 0) proven += 1;
    else broken += 1;
    process.stdout.write(`${id.padEnd(26)}${slice.meta.catalogue.join(' ').padEnd(18)}${cells.join('')}\n`);
    for (const note of notes) process.stdout.write(`${note}\n`);
  }
  await closeSharedIssuer();
  process.stdout.write(`prove: ${proven} controls proven over ${ways} ways, ${broken} not\n`);
  return broken === 0 && ids.length > 0 ? 0 : 1;
}

function line({ status, why }: { readonly status: string; readonly why: string }): string {
  return `${status} (${why})`;
}

process.exitCode = await main(process.argv.slice(2));
