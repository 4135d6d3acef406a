import type { FilesSubject } from './gather/parts.ts';
import type { AuditRule } from './model.ts';
import { rule as automaticApproval } from './rules/automatic-approval/rule.ts';
import { rule as broadFolder } from './rules/broad-folder/rule.ts';
import { rule as clusterToken } from './rules/cluster-token/rule.ts';
import { rule as containerLaunchRights } from './rules/container-launch-rights/rule.ts';
import { rule as floatingServerVersion } from './rules/floating-server-version/rule.ts';
import { rule as imageBase } from './rules/image-base/rule.ts';
import { rule as imageDebug } from './rules/image-debug/rule.ts';
import { rule as imageInstall } from './rules/image-install/rule.ts';
import { rule as imageRemoteCode } from './rules/image-remote-code/rule.ts';
import { rule as imageSecret } from './rules/image-secret/rule.ts';
import { rule as imageUser } from './rules/image-user/rule.ts';
import { rule as networkPolicy } from './rules/network-policy/rule.ts';
import { rule as plainHttpServer } from './rules/plain-http-server/rule.ts';
import { rule as secretInClientConfig } from './rules/secret-in-client-config/rule.ts';
import { rule as shellLaunch } from './rules/shell-launch/rule.ts';
import { rule as workloadHost } from './rules/workload-host/rule.ts';
import { rule as workloadImage } from './rules/workload-image/rule.ts';
import { rule as workloadLimits } from './rules/workload-limits/rule.ts';
import { rule as workloadPorts } from './rules/workload-ports/rule.ts';
import { rule as workloadReadOnly } from './rules/workload-read-only/rule.ts';
import { rule as workloadRights } from './rules/workload-rights/rule.ts';
import { rule as workloadSecret } from './rules/workload-secret/rule.ts';
import { rule as workloadUser } from './rules/workload-user/rule.ts';

/** Every rule, by its id in alphabetical order. What a rule gathers is what it judges, which only the rule itself knows. */
export const RULES: readonly AuditRule<FilesSubject>[] = [
  automaticApproval,
  broadFolder,
  clusterToken,
  containerLaunchRights,
  floatingServerVersion,
  imageBase,
  imageDebug,
  imageInstall,
  imageRemoteCode,
  imageSecret,
  imageUser,
  networkPolicy,
  plainHttpServer,
  secretInClientConfig,
  shellLaunch,
  workloadHost,
  workloadImage,
  workloadLimits,
  workloadPorts,
  workloadReadOnly,
  workloadRights,
  workloadSecret,
  workloadUser,
];
