import { configure as configureBounded } from '../controls/bounded-schemas/control.ts';
import { configure as configureScan } from '../controls/description-scan/control.ts';
import { configure as configureHeaders } from '../controls/header-annotations/control.ts';
import { configure as configureBinding } from '../controls/local-binding/control.ts';
import { configure as configureIdentity } from '../controls/model-identity/control.ts';
import { configure as configureNarrow } from '../controls/narrow-tools/control.ts';
import { configureStart as configureObjects } from '../controls/object-authorization/control.ts';
import { configureStart as configureQueries } from '../controls/parameterised-queries/control.ts';
import { configure as configureProduction } from '../controls/production-defaults/control.ts';
import { configureStart as configureSeparation } from '../controls/secret-separation/control.ts';
import { configure as configureEncryption } from '../controls/transport-encryption/control.ts';
import { configureStart as configureManifest } from '../controls/signed-manifest/control.ts';
import { configure as configureVaulted } from '../controls/vaulted-secrets/control.ts';
import type { StartCheck, StartFacts } from '../pipeline/start.ts';

const CHECKS: ReadonlyMap<string, () => StartCheck> = new Map([
  ['bounded-schemas', configureBounded],
  ['narrow-tools', configureNarrow],
  ['model-identity', configureIdentity],
  ['header-annotations', configureHeaders],
  ['object-authorization', configureObjects],
  ['local-binding', configureBinding],
  ['transport-encryption', configureEncryption],
  ['vaulted-secrets', configureVaulted],
  ['secret-separation', configureSeparation],
  ['parameterised-queries', configureQueries],
  ['production-defaults', configureProduction],
  ['description-scan', configureScan],
  ['signed-manifest', configureManifest],
]);

/** Everything to mend before a server may start, one line each. */
export function findStartProblems(facts: StartFacts, weakened: ReadonlySet<string>): readonly string[] {
  return [...CHECKS].flatMap(([id, configure]) => (weakened.has(id) ? [] : configure()(facts)));
}

/**
 * Runs the start phase.
 * @throws TypeError that lists everything to mend, one line each.
 */
export function checkStart(facts: StartFacts, weakened: ReadonlySet<string>): void {
  const problems = findStartProblems(facts, weakened);
  if (problems.length === 0) return;
  const count = problems.length === 1 ? 'one thing' : `${problems.length} things`;
  throw new TypeError(
    `The server was not started: ${count} to mend.\n${problems.map((line) => `- ${line}`).join('\n')}`,
  );
}
