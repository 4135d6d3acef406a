import { isObject, type JsonObject } from '../../protocol/json.ts';

/** What an upstream may use of the protocol. */
export interface ExtensionRules {
  /** What a result is; `undefined` when it is of a type that is not known, and so none at all. */
  typeOf(result: JsonObject): 'complete' | 'input_required' | undefined;
  /** The result without the parts that an extension alone gives a meaning to. */
  strip(result: JsonObject): JsonObject;
  /** The extension without which an item would not be; `undefined` when there is none. */
  extensionOf(definition: JsonObject): string | undefined;
}

/**
 * Keeps the extensions of an upstream out (PRX-04; MCP 2026-07-28 basic/index#result-responses): a result of a type that is not known
 * is no result, and nor is the handle of a task; pages of an app are not served, and are taken out of results. There is
 * nothing here that could serve an extension, so none can be approved. With the control off all of it goes through.
 */
export function configure(weakened: ReadonlySet<string>): ExtensionRules {
  return weakened.has('closed-extensions') ? OPEN : CLOSED;
}

const APPS = 'io.modelcontextprotocol/ui';
/** Of MCP Apps, and of what came before it: clients run scripts in what is of these types. */
const APP_TYPE = /profile\s*=\s*"?mcp-app|^text\/html\+|vnd\.mcp-ui/i;

const CLOSED: ExtensionRules = Object.freeze({
  typeOf(result: JsonObject): 'complete' | 'input_required' | undefined {
    const { resultType: type, task } = result;
    if (type === 'input_required') return type;
    // What is absent means that it is complete.
    if (type !== undefined && type !== 'complete') return undefined;
    return task === undefined ? 'complete' : undefined;
  },
  strip(result: JsonObject): JsonObject {
    const lists = ['content', 'contents'].flatMap((name) => {
      const list = result[name];
      return Array.isArray(list) ? [[name, list.filter((each) => !isApp(each))] as const] : [];
    });
    const { messages } = result;
    const said = Array.isArray(messages)
      ? messages.filter((each) => !(isObject(each) && isApp(each['content'])))
      : messages;
    return { ...result, ...Object.fromEntries(lists), ...(said === undefined ? {} : { messages: said }) };
  },
  extensionOf: (definition: JsonObject) => (isApp(definition) ? APPS : undefined),
});

const OPEN: ExtensionRules = Object.freeze({
  typeOf: ({ resultType }: JsonObject) => (resultType === 'input_required' ? resultType : 'complete'),
  strip: (result: JsonObject) => result,
  extensionOf: () => undefined,
});

/** Whether a resource, a link to one or a block that holds one is a page of an app. */
function isApp(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { uri, uriTemplate, mimeType, resource } = value;
  const isUi = [uri, uriTemplate].some((each) => typeof each === 'string' && /^ui:/i.test(each.trim()));
  return isUi || (typeof mimeType === 'string' && APP_TYPE.test(mimeType)) || isApp(resource);
}
