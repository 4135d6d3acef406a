import { html } from 'hono/html';
import type { Approval, Arguments } from '../approvals/approval.ts';
import type { Grant } from '../approvals/grants.ts';
import { spanOf } from '../approvals/prompt.ts';
import { listArguments } from '../approvals/show.ts';
import { reveal } from '../text/neutralise.ts';
import type { Markup } from './page.ts';

/** The form that decides, where the viewer may; else why not. */
export type Choice =
  | { readonly kind: 'form'; readonly action: string; readonly token: string; readonly id: string }
  | { readonly kind: 'other' };

const STATES: Readonly<Record<string, { readonly text: string; readonly tone: string }>> = {
  approved: { text: 'Approved. The client can go on with exactly this call, once.', tone: 'good' },
  active: { text: 'Approved. The scopes are granted until the time below.', tone: 'good' },
  denied: { text: 'Denied. The call will not run.', tone: 'bad' },
  revoked: { text: 'Revoked. It is good for nothing any more.', tone: 'bad' },
  used: { text: 'Approved, and used: the call was let through.', tone: 'good' },
  expired: { text: 'Expired. Nothing was done. The client has to ask again.', tone: 'bad' },
};

const KINDS: Readonly<Record<Approval['target']['kind'], string>> = {
  tool: 'Tool',
  resource: 'Resource',
  prompt: 'Prompt',
};

/** What exactly would run, why a person is asked, and the choice. */
export function approvalView(approval: Approval, choice: Choice): Markup {
  const { target, party, reasons, arguments: args, created, expires, argsDigest, policy, task, id } = approval;
  const state = stateOf(approval.state, expires);
  return html`<h1>${state === 'pending' ? 'Approve' : 'Request for'} ${reveal(target.name)}${state === 'pending' ? '?' : ''}</h1>
${stateNote(state)}
<p>${target.title === undefined ? '' : html`${reveal(target.title)} `}<span class="effect">${target.effect}</span></p>
<dl class="facts"><dt>${KINDS[target.kind]}</dt><dd class="mono">${reveal(target.name)}</dd>
<dt>On behalf of</dt><dd>${reveal(party.subject)}</dd>
<dt>Asked by client</dt><dd class="mono">${reveal(party.client)}</dd>
<dt>Asked at</dt><dd>${time(created)}</dd>
<dt>Good until</dt><dd>${time(expires)}${state === 'pending' ? html` (${spanOf(expires - Date.now())} left)` : ''}</dd></dl>
<h2>Why you are asked</h2><ul class="why">${reasons.map((reason) => html`<li>${reveal(reason)}</li>`)}</ul>
${argumentsView(args)}
${state === 'pending' ? choiceView(choice, 'Approve this one call', 'The approval is good for this call with these arguments, once.') : decidedView(approval.decided)}
<details><summary>Details</summary><dl class="facts">
<dt>Approval</dt><dd class="mono">${id}</dd>
<dt>Arguments digest</dt><dd class="mono">${argsDigest}</dd>
<dt>Definition digest</dt><dd class="mono">${target.definition}</dd>
<dt>Policy version</dt><dd class="mono">${reveal(policy)}</dd>
<dt>Task</dt><dd class="mono">${task === undefined ? 'none' : reveal(task)}</dd></dl></details>`;
}

/** Who would get which scopes, for how long and why, and the choice. */
export function grantView(grant: Grant, choice: Choice): Markup {
  const { party, scopes, forMs, reason, ticket, requestedBy, created, expires, until, decided, id } = grant;
  const state = stateOf(grant.state, until ?? expires);
  return html`<h1>${state === 'pending' ? 'Grant more scopes?' : 'Grant of scopes'}</h1>
${stateNote(state)}
<dl class="facts"><dt>To</dt><dd>${reveal(party.subject)}</dd>
<dt>Scopes</dt><dd class="mono">${reveal(scopes.join(' '))}</dd>
<dt>For</dt><dd>${spanOf(forMs)}${until === undefined ? ' from the approval' : ''}</dd>
${until === undefined ? '' : html`<dt>Until</dt><dd>${time(until)}</dd>`}
<dt>Reason</dt><dd>${reveal(reason)}</dd>
<dt>Ticket</dt><dd class="mono">${reveal(ticket)}</dd>
<dt>Requested by</dt><dd>${reveal(requestedBy)}, ${time(created)}</dd></dl>
${state === 'pending' ? choiceView(choice, 'Grant these scopes', 'Nobody can approve a grant to themselves.') : decidedView(decided)}
<details><summary>Details</summary><dl class="facts"><dt>Grant</dt><dd class="mono">${id}</dd>
<dt>Issuer</dt><dd class="mono">${reveal(party.issuer)}</dd></dl></details>`;
}

/** Requests that the viewer may look at. */
export function listView(path: string, approvals: readonly Approval[], grants: readonly Grant[]): Markup {
  if (approvals.length + grants.length === 0)
    return html`<h1>Nothing waits for you</h1>
<p>When a call needs your approval, your client shows you the address of its request.</p>`;
  const items = [
    ...approvals.map(
      ({ id, target, party, expires }) => html`<li><a href="${path}?id=${id}">${reveal(target.name)}</a>
<span>${target.effect}, on behalf of ${reveal(party.subject)}, until ${time(expires)}</span></li>`,
    ),
    ...grants.map(
      ({ id, party, scopes }) => html`<li><a href="${path}?grant=${id}">Grant to ${reveal(party.subject)}</a>
<span>${reveal(scopes.join(' '))}</span></li>`,
    ),
  ];
  return html`<h1>Waiting for a decision</h1><ul class="list">${items}</ul>`;
}

function stateOf(state: string, expires: number): string {
  return expires <= Date.now() && (state === 'pending' || state === 'approved' || state === 'active')
    ? 'expired'
    : state;
}

function stateNote(state: string): Markup | string {
  const known = STATES[state];
  return known === undefined ? '' : html`<p class="done ${known.tone}" role="status">${known.text}</p>`;
}

function argumentsView({ sent, read }: Arguments): Markup {
  const whole = (text: string) => {
    const shown = listArguments(text);
    if (shown.length === 0) return html`<p class="soft">None.</p>`;
    return html`<dl class="args">${shown.map(
      ({ name, text: value }) =>
        html`<div><dt class="mono">${name}</dt><dd class="mono" tabindex="0">${value}</dd></div>`,
    )}</dl>`;
  };
  if (read === undefined) return html`<h2>With exactly these arguments</h2>${whole(sent)}`;
  return html`<h2>With exactly these arguments, defaults filled in</h2>${whole(read)}
<details><summary>As the client sent them</summary>${whole(sent)}</details>`;
}

function choiceView(choice: Choice, yes: string, note: string): Markup {
  if (choice.kind === 'other')
    return html`<p class="note">Somebody else has to decide on this: not the one whose request it is.</p>`;
  return html`<form class="decide" method="post" action="${choice.action}">
<input type="hidden" name="token" value="${choice.token}"><input type="hidden" name="id" value="${choice.id}">
<label>Reason, for the audit log (optional)<textarea name="reason" rows="2" maxlength="300"></textarea></label>
<p class="soft">${note}</p>
<div class="row"><button name="decision" value="deny">Deny</button>
<button class="go" name="decision" value="approve">${yes}</button></div></form>`;
}

function decidedView(decided: Approval['decided']): Markup | string {
  if (decided === undefined) return '';
  return html`<h2>Decision</h2><dl class="facts"><dt>By</dt><dd>${reveal(decided.subject)}, ${time(decided.at)}</dd>
${decided.reason === '' ? '' : html`<dt>Reason</dt><dd>${reveal(decided.reason)}</dd>`}</dl>`;
}

function time(ms: number): Markup {
  const text = new Date(ms).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 19).replace('T', ' ')} UTC</time>`;
}
