/** By rule: files by their paths, and how often the rule fires on them. */
export type Cases = Readonly<
  Record<string, readonly (readonly [files: Readonly<Record<string, string>>, hits: number])[]>
>;
