import type { KeyObject } from 'node:crypto';
import { configure, type ApprovalDuties } from '../controls/separate-approver/control.ts';
import { createEnvelope, isSignedBy, signEnvelope, type Envelope } from '../manifest/dsse.ts';
import { openTrustedKey, type OpenKey, type TrustedKey } from '../manifest/trust.ts';
import { canonicalJson } from '../protocol/canonical.ts';
import { isObject } from '../protocol/json.ts';
import { ITEMS, type ItemKind } from './items.ts';
import { digestOf, itemsOf, listsOf, type NamedItem, type PinnedUpstream } from './lock.ts';
import { authorOf, stateOf } from './states.ts';

const SEPARATE = configure(new Set());
/** The media type of an approval's payload. */
const APPROVAL_TYPE = 'application/vnd.portcullis.approval.v1+json';

/** What is approved of one item. */
interface ApprovedItem {
  /** Of its definition. */
  readonly digest: string;
  /** Of what the scan had found in it. */
  readonly findings: string;
  /** Who submitted it. */
  readonly author: string;
}

/** What an approver signs of one upstream. */
export interface Approval {
  readonly format: 'portcullis-approval-1';
  readonly upstream: string;
  /** Grows with each approval of the upstream: milliseconds since the epoch, at least. */
  readonly sequence: number;
  readonly source: string;
  readonly integrity: string;
  /** Of what somebody has consented to start; see `digestLaunch`. */
  readonly launch: string;
  /** Digests of what it says of itself. */
  readonly server: string;
  readonly instructions: string;
  /** By kind and name. */
  readonly items: Partial<Readonly<Record<ItemKind, Readonly<Record<string, ApprovedItem>>>>>;
  readonly by: string;
  readonly role: 'approver';
  readonly at: string;
}

/**
 * Signs what is approved of an upstream, all of it: DSSE around JSON in its canonical form (RFC 8785), by Ed25519, as manifests.
 * @throws TypeError when one of its items was submitted by the approver, or by nobody knows whom.
 */
export function signApproval(
  id: string,
  pinned: PinnedUpstream,
  launch: string,
  actor: { readonly by: string; readonly at: string },
  key: KeyObject,
  duties: ApprovalDuties = SEPARATE,
): Envelope {
  const before = pinned.approval === undefined ? undefined : readApproval(pinned.approval);
  const items = approvedOf(pinned).map(({ kind, name, item }) => {
    const author = authorOf(item);
    if (author === undefined)
      throw new TypeError(`"${name}" of "${id}": nobody knows who submitted it. Run: portcullis gateway pin ${id}`);
    if (duties.isOwn(author, actor.by))
      throw new TypeError(`"${name}" of "${id}" was pinned by ${author}, who cannot approve it. Somebody else has to.`);
    return { kind, name, item: { digest: item.digest, findings: digestOf(item.findings), author } };
  });
  const approval: Approval = {
    format: 'portcullis-approval-1',
    upstream: id,
    sequence: Math.max(Date.parse(actor.at), (before?.sequence ?? 0) + 1),
    ...factsOf(pinned, launch),
    items: listsOf(items),
    by: actor.by,
    role: 'approver',
    at: actor.at,
  };
  return signEnvelope(createEnvelope(APPROVAL_TYPE, canonicalJson(approval)), key);
}

function factsOf({ source, integrity, era, server, instructions, capabilities }: PinnedUpstream, launch: string) {
  return {
    source,
    integrity,
    launch,
    server: digestOf({ server, era, capabilities }),
    instructions: digestOf(instructions ?? null),
  };
}

const OTHERS = {
  source: 'another package or program',
  integrity: 'other code',
  launch: 'another start: other arguments, variables or needs',
  server: 'a server that calls itself otherwise',
  instructions: 'other instructions',
} as const;

function approvedOf(pinned: PinnedUpstream): readonly NamedItem[] {
  return itemsOf(pinned).filter(({ item }) => stateOf(item) === 'approved');
}

/** The statement in an envelope; nothing when it is none of this version. Says nothing of its signatures. */
export function readApproval({ payloadType, payload }: Envelope): Approval | undefined {
  if (payloadType !== APPROVAL_TYPE) return undefined;
  const text = Buffer.from(payload, 'base64').toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    // What is not in canonical form could be read in two ways.
    return isApproval(value) && canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function isApproval(value: unknown): value is Approval {
  if (!isObject(value) || value['format'] !== 'portcullis-approval-1' || value['role'] !== 'approver') return false;
  const texts = ['upstream', 'source', 'integrity', 'launch', 'server', 'instructions', 'by', 'at'];
  const { sequence, items } = value;
  return (
    texts.every((key) => typeof value[key] === 'string') &&
    Number.isSafeInteger(sequence) &&
    isObject(items) &&
    Object.keys(items).every((kind) => Object.hasOwn(ITEMS, kind)) &&
    Object.values(items).every((list) => isObject(list) && Object.values(list).every(isApprovedItem))
  );
}

function isApprovedItem(value: unknown): boolean {
  return isObject(value) && ['digest', 'findings', 'author'].every((key) => typeof value[key] === 'string');
}

/**
 * What keeps an upstream from being served, one line each: what is approved in the lock is signed, as it is pinned, by the
 * key of an approver who has not submitted it. An upstream of which nothing is approved has no problems; nor has what was
 * revoked since.
 * @param launch Digest of the start that the lock has a consent for; empty where it has none.
 */
export function findApprovalProblems(
  id: string,
  pinned: PinnedUpstream,
  launch: string,
  approvers: readonly TrustedKey[],
  now: number = Date.now(),
  duties: ApprovalDuties = SEPARATE,
): readonly string[] {
  const approved = approvedOf(pinned);
  if (approved.length === 0) return [];
  const mend = `Look at it (portcullis gateway review ${id}), and have it approved: portcullis gateway approve ${id} --by <name> --key <file>`;
  const problem = (why: string): readonly string[] => [`upstream "${id}": ${why}. ${mend}`];
  if (pinned.approval === undefined) return problem('its approval is not signed');
  const approval = readApproval(pinned.approval);
  if (approval === undefined) return problem('its approval is none of this version');
  const faults: string[] = [];
  const keys = approvers.flatMap((key, at) => openTrustedKey(key, `registry.approvers[${at}]`, faults));
  if (faults.length > 0) return faults;
  const whose = findSigner(pinned.approval, approval, keys, now, duties);
  if (whose !== undefined) return problem(whose);
  if (approval.upstream !== id) return problem(`its approval is for "${approval.upstream}"`);
  const facts = factsOf(pinned, launch);
  for (const key of ['source', 'integrity', 'launch', 'server', 'instructions'] as const)
    if (approval[key] !== facts[key]) return problem(`its approval is for ${OTHERS[key]}`);
  for (const { kind, name, item } of approved) {
    const list = approval.items[kind] ?? {};
    const signed = Object.hasOwn(list, name) ? list[name] : undefined;
    if (signed === undefined) return problem(`its approval does not hold "${name}"`);
    if (signed.digest !== item.digest) return problem(`"${name}" is not what was approved`);
    if (signed.findings !== digestOf(item.findings)) return problem(`"${name}" was approved with other findings`);
    if (signed.author !== authorOf(item)) return problem(`"${name}" was approved as submitted by somebody else`);
  }
  return [];
}

/** Why none of the signatures counts; nothing when one does. */
function findSigner(
  envelope: Envelope,
  approval: Approval,
  keys: readonly OpenKey[],
  now: number,
  duties: ApprovalDuties,
): string | undefined {
  const signers = keys.filter(({ key }) => isSignedBy(envelope, key));
  const live = signers.filter(({ untilMs }) => untilMs > now);
  const [signer] = live;
  if (signer === undefined) {
    const [expired] = signers;
    return expired === undefined
      ? 'its approval has no good signature of a key under "registry.approvers"'
      : `the key of ${expired.owner} has expired`;
  }
  const authors = itemsOf<ApprovedItem>(approval.items).map(({ item }) => item.author);
  // INVARIANT: whoever submitted something does not approve it, under whichever name.
  const other = live.find(({ owner }) => !authors.some((author) => duties.isOwn(author, owner)));
  if (other === undefined) return `${signer.owner} has approved what ${signer.owner} submitted`;
  return authors.some((author) => duties.isOwn(author, approval.by))
    ? `${approval.by} has approved their own`
    : undefined;
}
