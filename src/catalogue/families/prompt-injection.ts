import { splitSources, type Control } from '../control.ts';

/** Prompt injection and human control: the 6 controls of the family `PIC`. */
export const PROMPT_INJECTION: readonly Control[] = [
  {
    id: 'PIC-01',
    tier: 'core',
    minimumBar: [],
    title: 'A person approves risky actions',
    need: 'Calls that delete, pay, publish, send out, change privilege or alter the system wait for an explicit yes, and silence, refusal or delay means no.',
    maps: { mcpTop10: [2, 5, 6], safeMcp: ['M-15', 'M-29', 'M-40'] },
    audit: ['static', 'probe', 'config', 'evidence'],
    sources: splitSources(
      'OG\u00a74 HITL; CS\u00a74; T10-05; T10-10; COSAI L2 MUST; AISVS 9.2.1/9.6.2; OT; NSA-A3; SLOW',
    ),
  },
  {
    id: 'PIC-02',
    tier: 'core',
    minimumBar: [],
    title: 'An approval fits one action',
    need: 'An approval holds for one caller, tool definition, set of arguments and moment, is used once, shows in full what is approved, and cannot be worn out by repetition.',
    maps: { mcpTop10: [2, 6], safeMcp: ['M-29', 'M-7', 'M-15', 'M-8', 'M-40'] },
    audit: ['probe', 'static', 'config'],
    sources: splitSources(
      'AISVS 9.2.2/9.2.8/9.2.9; AI-CS\u00a74; CS\u00a74; COSAI 3.2.9 (validate inputResponses); SP:elic MUST bind; COSAI #13; ST-T1403; NSA-A8; SLOW auto-approve',
    ),
  },
  {
    id: 'PIC-03',
    tier: 'advanced',
    minimumBar: [],
    title: 'A second opinion on risky calls',
    need: "A separate model that sees only the policy, the user's aim and the proposed call may tighten a decision but never loosen it, and its failure goes to a person.",
    maps: { mcpTop10: [6, 3], safeMcp: ['M-3', 'M-22'] },
    audit: ['probe', 'config', 'evidence'],
    sources: splitSources('OG\u00a74 LLM-as-judge; T10-06 checker; AISVS 9.2.6/9.2.7'),
  },
  {
    id: 'PIC-04',
    tier: 'core',
    minimumBar: [],
    title: 'Untrusted text is labelled',
    need: 'Text from tools, resources and third parties carries its source and trust and is kept apart from instructions, and standing instructions from unapproved servers are dropped.',
    maps: { mcpTop10: [6, 10], safeMcp: ['M-21', 'M-1', 'M-39', 'M-26'] },
    audit: ['probe', 'config'],
    sources: splitSources('T10-06 tagging; CS\u00a712; SM-21; AISVS 9.3.6; MS spotlighting'),
  },
  {
    id: 'PIC-05',
    tier: 'core',
    minimumBar: [],
    title: 'Injection is looked for',
    need: 'Detectors read arguments, results, resources, prompts and questions, their hits are recorded and acted on by tier, and no other barrier depends on them.',
    maps: { mcpTop10: [6, 3], safeMcp: ['M-3', 'M-22', 'M-10'] },
    audit: ['probe', 'config', 'evidence'],
    sources: splitSources('CS\u00a712; AISVS 10.4.2; AGT\u00a75.4; T10-10 filtering; NSA-R6; SM-3/22'),
  },
  {
    id: 'PIC-06',
    tier: 'core',
    minimumBar: [],
    title: 'Reverse channels are shut',
    need: 'Requests from an upstream for sampling, roots or user input pass only where configured for that server, cut to size, with their source shown and a record kept.',
    maps: { mcpTop10: [6, 10], safeMcp: ['M-15', 'M-42'] },
    audit: ['probe', 'config'],
    sources: splitSources(
      'SP:sampling; SP:deprecated; COSAI L3 deprecated migration; SLOW sampling; SP:mrtr capability MUST',
    ),
  },
];
