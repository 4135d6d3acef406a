export function readProxy(value: string): URL {
  try {
    return new URL(value);
  } catch {
    throw new Error('Give a URL, such as http://proxy:8080 or http://user:pass@proxy:8080');
  }
}

export function checkSource(source: { dsn?: string; host?: string }): void {
  if (source.dsn === undefined && source.host === undefined)
    throw new Error(`The source needs one of:
  - 'dsn', such as "postgres://user:pass@host:5432/dbname"
  - 'host' and 'user'`);
}

export class Connector {
  sampleDsn(): string {
    return 'mysql://root:password@localhost:3306/db?sslmode=require';
  }

  otherDsn(): string {
    return 'sqlserver://username:password@localhost:1433/database';
  }
}

export const HELP = `SEARCH_URL: where to search. With a login: https://user:password@search.example.com`;
