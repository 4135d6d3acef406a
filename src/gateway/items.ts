/** What an upstream offers, by the member of its lists. */
export type ItemKind = 'tools' | 'resources' | 'resourceTemplates' | 'prompts';

/** How the items of one kind are listed and told apart. */
interface ItemShape {
  readonly method: string;
  /** The capability that a server declares to have them. */
  readonly capability: string;
  /** The member that names one. */
  readonly id: 'name' | 'uri' | 'uriTemplate';
  /** Members that a client is shown, or that decide what is called; all others are dropped. */
  readonly facing: readonly string[];
  /** Plural, for messages. */
  readonly what: string;
  readonly one: string;
}

/** INVARIANT: what is not named here of an item is never served, so that nothing unpinned can come through. */
export const ITEMS: Readonly<Record<ItemKind, ItemShape>> = {
  tools: {
    method: 'tools/list',
    capability: 'tools',
    id: 'name',
    facing: ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations', 'icons'],
    what: 'tools',
    one: 'tool',
  },
  resources: {
    method: 'resources/list',
    capability: 'resources',
    id: 'uri',
    facing: ['uri', 'name', 'title', 'description', 'mimeType', 'icons'],
    what: 'resources',
    one: 'resource',
  },
  resourceTemplates: {
    method: 'resources/templates/list',
    capability: 'resources',
    id: 'uriTemplate',
    facing: ['uriTemplate', 'name', 'title', 'description', 'mimeType', 'icons'],
    what: 'resource templates',
    one: 'template',
  },
  prompts: {
    method: 'prompts/list',
    capability: 'prompts',
    id: 'name',
    facing: ['name', 'title', 'description', 'arguments', 'icons'],
    what: 'prompts',
    one: 'prompt',
  },
};

/** All kinds, tools first. */
export const ITEM_KINDS: readonly ItemKind[] = ['tools', 'resources', 'resourceTemplates', 'prompts'];
