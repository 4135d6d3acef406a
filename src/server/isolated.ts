import type { Capability } from '../capabilities/capability.ts';
import { configure as configurePlace } from '../controls/sandboxed-tools/control.ts';
import type { Isolation, ToolEntry } from '../pipeline/catalog.ts';
import { deny } from '../pipeline/decision.ts';
import { SandboxBusy, SandboxFailure } from '../sandbox/failure.ts';
import type { Served } from '../sandbox/call.ts';
import { resolveSandbox } from '../sandbox/options.ts';
import { openRunner, type Runner } from '../sandbox/runner.ts';
import { detectSandbox } from '../sandbox/support.ts';
import type { Base } from './base.ts';
import type { Ctx } from './ctx.ts';
import { Refusal } from './refusal.ts';
import type { Needs } from './tool.ts';

/** Runs the handlers of tools that do not run in the host. */
export interface Isolated extends Pick<Runner, 'endFor' | 'watch' | 'close'> {
  /** Does a call; rejects as the handler would in the host, or with the refusal that its sandbox ended it. */
  run(tool: ToolEntry, args: unknown, ctx: Ctx): Promise<unknown>;
}

/**
 * Opens what the sandboxed tools of a server need, or nothing when it has none.
 * @throws TypeError that says what to mend.
 */
export async function openIsolated(base: Base, log: (line: string) => void): Promise<Isolated | undefined> {
  const { compiled, deployment, weakened } = base;
  const settings = resolveSandbox(deployment.sandbox);
  const place = configurePlace(weakened);
  const tools = [...compiled.catalog.tools.values()].filter((tool) => place(tool) !== 'none');
  if (tools.length === 0) return undefined;
  const remotes = new Map(tools.map((tool) => [tool, readNeeds(tool, compiled.needs.get(tool) ?? {})] as const));
  const kinds = new Set<Isolation>(tools.map(place));
  const [first] = tools;
  if (deployment.module === undefined) {
    throw new TypeError(
      `tool "${first?.name ?? ''}" runs in a sandbox, which loads its handler from a module: give "module" in the deployment the URL of the module whose default export is this server ("import.meta.url" in it). "portcullis dev" and "portcullis serve" do.`,
    );
  }
  const support = await detectSandbox();
  if (kinds.has('process') && support.missing !== undefined) {
    if (deployment.profile === 'production')
      throw new TypeError(`tool "${first?.name ?? ''}" runs in a sandbox. ${support.missing}`);
    log(`sandboxed tools run in processes without a sandbox, which production refuses. ${support.missing}`);
  }
  const runner = await openRunner({ module: deployment.module, kinds, support, settings });
  return {
    endFor: (isMeant) => runner.endFor(isMeant),
    watch: (listener) => runner.watch(listener),
    close: () => runner.close(),
    run: (tool, args, ctx) => runIn(runner, tool, args, ctx, remotes.get(tool) ?? []),
  };
}

type Remotes = readonly (readonly [name: string, remote: Served['remote']])[];

/** INVARIANT: no question leaves a sandbox, and no capability is handed into one: each is served by the host. */
function readNeeds({ name, asks }: ToolEntry, needs: Needs): Remotes {
  const [ask] = asks;
  if (ask !== undefined)
    throw new TypeError(`tool "${name}", asks: a sandboxed tool cannot ask for ${ask}. Ask in a tool of its own.`);
  return Object.entries(needs).map(([need, { remote, kind }]: readonly [string, Capability<unknown>]) => {
    if (remote !== undefined) return [need, remote] as const;
    throw new TypeError(`tool "${name}", needs.${need}: "${kind}" cannot be used from inside of a sandbox.`);
  });
}

async function runIn(runner: Runner, tool: ToolEntry, args: unknown, ctx: Ctx, remotes: Remotes): Promise<unknown> {
  const { id, subject, issuer, tenant, client, scopes } = ctx.principal;
  const granted = (need: string): unknown => Reflect.get(ctx, need);
  try {
    return await runner.run(tool.sandbox === 'worker' ? 'worker' : 'process', {
      tool: tool.name,
      args,
      principal: { id, subject, issuer, tenant, client, scopes: [...scopes] },
      request: ctx.request,
      signal: ctx.signal,
      needs: new Map(remotes.map(([need, remote]) => [need, { remote, granted: granted(need) }])),
      log: (level, message, fields) => ctx.log[level](message, fields),
      progress: (progress, total, message) => ctx.progress(progress, total, message),
      changed: ctx.changed,
      used: () => undefined,
    });
  } catch (error) {
    if (error instanceof SandboxFailure) throw new Refusal(deny('SANDBOX_FAILED', { detail: error.message }));
    if (error instanceof SandboxBusy) throw new Refusal(deny('CONCURRENCY_LIMIT', { detail: error.message }));
    throw error;
  }
}
