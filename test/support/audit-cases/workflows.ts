import type { Cases } from './cases.ts';

const COMMIT = 'a'.repeat(40);
const DIGEST = `sha256:${'a'.repeat(64)}`;
const CHECKOUT = `- uses: actions/checkout@${COMMIT} # v4.2.2`;
interface Change {
  readonly on?: string;
  readonly top?: readonly string[];
  readonly job?: readonly string[];
}
/** A workflow of one job, with these steps. */
const workflow = (
  steps: readonly string[],
  { on = 'push', top, job = [] }: Change = {},
): Readonly<Record<string, string>> => ({
  '.github/workflows/ci.yml': [
    `on: ${on}`,
    ...(top ?? ['permissions: {}']),
    'jobs:',
    '  build:',
    '    runs-on: ubuntu-24.04',
    ...job.map((line) => `    ${line}`),
    '    steps:',
    ...[CHECKOUT, ...steps].map((line) => `      ${line}`),
  ].join('\n'),
});
/** A workflow that calls another. */
const calling = (job: string): Readonly<Record<string, string>> => ({
  '.github/workflows/ci.yml': `on: push\npermissions: {}\njobs:\n  call: {${job}}\n`,
});
const gitlab = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  '.gitlab-ci.yml': lines.join('\n'),
});
const server = (
  files: Readonly<Record<string, string>>,
  dependency = '@modelcontextprotocol/sdk',
): Readonly<Record<string, string>> => ({
  ...files,
  'package.json': JSON.stringify({ name: 'notes', dependencies: { [dependency]: '1.2.3' } }),
});
const TARGET = { on: 'pull_request_target' };
const expression = (text: string): string => `\${{ ${text} }}`;

/** Workflows of GitHub, and pipelines of GitLab. */
export const WORKFLOW_CASES: Cases = {
  'workflow-action-pin': [
    [workflow(['- uses: acme/deploy@v1', '- uses: acme/deploy@v1', '- uses: acme/other@main']), 2],
    [workflow(['- uses: actions/cache@v4', '- uses: github/codeql-action/init@v3']), 1],
    [workflow(['- uses: docker://acme/lint:1'], { job: ['container: node:24'] }), 2],
    [calling('uses: acme/x/.github/workflows/y.yml@v1'), 1],
    [
      gitlab(
        'include:',
        '  - remote: https://x.example/a.yml',
        '  - project: acme/ci',
        'test:',
        '  image: node:24',
        '  script: [npm test]',
      ),
      3,
    ],
    [workflow([`- uses: acme/deploy@${COMMIT}`, '- uses: ./local', `- uses: docker://acme/lint@${DIGEST}`]), 0],
    [
      gitlab(
        'include:',
        '  - local: /a.yml',
        `  - {project: acme/ci, ref: ${COMMIT}}`,
        '  - template: Security/SAST.gitlab-ci.yml',
        'test:',
        `  image: node:24@${DIGEST}`,
        '  script: npm test',
      ),
      0,
    ],
  ],
  'workflow-untrusted-checkout': [
    [
      workflow(
        [
          `- uses: actions/checkout@${COMMIT}`,
          `  with: {ref: "${expression('github.event.pull_request.head.sha')}"}`,
          '- run: npm test',
        ],
        TARGET,
      ),
      1,
    ],
    [workflow([`- run: git fetch origin refs/pull/${expression('github.event.number')}/head && npm test`], TARGET), 1],
    [workflow(['- run: gh pr checkout 1', '- run: make'], { on: 'issue_comment' }), 1],
    [
      workflow(
        [`- uses: actions/checkout@${COMMIT}`, `  with: {ref: "${expression('github.event.pull_request.head.sha')}"}`],
        { on: 'pull_request' },
      ),
      0,
    ],
    [workflow(['- run: npm test'], TARGET), 0],
    [workflow([`- run: gh label add "${expression('github.event.pull_request.head.sha')}"`], TARGET), 0],
  ],
  'workflow-injection': [
    [workflow([`- run: echo "${expression('github.event.pull_request.title')}"`], { on: 'pull_request' }), 1],
    [
      workflow(
        [
          `- run: |`,
          '    set -e',
          `    git checkout ${expression("github.event_name == 'push' && github.ref || github.head_ref")}`,
        ],
        TARGET,
      ),
      1,
    ],
    [
      workflow([
        `- uses: actions/github-script@${COMMIT}`,
        `  with: {script: "log('${expression('github.event.comment.body')}')"}`,
      ]),
      1,
    ],
    [
      workflow([
        `- env: {TITLE: "${expression('github.event.issue.title')}"}`,
        `  run: echo ${expression('env.TITLE')}`,
      ]),
      1,
    ],
    [workflow([`- run: echo ${expression("join(github.event.commits.*.message, ',')")}`]), 1],
    [workflow([`- env: {TITLE: "${expression('github.event.issue.title')}"}`, '  run: echo "$TITLE"']), 0],
    [workflow([`- run: test ${expression("contains(github.event.comment.body, '/go')")} = true`]), 0],
    [
      workflow([
        `- run: echo ${expression("github.head_ref == 'main'")} ${expression('github.event.pull_request.number')}`,
      ]),
      0,
    ],
    [workflow([`- if: github.event.comment.body == '/go'`, `  run: echo ${expression('github.sha')}`]), 0],
  ],
  'workflow-permissions': [
    [workflow([], { top: [] }), 1],
    [workflow([], { top: ['permissions: write-all'] }), 1],
    [workflow([], { job: ['permissions: write-all'] }), 1],
    [workflow([]), 0],
    [workflow([], { top: [], job: ['permissions: {contents: read}'] }), 0],
    [workflow([], { top: ['permissions: read-all'] }), 0],
  ],
  'workflow-secret': [
    [workflow(['- run: npm publish', '  env: {NPM_TOKEN: q7Rf2LmX9vKp4TzW8sBn}']), 1],
    [workflow([`- run: echo ${expression('secrets.NPM_TOKEN')}`]), 1],
    [workflow([`- env: {ALL: "${expression('toJSON(secrets)')}"}`, '  run: ./deploy']), 1],
    [calling(`uses: acme/x/.github/workflows/y.yml@${COMMIT}, secrets: inherit`), 1],
    [gitlab('variables:', '  DB_PASSWORD: wonderland', 'test: {script: [npm test]}'), 1],
    [
      workflow([
        `- run: echo "${expression('secrets.T')}" | docker login --password-stdin`,
        `- run: printf x > ~/.npmrc ${expression('secrets.T')}`,
      ]),
      0,
    ],
    [workflow([`- env: {NPM_TOKEN: "${expression('secrets.NPM_TOKEN')}"}`, '  run: npm ci']), 0],
    [gitlab('variables:', '  DB_PASSWORD: $VAULT_PASSWORD', 'test: {script: [npm test]}'), 0],
  ],
  'workflow-publish': [
    [workflow(['- run: npm publish --access public']), 1],
    [workflow([`- uses: pypa/gh-action-pypi-publish@${COMMIT}`, '  with: {password: x}']), 1],
    [workflow(['- run: npm publish --provenance --access public']), 0],
    [workflow(['- run: npm publish'], { job: ['permissions: {id-token: write}'] }), 0],
    [workflow([`- uses: pypa/gh-action-pypi-publish@${COMMIT}`], { job: ['permissions: {id-token: write}'] }), 0],
    [workflow(['- run: npm publish', '  env: {NPM_CONFIG_PROVENANCE: "true"}']), 0],
  ],
  'workflow-gate': [
    [server(workflow(['- run: npm test'])), 1],
    [server(gitlab('test: {script: [npm test]}'), 'fastmcp'), 1],
    [server(workflow(['- run: npm audit --omit=dev'])), 0],
    [server(workflow(['- run: npx portcullis audit .'])), 0],
    [server(gitlab('include: [{template: Jobs/SAST.gitlab-ci.yml}]', 'sast: {script: [semgrep ci]}')), 0],
  ],
};
