/** The documents that the source keys of a control name, by key. */
const SOURCES: ReadonlyMap<string, string> = new Map([
  ['OG', 'OWASP GenAI Security Project, A Practical Guide for Secure MCP Server Development v1.0 (February 2026)'],
  ['OT', 'OWASP, A Practical Guide for Securely Using Third-Party MCP Servers v1.0 (November 2025)'],
  ['BL', 'MCP Server Security: Best Practices for 2026 (May 2026)'],
  ['T10', 'OWASP MCP Top 10 (2025 beta)'],
  ['CS', 'OWASP Cheat Sheet Series, MCP Security'],
  ['AI-CS', 'OWASP Cheat Sheet Series, AI Agent Security'],
  ['AISVS', 'OWASP AI Security Verification Standard 1.0, chapters C9 and C10'],
  ['COSAI', 'CoSAI, Model Context Protocol Security (2026), levels L1 to L4'],
  ['SP', 'MCP specification 2026-07-28, page in brackets'],
  ['SEP', 'MCP specification enhancement proposal, by number'],
  ['CONF', 'official MCP conformance suite, scenario by name'],
  ['SM', 'SAFE-MCP mitigation, by number'],
  ['ST', 'SAFE-MCP technique, by number'],
  ['NSA', 'NSA AISC, MCP: Security Design Considerations (May 2026)'],
  ['CSA', 'Cloud Security Alliance, Model Context Protocol Security working group'],
  ['MS', 'Microsoft, Azure MCP security guide and MCP for Beginners, chapter Security'],
  ['AGT', 'Microsoft agent-governance-toolkit, MCP Security Gateway 1.0 draft'],
  ['MSC', 'MCP Server Security Policy v0.2 draft'],
  ['SLOW', 'SlowMist MCP security checklist'],
  ['CVE', 'CVE record, by number'],
]);

/**
 * The document that a control's source key names, or undefined when the key begins with none of `SOURCES`.
 * The longest key that fits wins, so that `AI-CS` is not read as another document.
 */
export function sourceOf(key: string): string | undefined {
  let best = '';
  for (const name of SOURCES.keys()) {
    if (name.length > best.length && key.startsWith(name) && !/^[A-Za-z0-9]/.test(key.slice(name.length))) best = name;
  }
  return SOURCES.get(best);
}
