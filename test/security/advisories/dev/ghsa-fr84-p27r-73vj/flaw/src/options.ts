export interface Options {
  host: string;
  port: number;
  user: string;
  password?: string;
}

export function readOptions(words: string[]): Options {
  const given = new Map<string, string>();
  for (const word of words) {
    const match = /^--(\w+)=(.*)$/.exec(word);
    if (match) given.set(match[1]!, match[2]!);
  }
  const host = given.get('host');
  const user = given.get('user');
  if (!host || !user) throw new Error('--host and --user are needed');
  return { host, user, port: Number(given.get('port') ?? 22), password: given.get('password') };
}
