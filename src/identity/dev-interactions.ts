import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Client, Interaction, Provider } from 'oidc-provider';
import type { DevSettings, DevUser } from './dev-options.ts';
import { consentPage, type FormState, type Page, signInPage } from './dev-pages.ts';
import { isRecord } from './json-shape.ts';

/** Answers the sign-in and consent pages of one interaction. Rejects when the browser has no such interaction. */
export type InteractionHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const MAX_BODY = 8192;
const NAME_LENGTH = 80;

/** Handles the pages that `oidc-provider` sends a person to. Each form is bound to its interaction and its browser. */
export function createInteractionHandler(provider: Provider, settings: DevSettings): InteractionHandler {
  const key = randomBytes(32);

  // Each prompt is an interaction of its own, so a token for signing in says nothing about consent.
  function csrfOf({ uid }: Interaction): string {
    return createHmac('sha256', key).update(uid).digest('base64url');
  }

  async function show(interaction: Interaction, client: Client, failed: boolean): Promise<Page> {
    const state = { csrf: csrfOf(interaction), redirectUri: text(interaction.params['redirect_uri']) };
    if (interaction.prompt.name === 'login') {
      return signInPage({ ...state, users: settings.users, clientName: displayName(client), failed });
    }
    return consent(interaction, client, state);
  }

  async function consent(interaction: Interaction, client: Client, state: FormState): Promise<Page> {
    const resource = text(interaction.params['resource']);
    const granted = interaction.grantId === undefined ? undefined : await provider.Grant.find(interaction.grantId);
    const before = new Set(granted?.getResourceScope(resource).split(' '));
    const named = [...settings.scopes].filter(([name]) => words(interaction.params['scope']).includes(name));
    return consentPage({
      ...state,
      clientName: displayName(client),
      clientId: client.clientId,
      resource: settings.resource,
      user: interaction.session?.accountId ?? '',
      asked: named.filter(([name]) => !before.has(name)),
      allowed: named.filter(([name]) => before.has(name)),
      stays: client.grantTypeAllowed('refresh_token'),
    });
  }

  async function allow(interaction: Interaction, client: Client): Promise<string> {
    const accountId = interaction.session?.accountId ?? '';
    const earlier = interaction.grantId === undefined ? undefined : await provider.Grant.find(interaction.grantId);
    const grant = earlier ?? new provider.Grant({ accountId, clientId: client.clientId });
    const { missingOIDCScope, missingResourceScopes } = interaction.prompt.details;
    if (Array.isArray(missingOIDCScope)) grant.addOIDCScope(missingOIDCScope.join(' '));
    if (isRecord(missingResourceScopes)) {
      for (const [resource, scopes] of Object.entries(missingResourceScopes)) {
        if (Array.isArray(scopes)) grant.addResourceScope(resource, scopes.join(' '));
      }
    }
    return grant.save();
  }

  async function submit(
    request: IncomingMessage,
    response: ServerResponse,
    interaction: Interaction,
    client: Client,
  ): Promise<void> {
    const fields = await readForm(request);
    if (fields === undefined || !equal(fields.get('csrf') ?? '', csrfOf(interaction))) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end('The form is not valid. Start again.');
      return;
    }
    const action = `${interaction.prompt.name} ${fields.get('action') ?? ''}`;
    switch (action) {
      case 'login login': {
        const user = settings.users.find((candidate) => matches(candidate, fields));
        if (user === undefined) return send(response, 422, await show(interaction, client, true));
        const login = { accountId: user.name };
        return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
      }
      case 'consent allow': {
        const grantId = await allow(interaction, client);
        return provider.interactionFinished(request, response, { consent: { grantId } });
      }
      case 'consent switch': {
        const session = await provider.Session.find(interaction.session?.cookie ?? '');
        await session?.destroy();
        response.writeHead(303, { location: `/authorize?${query(interaction.params)}` }).end();
        return;
      }
      case 'login deny':
      case 'consent deny':
        return provider.interactionFinished(request, response, {
          error: 'access_denied',
          error_description: 'The person refused the request.',
        });
      default:
        response.writeHead(400, { 'content-type': 'text/plain' }).end('Unknown action.');
    }
  }

  return async (request, response) => {
    const interaction = await provider.interactionDetails(request, response);
    const client = await provider.Client.find(text(interaction.params['client_id']));
    if (client === undefined) throw new Error('the client is gone');
    if (request.method === 'POST') await submit(request, response, interaction, client);
    else send(response, 200, await show(interaction, client, false));
  };
}

/** Sends a page with its headers. */
export function send(response: ServerResponse, status: number, page: Page): void {
  response.writeHead(status, page.headers).end(page.body);
}

function matches(user: DevUser, fields: URLSearchParams): boolean {
  const password = equal(fields.get('password') ?? '', user.password);
  return fields.get('name') === user.name && password;
}

function equal(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  if (request.headers['content-type']?.split(';')[0] !== 'application/x-www-form-urlencoded') return undefined;
  let body = '';
  for await (const part of request.setEncoding('utf8')) {
    body += String(part);
    if (body.length > MAX_BODY) return undefined;
  }
  return new URLSearchParams(body);
}

/** The client's own name for itself: bounded, and without characters that could disguise it. */
function displayName(client: Client): string {
  const name = (client.clientName ?? '').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim();
  return (name === '' ? client.clientId : name).slice(0, NAME_LENGTH);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function words(value: unknown): readonly string[] {
  return text(value).split(' ');
}

function query(params: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(params).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return new URLSearchParams(pairs).toString();
}
