export type { FileRule } from './file-rule.ts';
export { fileRule, placeIn } from './file-rule.ts';
export type {
  At,
  ClientServer,
  Dockerfile,
  FilesSubject,
  Held,
  Instruction,
  NetworkRule,
  Workload,
} from './gather/parts.ts';
export type {
  AuditRule,
  Confidence,
  Fix,
  Gathered,
  Hit,
  Judgement,
  Kind,
  Place,
  RuleMeta,
  Severity,
} from './model.ts';
export type { ControlId } from '../catalogue/control-id.ts';
