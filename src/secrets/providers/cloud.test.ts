import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ProviderContext } from '../provider.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import { createAwsProvider } from './aws.ts';
import { createAzureProvider } from './azure.ts';
import { parseField, pickField } from './cloud.ts';
import { createGcpProvider } from './gcp.ts';

const VALUE = 'a-value-in-a-cloud';
const context = (settings: ProviderSettings): ProviderContext => ({
  profile: 'production',
  folder: '/',
  settings,
  remember: () => undefined,
});
const signal = (): AbortSignal => AbortSignal.timeout(20_000);

async function isThere(name: string): Promise<boolean> {
  return import(name).then(
    () => true,
    () => false,
  );
}
const hasAws = await isThere('@aws-sdk/client-secrets-manager');
const hasGcp = await isThere('@google-cloud/secret-manager');
const hasAzure = await isThere('@azure/keyvault-secrets');

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;

async function serve(t: TestContext, answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => answer(request, body, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function setEnvironment(t: TestContext, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    process.env[name] = value;
    t.after(() => Reflect.deleteProperty(process.env, name));
  }
}

test('without its SDK a cloud says how to install it', async () => {
  for (const [there, provider, locator, command] of [
    [hasAws, createAwsProvider(context({})), 'crm', '@aws-sdk/client-secrets-manager@3.1160.0'],
    [hasGcp, createGcpProvider(context({})), 'projects/p/secrets/crm', '@google-cloud/secret-manager@7.2.0'],
    [
      hasAzure,
      createAzureProvider(context({ azure: { vaultUrl: 'https://kv.example' } })),
      'crm',
      '@azure/keyvault-secrets@4.12.0 @azure/identity@4.14.1',
    ],
  ] as const) {
    if (there) continue;
    await assert.rejects(provider.read(locator, signal()), {
      message: new RegExp(`secrets need an SDK: npm install --save-exact ${command}$`),
    });
  }
});

test('references that cannot be, and addresses to which credentials must not go, are refused', async () => {
  const gcp = createGcpProvider(context({}));
  for (const locator of [
    'crm',
    'projects/p/secrets/a b',
    'projects/p/secrets/../x',
    'projects/p/secrets/crm/versions/1/x',
  ])
    await assert.rejects(gcp.read(locator, signal()), { name: 'TypeError', message: /write it as gcp:projects/ });
  const azure = createAzureProvider(context({ azure: { vaultUrl: 'https://kv.example' } }));
  for (const locator of ['a/b', '../crm', 'crm/1', 'a_b', `crm/${'g'.repeat(32)}`])
    await assert.rejects(azure.read(locator, signal()), { name: 'TypeError', message: /write it as azure:<name>/ });
  assert.throws(() => createAzureProvider(context({})), /secretProviders\.azure\.vaultUrl/);
  for (const address of ['http://kv.example', 'https://u:p@kv.example', 'kv']) {
    assert.throws(() => createAzureProvider(context({ azure: { vaultUrl: address } })), /give an https URL/);
    assert.throws(() => createAwsProvider(context({ aws: { endpoint: address } })), /give an https URL/);
    assert.throws(() => createGcpProvider(context({ gcp: { endpoint: address } })), /give an https URL/);
  }
});

test('fields are those of the value itself, and a value is never told', () => {
  assert.deepEqual(parseField('crm/token#key'), { id: 'crm/token', field: 'key' });
  assert.deepEqual(parseField('crm'), { id: 'crm', field: undefined });
  for (const locator of ['#key', 'crm#']) assert.throws(() => parseField(locator), TypeError);
  assert.equal(pickField(`{"key":"${VALUE}"}`, 'key'), VALUE);
  for (const [text, field] of [
    [VALUE, 'key'],
    [`["${VALUE}"]`, '0'],
    [`{"key":{"is":"${VALUE}"}}`, 'key'],
    [`{"other":"${VALUE}"}`, 'toString'],
  ] as const)
    assert.throws(
      () => pickField(text, field),
      (error: Error) => !error.message.includes(VALUE),
    );
});

test('AWS Secrets Manager, at the wire', { skip: !hasAws && 'needs @aws-sdk/client-secrets-manager' }, async (t) => {
  setEnvironment(t, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-west-1' });
  const endpoint = await serve(t, (request, body, response) => {
    assert.equal(request.headers['x-amz-target'], 'secretsmanager.GetSecretValue');
    const { SecretId } = JSON.parse(body) as { readonly SecretId: string };
    if (SecretId === 'absent') return reply(response, 400, { __type: 'ResourceNotFoundException', message: VALUE });
    if (SecretId === 'forbidden') return reply(response, 400, { __type: 'AccessDeniedException', message: VALUE });
    const text = SecretId === 'json' ? JSON.stringify({ key: VALUE }) : VALUE;
    return reply(response, 200, { SecretString: text, VersionId: 'v-1', CreatedDate: 1_700_000_000 });
  });
  const provider = createAwsProvider(context({ aws: { endpoint } }));
  t.after(() => provider.close?.());
  const reading = { value: VALUE, version: 'v-1', madeAt: 1_700_000_000_000 };
  assert.deepEqual(await provider.read('crm/token', signal()), reading);
  assert.deepEqual(await provider.read('json#key', signal()), reading);
  for (const [id, name] of [
    ['absent', 'ResourceNotFoundException'],
    ['forbidden', 'AccessDeniedException'],
  ] as const)
    await assert.rejects(provider.read(id, signal()), {
      message: `AWS Secrets Manager did not give it (${name}, 400)`,
    });
});

test('Google Secret Manager, at the wire', { skip: !hasGcp && 'needs @google-cloud/secret-manager' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-gcp-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const endpoint = await serve(t, (request, _body, response) => {
    if (request.url === '/token') return reply(response, 200, { access_token: 'an-access-token', expires_in: 3600 });
    assert.match(request.headers.authorization ?? '', /^Bearer ./);
    const [, name = ''] = /secrets\/([\w-]+)\/versions/.exec(request.url ?? '') ?? [];
    if (name === 'absent') return reply(response, 404, { error: { code: 404, message: VALUE, status: 'NOT_FOUND' } });
    const data = Buffer.from(VALUE).toString('base64');
    return reply(response, 200, { name: `projects/p/secrets/${name}/versions/7`, payload: { data } });
  });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    type: 'service_account',
    project_id: 'p',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'test@p.iam.gserviceaccount.com',
    token_uri: `${endpoint}/token`,
  };
  writeFileSync(join(folder, 'account.json'), JSON.stringify(account));
  setEnvironment(t, { GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'account.json') });
  const provider = createGcpProvider(context({ gcp: { endpoint, project: 'p' } }));
  t.after(() => provider.close?.());
  assert.deepEqual(await provider.read('crm', signal()), { value: VALUE, version: 'version 7' });
  await assert.rejects(provider.read('projects/p/secrets/absent', signal()), (error: Error) => {
    assert.match(error.message, /^Google Secret Manager did not give it \(\w+, \w+\)$/);
    return true;
  });
});
