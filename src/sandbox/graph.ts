/** A module of a graph: its text as Node runs it, types taken out. */
export interface GraphModule {
  readonly format: string;
  readonly source: string | Uint8Array;
}

/** Every module that a server's module is made of, and where each of their imports leads. */
export interface Graph {
  /** By URL. */
  readonly modules: ReadonlyMap<string, GraphModule>;
  /** By `linkKey`. */
  readonly links: ReadonlyMap<string, string>;
  /** What modules that do not exist inside would export, by name: they are there, and throw when they are used. */
  readonly withheld: ReadonlyMap<string, readonly string[]>;
}
