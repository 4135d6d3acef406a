/** A version of Python, apart: epoch, release, and ranks of what stands behind. */
interface Parts {
  readonly epoch: number;
  readonly release: readonly number[];
  /** Letters a, b, rc with their number; `undefined` for a release. */
  readonly pre: readonly [string, number] | undefined;
  readonly post: number | undefined;
  readonly dev: number | undefined;
  readonly local: readonly (number | string)[];
}

const FORM =
  /^v?(?:(\d{1,9})!)?(\d{1,16}(?:\.\d{1,16}){0,31})(?:[-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?(\d{0,9}))?(?:-(\d{1,9})|[-_.]?(?:post|rev|r)[-_.]?(\d{0,9}))?(?:[-_.]?dev[-_.]?(\d{0,9}))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['alpha', 'a'],
  ['beta', 'b'],
  ['c', 'rc'],
  ['pre', 'rc'],
  ['preview', 'rc'],
]);

function partsOf(version: string): Parts | undefined {
  const text = version.trim().toLowerCase();
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, epoch, release = '', letter, pre, implicit, post, dev, local] = match;
  const hasPost = implicit !== undefined || post !== undefined;
  return {
    epoch: Number(epoch ?? 0),
    release: release.split('.').map(Number),
    pre: letter === undefined ? undefined : [LETTERS.get(letter) ?? letter, Number(pre ?? 0)],
    post: hasPost ? Number(implicit ?? post ?? 0) : undefined,
    dev: dev === undefined ? undefined : Number(dev),
    local: local === undefined ? [] : local.split(/[-_.]/).map((each) => (/^\d+$/.test(each) ? Number(each) : each)),
  };
}

/**
 * Orders two versions as PEP 440 does: negative where the first is older.
 * @returns `undefined` where one of them is no such version.
 */
export function comparePep440(a: string, b: string): number | undefined {
  const [one, other] = [partsOf(a), partsOf(b)];
  if (one === undefined || other === undefined) return undefined;
  if (one.epoch !== other.epoch) return one.epoch - other.epoch;
  for (let at = 0; at < Math.max(one.release.length, other.release.length); at++) {
    const difference = (one.release[at] ?? 0) - (other.release[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return (
    comparePre(one, other) ||
    (one.post ?? -1) - (other.post ?? -1) ||
    (one.dev ?? Infinity) - (other.dev ?? Infinity) ||
    compareLocal(one.local, other.local)
  );
}

/** A development release of a version alone comes before its first letter, and a version without a letter after its last. */
function comparePre(one: Parts, other: Parts): number {
  const rank = ({ pre, post, dev }: Parts): string =>
    pre === undefined ? (post === undefined && dev !== undefined ? '' : 'z') : pre[0];
  const [a, b] = [rank(one), rank(other)];
  if (a !== b) return a < b ? -1 : 1;
  return (one.pre?.[1] ?? 0) - (other.pre?.[1] ?? 0);
}

function compareLocal(a: Parts['local'], b: Parts['local']): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [one, other] = [a[at], b[at]];
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
    if (one === other) continue;
    if (typeof one === 'number' && typeof other === 'number') return one - other;
    if (typeof one !== typeof other) return typeof one === 'number' ? 1 : -1;
    return one < other ? -1 : 1;
  }
  return 0;
}
