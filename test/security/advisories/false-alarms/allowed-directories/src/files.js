import fs from 'fs/promises';
import os from 'os';
import path from 'path';
import { isWithin } from './within.js';

let allowed = [];

export function setAllowed(folders) {
  allowed = [...folders];
}

function expandHome(name) {
  return name.startsWith('~/') ? path.join(os.homedir(), name.slice(1)) : name;
}

export async function validatePath(requested) {
  const expanded = expandHome(requested);
  const absolute = path.isAbsolute(expanded) ? path.resolve(expanded) : path.resolve(process.cwd(), expanded);
  const isAllowed = isWithin(absolute, allowed);
  if (!isAllowed) throw new Error(`Access denied: ${absolute}`);
  try {
    const real = await fs.realpath(absolute);
    if (!isWithin(real, allowed)) throw new Error('Access denied: a link leads outside');
    return real;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    const parent = await fs.realpath(path.dirname(absolute));
    if (!isWithin(parent, allowed)) throw new Error('Access denied: the folder lies outside');
    return absolute;
  }
}

export async function readText(file) {
  return await fs.readFile(file, 'utf-8');
}

export async function writeText(file, content) {
  await fs.writeFile(file, content, { encoding: 'utf-8', flag: 'wx' });
}
