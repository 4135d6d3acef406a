import { isObject, type JsonObject } from '../../protocol/json.ts';
import type { PinFacts, VettingFacts } from './subject.ts';

const KINDS = ['tools', 'resources', 'resourceTemplates', 'prompts'];
const MOST = 10_000;

/** Who approved what in a lock of this product, and how its packages were looked at before they were admitted. */
export function readLockFacts(
  file: string,
  lock: JsonObject,
): { readonly pins: readonly PinFacts[]; readonly vettings: readonly VettingFacts[] } {
  const pins = objectsIn(lock['upstreams']).flatMap(([upstream, pinned]) =>
    KINDS.flatMap((kind) =>
      objectsIn(pinned[kind]).map(([name, item]): PinFacts => {
        const { by, at } = isObject(item['approved']) ? item['approved'] : {};
        return {
          file,
          upstream: upstream.slice(0, 100),
          name: name.slice(0, 200),
          ...(typeof by === 'string' ? { approvedBy: by.slice(0, 200) } : {}),
          ...(typeof at === 'string' ? { approvedAt: at.slice(0, 40) } : {}),
        };
      }),
    ),
  );
  const vettings = objectsIn(lock['vettings']).map(([upstream, vetting]): VettingFacts => {
    const checks = Array.isArray(vetting['checks']) ? vetting['checks'].filter(isObject) : [];
    const named = (status: string): readonly string[] =>
      checks.filter((each) => each['status'] === status).map((each) => String(each['check']).slice(0, 60));
    return {
      file,
      upstream: upstream.slice(0, 100),
      source: String(vetting['source']).slice(0, 300),
      at: String(vetting['at']).slice(0, 40),
      failed: named('fail'),
      unknown: named('unknown'),
    };
  });
  return { pins: pins.slice(0, MOST), vettings: vettings.slice(0, MOST) };
}

function objectsIn(value: unknown): readonly (readonly [string, JsonObject])[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, each]) => (isObject(each) ? [[name, each] as const] : []));
}
