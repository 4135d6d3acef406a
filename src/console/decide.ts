import type { Approval } from '../approvals/approval.ts';
import type { ApprovalBook, Held } from '../approvals/book.ts';
import type { GrantBook, HeldGrant } from '../approvals/grants.ts';
import { recordGrant } from '../approvals/grant-record.ts';
import { recordDecision } from '../approvals/record.ts';
import { isSelf, mayDecide, maySee, type ApprovalRules, type Viewer } from '../approvals/rules.ts';
import type { Recorder } from '../record/event.ts';
import type { Store } from '../stores/store.ts';
import { neutralise } from '../text/neutralise.ts';
import type { Wanted } from './login.ts';
import type { Markup } from './page.ts';
import { approvalView, grantView, listView, type Choice } from './views.ts';

/** What the desk works with. */
export interface DeskParts {
  readonly rules: ApprovalRules;
  readonly recorder: Recorder;
  readonly approvals: ApprovalBook;
  readonly grants: GrantBook;
  readonly store: Store;
  /** Path of the page. */
  readonly path: string;
}

/** What came of a decision. */
export type Outcome =
  | { readonly kind: 'done'; readonly location: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly status: number; readonly text: string };

const MOST_LISTED = 200;
const MOST_REASON = 300;

/** Shows requests to whom they concern, and takes their decisions. */
export class Desk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** The page's content for this viewer; `undefined` where there is nothing that they may see. */
  async show(viewer: Viewer, { kind, id }: Wanted, token: string): Promise<Markup | undefined> {
    if (kind === 'list') return this.#list(viewer);
    const choice: Choice = { kind: 'form', action: this.#parts.path, token, id };
    if (kind === 'call') {
      const held = await this.#call(viewer, id);
      if (held === undefined) return undefined;
      const may = this.#mayDecide(viewer, held.approval);
      return approvalView(held.approval, may ? choice : { kind: 'other' });
    }
    const held = await this.#grant(viewer, id);
    if (held === undefined) return undefined;
    return grantView(held.grant, isOthers(this.#parts.rules, viewer, held) ? choice : { kind: 'other' });
  }

  async decide(viewer: Viewer, id: string, decision: 'approve' | 'deny', text: string): Promise<Outcome> {
    const reason = neutralise(text).replaceAll(/\s+/g, ' ').trim().slice(0, MOST_REASON);
    const call = await this.#call(viewer, id);
    if (call !== undefined) return this.#decideCall(viewer, call, decision, reason);
    const grant = await this.#grant(viewer, id);
    return grant === undefined ? { kind: 'unknown' } : this.#decideGrant(viewer, grant, decision, reason);
  }

  async #decideCall(viewer: Viewer, held: Held, decision: 'approve' | 'deny', reason: string): Promise<Outcome> {
    const { approval } = held;
    if (!this.#mayDecide(viewer, approval)) return forbidden();
    if (approval.state !== 'pending' || approval.expires <= Date.now()) return tooLate();
    const after = decision === 'approve' ? 'granted' : 'denied';
    // What cannot be recorded is not decided: the record comes first.
    const recorded = await recordDecision(this.#parts.recorder, approval, after, detailOf(viewer, reason));
    if (!recorded.pass) return unrecorded();
    const state = decision === 'approve' ? 'approved' : 'denied';
    const done = await this.#parts.approvals.decide(held, state, decidedBy(viewer, reason));
    return done ? { kind: 'done', location: `${this.#parts.path}?id=${approval.id}` } : tooLate();
  }

  async #decideGrant(viewer: Viewer, held: HeldGrant, decision: 'approve' | 'deny', reason: string): Promise<Outcome> {
    const { grant } = held;
    if (!isOthers(this.#parts.rules, viewer, held)) return forbidden();
    if (grant.state !== 'pending' || grant.expires <= Date.now()) return tooLate();
    const after = decision === 'approve' ? 'approved' : 'denied';
    const detail = `${detailOf(viewer, reason)}; asked for by ${grant.requestedBy}: ${grant.reason} (${grant.ticket})`;
    const recorded = await recordGrant(this.#parts.recorder, grant, after, detail);
    if (!recorded.pass) return unrecorded();
    const state = decision === 'approve' ? 'active' : 'denied';
    const done = await this.#parts.grants.decide(held, state, decidedBy(viewer, reason));
    return done ? { kind: 'done', location: `${this.#parts.path}?grant=${grant.id}` } : tooLate();
  }

  #mayDecide(viewer: Viewer, { party, critical }: Approval): boolean {
    return mayDecide(this.#parts.rules, viewer, party, critical);
  }

  async #call(viewer: Viewer, id: string): Promise<Held | undefined> {
    const held = await this.#parts.approvals.find(id);
    return held !== undefined && maySee(viewer, held.approval.party) ? held : undefined;
  }

  async #grant(viewer: Viewer, id: string): Promise<HeldGrant | undefined> {
    const held = await this.#parts.grants.find(id);
    return held !== undefined && maySee(viewer, held.grant.party) ? held : undefined;
  }

  async #list(viewer: Viewer): Promise<Markup> {
    const { approvals, grants, store, path } = this.#parts;
    const keys = await store.keys('approval:', MOST_LISTED);
    const held = await Promise.all(keys.map((key) => approvals.find(key.slice('approval:'.length))));
    const now = Date.now();
    const open = held
      .flatMap((entry) => (entry === undefined ? [] : [entry.approval]))
      .filter(({ state, expires, party }) => state === 'pending' && expires > now && maySee(viewer, party));
    const waiting = (await grants.list()).filter(
      ({ state, expires, party }) => state === 'pending' && expires > now && maySee(viewer, party),
    );
    return listView(path, open, waiting);
  }
}

/** A grant is decided on by an approver, and never by the one whom it is for. */
function isOthers(rules: ApprovalRules, viewer: Viewer, { grant }: HeldGrant): boolean {
  return viewer.isApprover && !isSelf(rules, viewer, grant.party);
}

function decidedBy({ id, subject }: Viewer, reason: string) {
  return { id, subject, at: Date.now(), reason };
}

function detailOf({ id }: Viewer, reason: string): string {
  return `on the page by ${id}${reason === '' ? '' : `: ${reason}`}`;
}

function forbidden(): Outcome {
  return { kind: 'refused', status: 403, text: 'Somebody else has to decide on this.' };
}

function tooLate(): Outcome {
  return { kind: 'refused', status: 409, text: 'It was decided, used or has expired meanwhile. Nothing was changed.' };
}

function unrecorded(): Outcome {
  return { kind: 'refused', status: 503, text: 'The decision could not be recorded, so it does not count.' };
}
