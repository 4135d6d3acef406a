/** What is gathered of code: plain data, without a secret, that rules judge. */

/** A place in a file, counted from 1. */
export interface Spot {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What a value can do where it arrives. */
export type FlowKind =
  | 'shell'
  | 'program'
  | 'option'
  | 'environment'
  | 'path'
  | 'url'
  | 'sql'
  | 'code'
  | 'deserialise'
  | 'open'
  | 'log'
  | 'markup'
  | 'forward'
  | 'answer'
  | 'pattern'
  /** Whatever another server answers, where it is run or opened. */
  | 'remote';

/** A value that a caller passes, and the place where it arrives without being made harmless. */
export interface Flow extends Spot {
  readonly kind: FlowKind;
  /** What is called there: `child_process.exec`. */
  readonly sink: string;
  readonly source: {
    readonly kind: 'argument' | 'credential' | 'secret' | 'error' | 'remote';
    /** `url`, `headers.authorization`. */
    readonly name: string;
    /** The tool or handler, where its name is known. */
    readonly handler?: string;
    /** Of another server: whether the code says which one it is. */
    readonly isNamed?: boolean;
  };
  /** Whether a check stands between that is not understood. */
  readonly isGuarded: boolean;
  /** Whether something made of it was found to lie within a folder, in a form that is not the one that is used. */
  readonly isKept?: boolean;
  /** Whether both ends are known for what they are, and not by their names alone. */
  readonly isSure: boolean;
  /** Whether the file is bundled or minified. */
  readonly isBuilt: boolean;
  /** What more a reader has to know. */
  readonly detail?: string;
}

/** One handler that a caller reaches. */
export interface Handler extends Spot {
  readonly kind: 'tool' | 'resource' | 'prompt' | 'completion' | 'route' | 'page';
  readonly name: string;
}

/** What is known of an argument, without a secret: constants that are short, names of fields. */
export interface ArgumentFact {
  /** A literal, where it is one. */
  readonly constant?: string | number | boolean | null;
  /** Its fields, one level deep, where it is written out. */
  readonly fields?: Readonly<Record<string, ArgumentFact>>;
  readonly isFunction?: boolean;
  /** Whether it is some number. */
  readonly isNumber?: boolean;
  /** Whether it may have fields that are not known. */
  readonly isOpen?: boolean;
  /** What it is from outside: `process.env.HOST`. */
  readonly symbol?: string;
  /** What it is where the environment says nothing. */
  readonly fallback?: string;
}

/** A call of something from outside that rules ask about. */
export interface CallFact extends Spot {
  readonly symbol: string;
  /** The function around it; empty where it is the file itself. */
  readonly within: string;
  readonly args: readonly ArgumentFact[];
  readonly isBuilt: boolean;
}

/** The symbol of a call that makes a database, or a transaction, that can only be read. */
export const READ_ONLY = 'a database that can only be read';

/** The symbol of a call that writes a secret of the environment to a log. */
export const LOGGED_SECRET = 'a secret in a log';
/** The symbol of a call that makes an id of what can be guessed. */
export const PREDICTABLE_ID = 'an id that can be guessed';

/** The symbol of a call that says which origins may read answers, and of one that lets every origin read them with cookies. */
export const CORS = 'which origins may read';
/** See `CORS`. */
export const OPEN_CORS = 'every origin may read with credentials';
/** The symbol of a call that starts a server of MCP, and of one that hands one of whoever's choice the whole environment. */
export const STARTED_SERVER = 'a server that is started';
/** See `STARTED_SERVER`. */
export const WHOLE_ENVIRONMENT = 'a server that is handed the whole environment';

/** A text that looks like a credential, by its kind alone. */
export interface SecretFact extends Spot {
  readonly secret: string;
  readonly name: string;
  readonly isBuilt: boolean;
}

/** Something that a file sets or asks for, wherever it stands. */
export interface SettingFact extends Spot {
  readonly setting:
    | 'tls-unchecked'
    /** The same, for those alone who ask for it by a setting. */
    | 'tls-unchecked-on-demand'
    | 'reads-host'
    | 'reads-audience'
    | 'accepts-any-token'
    /** A schema of arguments asks for a secret. */
    | 'secret-argument'
    /** Without a secret of the server, every caller is let in. */
    | 'open-without-secret'
    /** A client reads for which resource it has to ask, and compares it with something. */
    | 'reads-resource'
    | 'compares-resource'
    /** Anything by which callers could be told apart is named. */
    | 'names-credential'
    /** A handler of calls that does not ask what the list asks. */
    | 'listed-only'
    | 'own-credential'
    | 'opens-on-failure'
    | 'any-session'
    | 'any-object';
  /** What it is about: the name of an argument. */
  readonly detail?: string;
  readonly isBuilt: boolean;
}

/** A regular expression that is run on what a caller passes. */
export interface PatternFact extends Spot {
  readonly source: string;
  readonly flags: string;
  readonly handler?: string;
  readonly isBuilt: boolean;
}

/** What the code of a target comes to. */
export interface CodeSubject {
  readonly handlers: readonly Handler[];
  readonly flows: readonly Flow[];
  readonly calls: readonly CallFact[];
  readonly secrets: readonly SecretFact[];
  readonly settings: readonly SettingFact[];
  readonly patterns: readonly PatternFact[];
  /** Files that were read, by path relative to the target. */
  readonly files: readonly string[];
  /** Files that could not be read, with why. */
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}
