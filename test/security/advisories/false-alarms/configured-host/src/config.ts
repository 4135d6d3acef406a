export class Config {
  constructor(public readonly BUILDS_BASE_URL: string) {}
}

const config = new Config(process.env['BUILDS_BASE_URL'] ?? 'https://builds.example.com');

export function getBuildsBaseUrl(): string {
  return config.BUILDS_BASE_URL;
}
