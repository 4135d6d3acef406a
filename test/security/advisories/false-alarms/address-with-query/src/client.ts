import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export class Catalogue {
  private readonly base: string;
  private readonly token: string;

  constructor() {
    this.base = parse(readFileSync('catalogue.yaml', 'utf8')).address;
    this.token = process.env['CATALOGUE_TOKEN'] ?? '';
  }

  private async request(path: string, options: { method: string; params?: Record<string, string> }): Promise<unknown> {
    let url = `${this.base}${path}`;
    if (options.params && Object.keys(options.params).length > 0) {
      const query = new URLSearchParams(options.params);
      url = `${url}?${query.toString()}`;
    }
    const response = await fetch(url, { method: options.method, headers: { authorization: `Bearer ${this.token}` } });
    return await response.json();
  }

  async get(path: string, params?: Record<string, string>): Promise<unknown> {
    return this.request(path, { method: 'GET', params });
  }
}
