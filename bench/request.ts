/** The one request of the benchmark: a `tools/call` of MCP 2026-07-28 with three arguments, about 400 bytes of body. */
export function callBody(id: number, tool = 'search'): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: {
      name: tool,
      arguments: { phrase: 'quarterly report', limit: 10, archived: false },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  });
}

/** What the tool of every server answers: the same data, so that the same JSON is made. */
export const ANSWER: Readonly<{ notes: readonly { readonly id: number; readonly title: string }[]; total: number }> = {
  notes: Array.from({ length: 5 }, (_, index) => ({ id: index + 1, title: `Quarterly report, part ${index + 1}` })),
  total: 5,
};
