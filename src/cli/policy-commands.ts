import type { Command } from 'commander';
import type { ExplainOptions, PolicyCommandOptions } from './policy.ts';

/** Adds `portcullis policy`. The engine is loaded by the command that needs it. */
export function addPolicy(program: Command): void {
  const policy = program.command('policy').description('check, test and explain the policies of a server');
  const command = (name: string, description: string): Command =>
    policy
      .command(name)
      .description(description)
      .argument('<module>', 'a module whose default export is server({ ... }), or the configuration of a gateway');
  const configured = (name: string, description: string): Command =>
    command(name, description).option('--config <file>', 'configuration that names the policies', 'portcullis.yaml');
  command('schema', 'print the Cedar schema that is made from the tools')
    .option('--json', 'in the JSON form')
    .action(async (module: string, options: { readonly json?: boolean }) => {
      const { policySchema } = await import('./policy.ts');
      await policySchema(module, options);
    });
  configured('check', 'say whether the policies can be used, and if not where and why').action(
    async (module: string, options: PolicyCommandOptions) => {
      const { policyCheck } = await import('./policy.ts');
      await policyCheck(module, options);
    },
  );
  configured('test', 'run the cases beside the policies, *.cases.yaml')
    .option('--cases <file...>', 'files of cases to run instead')
    .action(async (module: string, options: PolicyCommandOptions & { readonly cases?: readonly string[] }) => {
      const { policyTest } = await import('./policy.ts');
      await policyTest(module, options);
    });
  configured('explain', 'say what is decided on one request, and by which policies')
    .option('--tool <name>', 'the tool that is called')
    .option('--resource <name>', 'the resource that is read')
    .option('--prompt <name>', 'the prompt that is asked for')
    .option('--args <json>', 'the arguments, a JSON object')
    .option('--subject <name>', 'who asks')
    .option('--client <id>', 'by which client')
    .option('--tenant <name>', 'for which tenant')
    .option('--scopes <list>', 'with which scopes; those of the tool when left out')
    .option('--labels <list>', 'what the task has read: private, untrusted')
    .option('--transport <name>', 'http or stdio', 'http')
    .option('--at <time>', 'when, in ISO 8601; now when left out')
    .action(async (module: string, options: ExplainOptions) => {
      const { policyExplain } = await import('./policy.ts');
      await policyExplain(module, options);
    });
}
