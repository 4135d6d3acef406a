import { words, type Stranger } from './stranger.ts';

/** A server of one tool, `act`, which answers that it was served. */
export const stranger: Stranger = {
  module: import.meta.url,
  tools: [
    {
      name: 'act',
      description: 'Says that it was served.',
      inputSchema: { type: 'object', properties: {}, additionalProperties: false },
    },
  ],
  call: ({ id }) => [{ id, result: words('served') }],
};
