import type { ControlId } from '../catalogue/control-id.ts';
import type { AuditMethod } from '../catalogue/control.ts';

/** A control, and one of the ways in which the catalogue has it audited. */
export type Looked = `${ControlId}:${AuditMethod}`;

/** Why nothing looks at a control in one of the ways that the catalogue names. */
export interface Unlooked {
  readonly why: string;
  readonly at: readonly Looked[];
}

/**
 * What no rule looks at, with the reason. A test holds that each control and each way of its audit has a rule or stands here; where
 * it has both, the rule counts, and `docs/coverage.md` names it alone.
 */
export const UNLOOKED: readonly Unlooked[] = [
  {
    why: 'it takes knowledge of what each user may do, and of which tools, arguments and contexts decide on it; an audit from outside is told of single objects of a user alone',
    at: ['AUZ-05:probe', 'AUZ-07:probe', 'AUZ-08:probe', 'ISO-06:probe'],
  },
  {
    why: 'it writes a marker through every tool and looks for it in what others are told: the audit calls nothing that changes something',
    at: ['ISO-01:probe'],
  },
  {
    why: 'it takes a person who decides, and a tool whose effect may be risked: the audit approves nothing, and calls nothing that changes something',
    at: ['ELI-02:probe', 'ELI-03:probe', 'PIC-01:probe', 'PIC-02:probe', 'VAL-04:probe'],
  },
  {
    why: 'it means to break a part of the deployment (its policy store, log, keys or judge), which whoever runs it does in a drill; a record of the drill is looked at instead where the catalogue asks for one',
    at: ['AUZ-02:probe', 'GOV-04:probe', 'PIC-03:probe', 'RES-03:probe', 'SEC-03:probe'],
  },
  {
    why: 'it means to load a server until others feel it, which an audit that may be run on production does not',
    at: ['ISO-04:probe'],
  },
  {
    why: 'what an argument does behind a tool of a stranger cannot be known before: payloads could read, change or send something; code rules follow the arguments instead',
    at: [
      'ISO-05:probe',
      'PIC-05:probe',
      'VAL-05:probe',
      'VAL-06:probe',
      'VAL-07:probe',
      'VAL-08:probe',
      'VAL-09:probe',
      'VAL-14:probe',
    ],
  },
  {
    why: 'it takes a hostile upstream behind the gateway, and the gateway of a stranger cannot be given one from outside; portcullis prove has them for its own gateway',
    at: [
      'GOV-01:probe',
      'IDN-07:probe',
      'IDN-09:probe',
      'ISO-08:probe',
      'PIC-04:probe',
      'PIC-06:probe',
      'PRX-01:probe',
      'PRX-02:probe',
      'PRX-03:probe',
      'PRX-04:probe',
      'TDS-01:probe',
      'TDS-03:probe',
      'VAL-11:probe',
    ],
  },
  {
    why: 'it takes a place that the audit does not stand at: inside of the container, or on the far side of the gateway',
    at: [
      'ARC-04:probe',
      'AUZ-01:probe',
      'DEP-01:probe',
      'DEP-02:probe',
      'DEP-03:probe',
      'SEC-01:probe',
      'TDS-04:probe',
    ],
  },
  {
    why: 'it takes a grant that has ended, a client that nobody registered, or an unsigned image and a staging cluster: nothing that an audit is handed',
    at: ['AUZ-06:probe', 'DEP-05:probe', 'IDN-10:probe', 'SUP-03:probe'],
  },
  {
    why: 'it takes the consent pages of an authorization server with a browser that is signed in',
    at: ['IDN-08:probe'],
  },
  {
    why: 'icons are not fetched: an audit that fetches what a server names can be led elsewhere',
    at: ['TDS-09:probe'],
  },
  {
    why: 'results are not compared with allow-lists of fields, for which tools may be called is not known',
    at: ['TDS-06:probe'],
  },
  {
    why: 'an audit is not shown the log of the server while it acts; what a log holds is judged as evidence (log-sample, log-chain)',
    at: ['LOG-01:probe', 'LOG-03:probe'],
  },
  {
    why: 'alerts come where the operators are: the record alert-tests tells which were made to fire',
    at: ['LOG-04:probe'],
  },
  {
    why: 'the suite is portcullis prove for what is built with Portcullis, and the live rules for others; a record tells what came of it',
    at: ['SUP-06:probe'],
  },
  {
    why: 'portcullis discover does it, for hosts that are named, and writes the report that is judged as evidence',
    at: ['GOV-02:probe'],
  },
  {
    why: 'the launch of servers belongs to a client or gateway with an API of its own; there is no common one to attack',
    at: ['GOV-05:probe'],
  },
  {
    why: 'no configuration of Portcullis can switch it off: only an insecure symbol in the code can, which the production profile refuses; other products have no common form',
    at: [
      'ARC-05:config',
      'ARC-06:config',
      'AUZ-02:config',
      'AUZ-05:config',
      'ELI-02:config',
      'IDN-01:config',
      'ISO-06:config',
      'ISO-07:config',
      'LOG-01:config',
      'LOG-02:config',
      'PIC-03:config',
      'PIC-04:config',
      'PRX-01:config',
      'PRX-03:config',
      'SEC-02:config',
      'TDS-06:config',
      'VAL-02:config',
      'VAL-09:config',
      'VAL-11:config',
      'VAL-13:config',
    ],
  },
  {
    why: 'portcullis config check refuses what is wrong with it at the start; the audit does not repeat that, and other products have no common form',
    at: [
      'ARC-04:config',
      'ARC-07:config',
      'AUZ-01:config',
      'AUZ-04:config',
      'ELI-01:config',
      'IDN-02:config',
      'IDN-03:config',
      'IDN-04:config',
      'IDN-06:config',
      'IDN-07:config',
      'IDN-10:config',
      'IDN-11:config',
      'ISO-02:config',
      'ISO-08:config',
      'PIC-02:config',
      'PIC-05:config',
      'PIC-06:config',
      'PRX-04:config',
      'RES-03:config',
      'RES-04:config',
      'SEC-03:config',
      'SEC-04:config',
      'TDS-01:config',
      'TDS-02:config',
      'TDS-07:config',
      'TDS-08:config',
      'VAL-01:config',
      'VAL-03:config',
      'VAL-08:config',
      'VAL-10:config',
      'VAL-14:config',
    ],
  },
  {
    why: 'it stands in the settings of an authorization server, which have no common form to read',
    at: ['IDN-05:config', 'IDN-08:config', 'IDN-09:config'],
  },
  {
    why: 'it stands in the settings of a service (branch protection, required checks, admission policies, object locks), which a folder does not show; a record of them is looked at instead',
    at: ['SUP-03:config', 'SUP-06:config', 'TDS-03:config'],
  },
  {
    why: 'it stands in the catalogue of the database; the record database-grants has what is granted',
    at: ['VAL-06:config'],
  },
  {
    why: 'this version has no setting for it: the product does not carry it yet',
    at: ['LOG-04:config', 'PRX-02:config'],
  },
  {
    why: 'what a deployment admitted is looked at in its lock as evidence (vendor-vetting); other launch entries have no place for it',
    at: ['SUP-05:config'],
  },
  {
    why: 'how a fleet is rolled out stands in no file that the audit knows; the record release-rollout has it',
    at: ['DEP-05:config'],
  },
  {
    why: 'what has changed since the last review is looked at by the reviewer; the record periodic-review tells of it',
    at: ['GOV-03:config'],
  },
  {
    why: 'an entry that starts a local server and one that connects to it are told apart by no file: the URL of a loopback address may be a tunnel',
    at: ['ARC-01:config'],
  },
  {
    why: 'portcullis discover sweeps repositories and the places of clients, and compares them with the register, which a rule has none of',
    at: ['GOV-02:static'],
  },
  {
    why: 'SECURITY.md is looked at with the plan for incidents, as evidence',
    at: ['GOV-04:static'],
  },
  {
    why: 'what a function that refuses or registers means is not told by its shape: a rule that guesses is wrong more often than right',
    at: [
      'AUZ-08:static',
      'ELI-01:static',
      'ELI-03:static',
      'IDN-08:static',
      'LOG-01:static',
      'PIC-01:static',
      'PIC-02:static',
      'TDS-06:static',
      'VAL-12:static',
    ],
  },
  {
    why: 'the manifest is compared with the built server by portcullis manifest verify, which loads its code; the audit does not',
    at: ['TDS-01:static'],
  },
  {
    why: 'a server may take raw messages in many right ways; which malformed ones it serves is tried while it runs (strict-messages)',
    at: ['ARC-05:static'],
  },
  {
    why: 'to write to standard output is right where a server speaks over HTTP alone, and which way it speaks is decided when it starts; the launched process is listened to instead (stdout-messages)',
    at: ['ARC-08:static'],
  },
  {
    why: 'whether a scope is too wide, or a boundary is missing, depends on what the tools are for, which no shape of code says; what a refusal asks for is looked at while it runs (scope-challenge)',
    at: ['AUZ-04:static', 'AUZ-07:static'],
  },
  {
    why: 'a form is put together while the server runs, and what it asks for is words; the capability of Portcullis refuses to send one that asks for a secret',
    at: ['ELI-02:static'],
  },
  {
    why: 'which code launches servers, and for whom, is another in each product; commands that callers choose are followed all the same (command-injection, whole-environment)',
    at: ['GOV-05:static'],
  },
  {
    why: 'what a description promises is prose; hints are compared with names and schemas while the server runs (honest-hints)',
    at: ['TDS-05:static'],
  },
  {
    why: 'texts for models are put together while the server runs, and are looked at as it lists them (poisoned-texts)',
    at: ['TDS-07:static'],
  },
  {
    why: 'that a caller decides a command, a statement or code is found where it does harm (command-injection, sql-injection, code-evaluation); that a tool is meant to is for a waiver to say',
    at: ['TDS-08:static'],
  },
  {
    why: 'headers of arguments are tried while the server runs (typed-params); that an argument which is marked so is a secret is said by no shape',
    at: ['TDS-09:static'],
  },
  {
    why: 'MCP lets a tool have no output schema, so that one without is no flaw; results are compared with those that are declared (result-schema)',
    at: ['VAL-02:static'],
  },
  {
    why: 'how references and dialects are taken is settled by the version and the settings of a library; known flaws of versions are looked up instead (known-vulnerability)',
    at: ['VAL-11:static'],
  },
];
