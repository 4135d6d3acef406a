import { isObject, type JsonObject } from '../../protocol/json.ts';
import type { Era } from '../../protocol/versions.ts';
import { outcomeOf, type Exchange, type Seen } from '../live/exchange.ts';
import type { LiveConnection, LiveSubject } from '../live/subject.ts';
import { listIn, resultOf } from './answers.ts';
import { shown } from './tools.ts';

/** One thing that a server sent of its own accord, or in answer to a right request. */
export interface Surveyed {
  /** Where it came from, in a few words. */
  readonly where: string;
  readonly seen: Seen;
}

/** What a server sends to a user who asks for nothing unusual, asked once for all rules. */
export interface Survey {
  readonly era: Era;
  /** Instructions for models; empty where there are none. */
  readonly instructions: string;
  readonly templates: readonly JsonObject[];
  /** Results of harmless calls, of resources that were read, of prompts that need nothing. */
  readonly answers: readonly Surveyed[];
  /** Errors that were asked for. */
  readonly errors: readonly Surveyed[];
}

const MOST_CALLS = 8;
const MOST_READ = 5;

const known = new WeakMap<LiveSubject, Promise<Survey>>();

/** Surveys a server once; undefined where it serves nothing. */
export async function surveyOf(subject: LiveSubject): Promise<Survey | undefined> {
  const [era] = subject.eras;
  if (era === undefined) return undefined;
  const survey = known.get(subject) ?? makeSurvey(subject, era);
  known.set(subject, survey);
  return survey;
}

/** The exchanges of what was surveyed. */
export function exchangesOf(surveyed: readonly Surveyed[]): readonly Exchange[] {
  return surveyed.map(({ seen }) => seen.exchange);
}

async function makeSurvey(subject: LiveSubject, era: Era): Promise<Survey> {
  const connection = await subject.as('user', era);
  const about = connection.hello ?? (await connection.ask('what the server says of itself', 'server/discover'));
  const instructions = resultOf(about)?.['instructions'];
  const declares = (name: string): boolean => Object.hasOwn(subject.surface.capabilities, name);
  const templates = declares('resources') ? await connection.ask('templates', 'resources/templates/list') : undefined;
  return {
    era,
    instructions: typeof instructions === 'string' ? instructions : '',
    templates: templates === undefined ? [] : listIn(resultOf(templates), 'resourceTemplates').slice(0, 200),
    answers: await askRight(subject, connection),
    errors: await askWrong(subject, connection),
  };
}

async function askRight({ surface, harmless }: LiveSubject, connection: LiveConnection): Promise<readonly Surveyed[]> {
  const answers: Surveyed[] = [];
  const ask = async (where: string, method: string, params: JsonObject): Promise<void> => {
    const seen = await connection.ask(where, method, params);
    if (outcomeOf(seen.exchange) === 'served') answers.push({ where, seen });
  };
  for (const call of harmless.slice(0, MOST_CALLS))
    await ask(`a call of ${shown(call.name)}`, 'tools/call', { name: call.name, arguments: call.arguments });
  for (const { uri } of surface.resources.slice(0, MOST_READ))
    if (typeof uri === 'string') await ask(`the resource ${shown(uri)}`, 'resources/read', { uri });
  for (const { name, arguments: needs } of surface.prompts.slice(0, MOST_READ)) {
    const isFree = !Array.isArray(needs) || !needs.some((need) => isObject(need) && need['required'] === true);
    if (typeof name === 'string' && isFree) await ask(`the prompt ${shown(name)}`, 'prompts/get', { name });
  }
  return answers;
}

async function askWrong(
  { surface, harmless, home }: LiveSubject,
  connection: LiveConnection,
): Promise<readonly Surveyed[]> {
  const errors: Surveyed[] = [];
  const ask = async (where: string, method: string, params: JsonObject, body?: string): Promise<void> => {
    const seen = await connection.ask(where, method, params, body === undefined ? {} : { body });
    if (outcomeOf(seen.exchange) !== 'served') errors.push({ where, seen });
  };
  await ask('a method that does not exist', 'audit/nothing', {});
  await ask('half a message', home.method, home.params, '{"jsonrpc":"2.0","id":"half","method":"');
  if (surface.tools.length > 0)
    await ask('a tool that does not exist', 'tools/call', { name: 'audit_nothing', arguments: {} });
  if (Object.hasOwn(surface.capabilities, 'resources')) {
    await ask('a resource that does not exist', 'resources/read', { uri: 'portcullis-audit://nothing/here' });
    await ask('a file that does not exist', 'resources/read', { uri: 'file:///portcullis-audit-nothing' });
  }
  if (Object.hasOwn(surface.capabilities, 'prompts'))
    await ask('a prompt that does not exist', 'prompts/get', { name: 'audit_nothing' });
  for (const call of harmless.slice(0, MOST_CALLS)) {
    for (const name of Object.keys(call.arguments).slice(0, 3)) {
      const wrong = { ...call.arguments, [name]: { unexpected: 1 } };
      await ask(`a call of ${shown(call.name)} with a wrong "${shown(name)}"`, 'tools/call', {
        name: call.name,
        arguments: wrong,
      });
    }
  }
  return errors;
}
